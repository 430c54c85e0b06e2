"""Calls that wait: they hold up nobody, end when their socket does, and lose nothing when they are given up."""

import asyncio
import contextlib
import errno
import random
import socket

import pytest

from sockrig_wire.model.sockets import ConnectSocket, SetOption, SocketReady, Transport, WaitReady

SO_PEEK_OFF = 42  # asm-generic/socket.h


async def settle():
    """Let every task that can go on do so until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


async def bad_descriptor(task):
    with pytest.raises(OSError) as refusal:
        await task
    assert refusal.value.errno == errno.EBADF


def test_a_pending_accept_and_a_pending_receive_delay_no_other_call(drive):
    async def dialogue(caller):
        door = await caller.listener()
        quiet = await caller.bound(Transport.UDP)
        waiting = [caller.start(caller.accept(door)), caller.start(caller.receive(quiet))]
        await settle()
        line, guest = await caller.connection()
        await caller.send(line, b"meanwhile")
        assert await caller.receive(guest) == b"meanwhile"
        assert not any(task.done() for task in waiting)
        late = await caller.open(Transport.TCP)
        await caller.call(late, ConnectSocket(await caller.address(door)))
        await waiting[0]
        waiting[1].cancel()

    drive(dialogue)


def test_a_pending_receive_does_not_delay_a_send_on_the_same_socket(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        waiting = caller.start(caller.receive(line))
        await settle()
        await caller.send(line, b"question")
        assert await caller.receive(guest) == b"question"
        assert not waiting.done()
        await caller.send(guest, b"answer")
        assert await waiting == b"answer"

    drive(dialogue)


def test_a_pending_send_does_not_delay_a_receive_on_the_same_socket(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        waiting = caller.start(caller.send(line, bytes(32 * 1024 * 1024), all=True))
        await settle()
        await caller.send(guest, b"enough")
        assert await caller.receive(line) == b"enough"
        assert not waiting.done()
        await caller.close(line)
        await bad_descriptor(waiting)

    drive(dialogue)


def test_receives_on_one_socket_are_served_in_the_order_they_came(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        waiting = []
        for _ in range(5):
            waiting.append(caller.start(caller.receive(inbox)))
            await settle()
        for number in range(5):
            await caller.send(outbox, bytes([number]), await caller.address(inbox))
        assert [await task for task in waiting] == [bytes([number]) for number in range(5)]

    drive(dialogue)


def test_a_receive_that_is_given_up_leaves_its_turn_to_the_next(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        first, second, third = (caller.start(caller.receive(inbox)) for _ in range(3))
        await settle()
        second.cancel()
        first.cancel()
        await settle()
        await caller.send(outbox, b"for the third", await caller.address(inbox))
        assert await third == b"for the third"

    drive(dialogue)


def test_a_wait_behind_another_receive_times_out_as_well(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        first = caller.start(caller.receive(inbox))
        await settle()
        with pytest.raises(TimeoutError):
            await caller.receive(inbox, timeout=0.01)
        first.cancel()

    drive(dialogue)


def test_a_close_ends_every_pending_call_on_the_socket(drive):
    async def dialogue(caller):
        line, _ = await caller.connection()
        waiting = [
            caller.start(caller.receive(line)),
            caller.start(caller.receive(line)),
            caller.start(caller.send(line, bytes(32 * 1024 * 1024), all=True)),
            caller.start(caller.send(line, b"behind it")),
            caller.start(caller.call(line, WaitReady(readable=True))),
        ]
        await settle()
        await caller.close(line)
        for task in waiting:
            await bad_descriptor(task)

    drive(dialogue)


def test_a_close_ends_a_pending_accept_and_a_pending_connect(drive):
    async def dialogue(caller):
        door = await caller.listener(backlog=0)
        address = await caller.address(door)
        first = await caller.open(Transport.TCP)
        await caller.call(first, ConnectSocket(address))
        unanswered = await caller.open(Transport.TCP)
        connecting = caller.start(caller.call(unanswered, ConnectSocket(address)))
        idle_door = await caller.listener()
        accepting = caller.start(caller.accept(idle_door))
        await settle()
        await caller.close(unanswered)
        await caller.close(idle_door)
        await bad_descriptor(connecting)
        await bad_descriptor(accepting)

    drive(dialogue)


def test_a_descriptor_that_is_used_again_is_not_disturbed_by_the_old_waiters(drive):
    async def dialogue(caller):
        for _ in range(20):
            old = await caller.bound(Transport.UDP)
            ended = caller.start(caller.receive(old))
            await settle()
            await caller.close(old)
            new = await caller.bound(Transport.UDP)
            waiting = caller.start(caller.receive(new))
            await settle()
            await bad_descriptor(ended)
            await caller.send(new, b"to myself", await caller.address(new))
            assert await waiting == b"to myself"
            await caller.close(new)

    drive(dialogue)


def test_two_hundred_sockets_wait_at_once_and_each_gets_its_own(drive):
    async def dialogue(caller):
        sockets = [await caller.bound(Transport.UDP) for _ in range(200)]
        waiting = {id: caller.start(caller.receive(id)) for id in sockets}
        await settle()
        outbox = await caller.open(Transport.UDP)
        for id in random.Random(7).sample(sockets, len(sockets)):
            await caller.send(outbox, str(id).encode(), await caller.address(id))
        for id, task in waiting.items():
            assert await task == str(id).encode()

    drive(dialogue)


def test_a_hundred_connections_talk_at_once(drive):
    async def dialogue(caller):
        door = await caller.listener(backlog=128)
        address = await caller.address(door)

        async def client(number):
            line = await caller.open(Transport.TCP)
            await caller.call(line, ConnectSocket(address))
            await caller.send(line, str(number).encode())
            return await caller.receive(line)

        async def server():
            guest, _ = await caller.accept(door)
            await caller.send(guest, b"you are " + await caller.receive(guest))

        async with asyncio.TaskGroup() as group:
            for _ in range(100):
                group.create_task(server())
            answers = [group.create_task(client(number)) for number in range(100)]
        assert [task.result() for task in answers] == [b"you are %d" % number for number in range(100)]

    drive(dialogue)


def test_a_receive_that_is_cancelled_while_data_comes_loses_none_of_it(drive):
    """Each round races a cancellation against an arrival; whoever wins, every byte is received once and in order."""

    async def dialogue(caller):
        line, guest = await caller.connection()
        chance = random.Random(1)
        sent = bytearray()
        received = bytearray()
        for number in range(300):
            waiting = caller.start(caller.receive(guest))
            await asyncio.sleep(0)
            piece = bytes([number % 256])
            await caller.send(line, piece)
            sent += piece
            for _ in range(chance.randrange(8)):
                await asyncio.sleep(0)
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                received += await waiting
        while len(received) < len(sent):
            received += await caller.receive(guest, timeout=5)
        assert received == sent

    drive(dialogue)


def test_a_receive_that_times_out_while_data_comes_loses_none_of_it(drive):
    """Each round lets a datagram go at about the moment when the receive times out."""

    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        address = await caller.address(inbox)
        chance = random.Random(2)
        sent = [number.to_bytes(2) for number in range(200)]
        received = []

        async def send_late(letter):
            await asyncio.sleep(chance.uniform(0.0005, 0.0015))
            await caller.send(outbox, letter, address)

        for letter in sent:
            sending = caller.start(send_late(letter))
            with contextlib.suppress(TimeoutError):
                received.append(await caller.receive(inbox, timeout=0.001))
            await sending
        while len(received) < len(sent):
            received.append(await caller.receive(inbox, timeout=5))
        assert received == sent

    drive(dialogue)


def test_an_accept_that_is_given_up_while_a_guest_comes_loses_no_guest(drive):
    async def dialogue(caller):
        door = await caller.listener()
        address = await caller.address(door)
        chance = random.Random(3)
        for number in range(50):
            waiting = caller.start(caller.accept(door))
            await asyncio.sleep(0)
            line = await caller.open(Transport.TCP)
            connecting = caller.start(caller.call(line, ConnectSocket(address)))
            for _ in range(chance.randrange(8)):
                await asyncio.sleep(0)
            waiting.cancel()
            await connecting
            try:
                guest, _ = await waiting
            except asyncio.CancelledError:
                guest, _ = await caller.accept(door, timeout=5)
            await caller.send(guest, bytes([number]))
            assert await caller.receive(line) == bytes([number])
            await caller.close(guest)
            await caller.close(line)
        assert caller.table.count() == 1

    drive(dialogue)


def test_a_wait_tells_what_the_socket_is_ready_for_and_reads_nothing(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        both = WaitReady(readable=True, writable=True)
        assert await caller.call(guest, both) == SocketReady(readable=False, writable=True)
        await caller.send(line, b"here")
        assert await caller.call(guest, WaitReady(readable=True)) == SocketReady(readable=True, writable=False)
        assert await caller.call(guest, both) == SocketReady(readable=True, writable=True)
        assert await caller.receive(guest) == b"here"

    drive(dialogue)


def test_many_waits_and_a_receive_may_be_pending_on_one_socket(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        waits = [caller.start(caller.call(guest, WaitReady(readable=True))) for _ in range(10)]
        reading = caller.start(caller.receive(guest))
        await settle()
        assert not any(task.done() for task in [*waits, reading])
        await caller.send(line, b"one letter")
        assert await reading == b"one letter"
        done, pending = await asyncio.wait(waits, timeout=0.05)
        assert {task.result() for task in done} <= {SocketReady(readable=True, writable=False)}
        await caller.send(line, b"another for those who were late")
        for task in [*done, *pending]:
            assert await task == SocketReady(readable=True, writable=False)

    drive(dialogue)


def test_a_wait_is_bounded_by_its_timeout(drive):
    async def dialogue(caller):
        _, guest = await caller.connection()
        with pytest.raises(BlockingIOError):
            await caller.call(guest, WaitReady(readable=True), 0)
        with pytest.raises(TimeoutError) as refusal:
            await caller.call(guest, WaitReady(readable=True), 0.01)
        assert refusal.value.errno == errno.ETIMEDOUT

    drive(dialogue)


def test_the_end_of_a_stream_and_an_error_count_as_readable(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        waiting = caller.start(caller.call(guest, WaitReady(readable=True)))
        await caller.close(line)
        assert await waiting == SocketReady(readable=True, writable=False)
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        await caller.call(outbox, ConnectSocket(await caller.address(inbox)))
        await caller.close(inbox)
        await caller.send(outbox, b"hello?")
        assert await caller.call(outbox, WaitReady(readable=True)) == SocketReady(readable=True, writable=False)

    drive(dialogue)


def test_what_waited_leaves_nothing_watched(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        selector = asyncio.get_running_loop()._selector
        before = len(selector.get_map())
        waiting = [caller.start(caller.receive(inbox)), caller.start(caller.call(inbox, WaitReady(readable=True)))]
        await settle()
        assert len(selector.get_map()) == before + 1
        for task in waiting:
            task.cancel()
        await settle()
        assert len(selector.get_map()) == before

    drive(dialogue)


def test_a_socket_that_calls_itself_readable_and_is_not_holds_up_nobody(drive):
    """With SO_PEEK_OFF a second look starts behind what the first has seen, while poll(2) sees the data still there."""

    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        address = await caller.address(inbox)
        await caller.call(inbox, SetOption(socket.SOL_SOCKET, SO_PEEK_OFF, number=0))
        await caller.send(outbox, b"first", address)
        assert await caller.receive(inbox, flags=socket.MSG_PEEK) == b"first"
        looking = caller.start(caller.receive(inbox, flags=socket.MSG_PEEK))
        assert await caller.call(inbox, WaitReady(readable=True)) == SocketReady(readable=True, writable=False)
        assert not looking.done()
        await caller.send(outbox, b"second", address)
        assert await looking == b"second"

    drive(dialogue)
