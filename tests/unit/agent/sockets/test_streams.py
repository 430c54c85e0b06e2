"""TCP sockets, call by call."""

import asyncio
import errno
import socket
import struct

import pytest

from sockrig_agent.sockets.addresses import BindHosts
from sockrig_wire.channel import MAX_DATA_BYTES
from sockrig_wire.model.sockets import (
    AddressOf,
    ConnectSocket,
    Family,
    GetPeerAddress,
    ListenSocket,
    SendData,
    ShutdownHow,
    ShutdownSocket,
    SocketAddress,
    SocketReady,
    Transport,
    WaitReady,
)


async def fill(caller, id):
    """Send until the kernel takes no more; how many bytes it took."""
    handed_over = 0
    try:
        while True:
            handed_over += await caller.send(id, bytes(MAX_DATA_BYTES), timeout=0)
    except BlockingIOError:
        return handed_over


def test_a_connection_carries_bytes_both_ways_and_ends_in_order(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        assert await caller.send(line, b"there") == 5
        assert await caller.receive(guest) == b"there"
        assert await caller.send(guest, b"back") == 4
        assert await caller.receive(line) == b"back"
        await caller.close(line)
        assert await caller.receive(guest) == b""

    drive(dialogue)


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_encoded_text_arrives_byte_for_byte(drive, encoding):
    async def dialogue(caller):
        letter = "我是要发送给服务器端的数据\0\n".encode(encoding)
        line, guest = await caller.connection()
        await caller.send(line, letter, all=True)
        assert await caller.receive(guest) == letter

    drive(dialogue)


def test_every_byte_value_survives(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        await caller.send(line, bytes(range(256)))
        assert await caller.receive(guest) == bytes(range(256))

    drive(dialogue)


def test_an_accepted_connection_names_its_peer(drive):
    async def dialogue(caller):
        door = await caller.listener()
        line = await caller.open(Transport.TCP)
        await caller.call(line, ConnectSocket(await caller.address(door)))
        guest, peer = await caller.accept(door)
        assert peer == await caller.address(line)
        assert await caller.call(guest, GetPeerAddress()) == AddressOf(peer)
        assert await caller.call(line, GetPeerAddress()) == AddressOf(await caller.address(guest))

    drive(dialogue)


def test_a_closed_port_refuses(drive):
    async def dialogue(caller):
        door = await caller.listener()
        nobody = await caller.address(door)
        await caller.close(door)
        line = await caller.open(Transport.TCP)
        with pytest.raises(ConnectionRefusedError) as refusal:
            await caller.call(line, ConnectSocket(nobody))
        assert refusal.value.errno == errno.ECONNREFUSED

    drive(dialogue)


def test_a_connect_that_does_not_wait_is_in_progress_and_then_ready(drive):
    async def dialogue(caller):
        door = await caller.listener()
        line = await caller.open(Transport.TCP)
        with pytest.raises(BlockingIOError) as refusal:
            await caller.call(line, ConnectSocket(await caller.address(door)), 0)
        assert refusal.value.errno == errno.EINPROGRESS
        assert await caller.call(line, WaitReady(writable=True)) == SocketReady(readable=False, writable=True)
        guest, _ = await caller.accept(door)
        await caller.send(line, b"in")
        assert await caller.receive(guest) == b"in"

    drive(dialogue)


def test_a_connect_that_nobody_answers_times_out(drive):
    """A listener whose queue is full leaves newcomers unanswered."""

    async def dialogue(caller):
        door = await caller.listener(backlog=0)
        address = await caller.address(door)
        first = await caller.open(Transport.TCP)
        await caller.call(first, ConnectSocket(address))
        late = await caller.open(Transport.TCP)
        with pytest.raises(TimeoutError) as refusal:
            await caller.call(late, ConnectSocket(address), 0.05)
        assert refusal.value.errno == errno.ETIMEDOUT

    drive(dialogue)


def test_a_second_connect_on_a_connected_socket_is_refused(drive):
    async def dialogue(caller):
        door = await caller.listener()
        line = await caller.open(Transport.TCP)
        address = await caller.address(door)
        await caller.call(line, ConnectSocket(address))
        with pytest.raises(OSError) as refusal:
            await caller.call(line, ConnectSocket(address))
        assert refusal.value.errno == errno.EISCONN

    drive(dialogue)


def test_calls_that_do_not_wait_say_that_they_would(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        door = await caller.listener()
        for call in (caller.receive(guest, timeout=0), caller.accept(door, timeout=0)):
            with pytest.raises(BlockingIOError) as refusal:
                await call
            assert refusal.value.errno == errno.EAGAIN
        await caller.send(line, b"now")
        await caller.call(guest, WaitReady(readable=True))
        assert await caller.receive(guest, timeout=0) == b"now"

    drive(dialogue)


def test_a_receive_with_a_timeout_ends_with_it(drive):
    async def dialogue(caller):
        _, guest = await caller.connection()
        with pytest.raises(TimeoutError) as refusal:
            await caller.receive(guest, timeout=0.01)
        assert refusal.value.errno == errno.ETIMEDOUT

    drive(dialogue)


def test_a_send_without_all_takes_what_fits_and_then_waits_for_room(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        block = bytes(MAX_DATA_BYTES)
        handed_over = await fill(caller, line)
        with pytest.raises(TimeoutError):
            await caller.send(line, block, timeout=0.01)
        waiting = caller.start(caller.send(line, b"the last"))
        seen = 0
        while seen < handed_over:
            seen += len(await caller.receive(guest, min(MAX_DATA_BYTES, handed_over - seen)))
        assert await waiting == 8
        assert await caller.receive(guest) == b"the last"

    drive(dialogue)


def test_send_all_hands_over_more_than_the_buffers_hold(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        data = bytes(range(256)) * 64 * 1024
        sending = caller.start(caller.send(line, data, all=True))
        received = bytearray()
        while len(received) < len(data):
            received += await caller.receive(guest, MAX_DATA_BYTES)
        assert await sending == len(data)
        assert received == data

    drive(dialogue)


def test_two_sends_of_everything_do_not_mix(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        size = 4 * 1024 * 1024
        sending = [caller.start(caller.send(line, letter * size, all=True)) for letter in (b"a", b"b")]
        received = bytearray()
        while len(received) < 2 * size:
            received += await caller.receive(guest, MAX_DATA_BYTES)
        assert [await task for task in sending] == [size, size]
        assert received == b"a" * size + b"b" * size

    drive(dialogue)


def test_the_timeout_of_a_send_covers_the_whole(drive):
    async def dialogue(caller):
        line, _ = await caller.connection()
        with pytest.raises(TimeoutError) as refusal:
            await caller.send(line, bytes(32 * 1024 * 1024), timeout=0.05, all=True)
        assert refusal.value.errno == errno.ETIMEDOUT

    drive(dialogue)


def test_a_stream_gives_at_most_what_one_message_carries(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        data = bytes(MAX_DATA_BYTES * 2)
        sending = caller.start(caller.send(line, data, all=True))
        seen = 0
        while seen < len(data):
            piece = await caller.receive(guest, 2**31)
            assert 0 < len(piece) <= MAX_DATA_BYTES
            seen += len(piece)
        await sending

    drive(dialogue)


def test_peeked_data_stays(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        await caller.send(line, b"look")
        assert await caller.receive(guest, flags=socket.MSG_PEEK) == b"look"
        assert await caller.receive(guest) == b"look"

    drive(dialogue)


@pytest.mark.parametrize("flag", [socket.MSG_DONTWAIT, socket.MSG_ERRQUEUE])
def test_flags_that_never_wait_do_not_wait(drive, flag):
    async def dialogue(caller):
        _, guest = await caller.connection()
        with pytest.raises(BlockingIOError):
            await caller.receive(guest, flags=flag)

    drive(dialogue)


def test_truncated_bytes_come_as_zeros_and_never_as_old_memory(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        await caller.send(line, b"secret")
        assert await caller.receive(guest, 6, flags=socket.MSG_TRUNC) == bytes(6)

    drive(dialogue)


def test_a_half_closed_stream_still_receives(drive):
    async def dialogue(caller):
        line, guest = await caller.connection()
        await caller.call(line, ShutdownSocket(ShutdownHow.WRITE))
        assert await caller.receive(guest) == b""
        await caller.send(guest, b"heard")
        assert await caller.receive(line) == b"heard"
        with pytest.raises(BrokenPipeError):
            await caller.send(line, b"too late")

    drive(dialogue)


@pytest.mark.parametrize("how", [ShutdownHow.READ, ShutdownHow.BOTH])
def test_a_shutdown_ends_a_receive_that_waits(drive, how):
    async def dialogue(caller):
        line, _ = await caller.connection()
        waiting = caller.start(caller.receive(line))
        await asyncio.sleep(0)
        await caller.call(line, ShutdownSocket(how))
        assert await waiting == b""

    drive(dialogue)


def test_a_shutdown_before_any_connection_is_refused(drive):
    async def dialogue(caller):
        line = await caller.open(Transport.TCP)
        with pytest.raises(OSError) as refusal:
            await caller.call(line, ShutdownSocket(ShutdownHow.BOTH))
        assert refusal.value.errno == errno.ENOTCONN

    drive(dialogue)


def test_a_reset_is_told_as_such(drive):
    async def dialogue(caller):
        from sockrig_wire.model.sockets import SetOption

        line, guest = await caller.connection()
        reset = struct.pack("ii", 1, 0)
        await caller.call(line, SetOption(socket.SOL_SOCKET, socket.SO_LINGER, data=reset))
        await caller.close(line)
        with pytest.raises(ConnectionResetError):
            await caller.receive(guest)

    drive(dialogue)


def test_closing_does_not_wait_for_a_lingering_connection(drive):
    """SO_LINGER makes close(2) wait on Linux even if the socket is non-blocking: an agent must not."""

    async def dialogue(caller):
        from sockrig_wire.model.sockets import SetOption

        line, guest = await caller.connection()
        with pytest.raises(TimeoutError):
            await caller.send(line, bytes(32 * 1024 * 1024), timeout=0.05, all=True)
        patience = struct.pack("ii", 1, 3600)
        await caller.call(line, SetOption(socket.SOL_SOCKET, socket.SO_LINGER, data=patience))
        await caller.close(line)
        assert await caller.receive(guest) != b""

    drive(dialogue)


def test_an_own_address_is_used_by_who_binds_nothing(drive):
    async def dialogue(caller):
        door = await caller.open(Transport.TCP)
        await caller.call(door, ListenSocket())
        address = await caller.address(door)
        assert address.host == "127.0.0.2"
        line = await caller.open(Transport.TCP)
        await caller.call(line, ConnectSocket(address))
        guest, peer = await caller.accept(door)
        assert peer.host == "127.0.0.2"
        assert (await caller.address(guest)).host == "127.0.0.2"

    drive(dialogue, bind_hosts=BindHosts(inet="127.0.0.2"))


def test_an_empty_destination_is_the_agent_itself(drive):
    async def dialogue(caller):
        door = await caller.listener("")
        line = await caller.open(Transport.TCP)
        await caller.call(line, ConnectSocket(SocketAddress("", (await caller.address(door)).port)))
        _, peer = await caller.accept(door)
        assert peer.host == "127.0.0.2"

    drive(dialogue, bind_hosts=BindHosts(inet="127.0.0.2"))


def test_who_bound_itself_keeps_its_address(drive):
    async def dialogue(caller):
        door = await caller.listener()
        line = await caller.bound(Transport.TCP, "127.0.0.3")
        bound = await caller.address(line)
        await caller.call(line, ConnectSocket(await caller.address(door)))
        _, peer = await caller.accept(door)
        assert peer == bound
        assert peer.host == "127.0.0.3"

    drive(dialogue, bind_hosts=BindHosts(inet="127.0.0.2"))


def test_an_own_address_that_cannot_reach_the_destination_is_left_out(drive):
    async def dialogue(caller):
        door = await caller.listener("127.0.0.1")
        line = await caller.open(Transport.TCP)
        await caller.call(line, ConnectSocket(await caller.address(door)))
        _, peer = await caller.accept(door)
        assert peer.host == "127.0.0.1"

    drive(dialogue, bind_hosts=BindHosts(inet="192.0.2.1"))


def test_streams_work_over_ipv6(drive, ipv6_loopback):
    async def dialogue(caller):
        line, guest = await caller.connection(ipv6_loopback, Family.INET6)
        await caller.send(line, b"six")
        assert await caller.receive(guest) == b"six"
        address = await caller.address(line)
        assert (address.host, address.flow_info, address.scope_id) == ("::1", 0, 0)

    drive(dialogue)


def test_an_own_ipv6_address_is_used_by_who_binds_nothing(drive, ipv6_loopback):
    async def dialogue(caller):
        door = await caller.listener("", Family.INET6)
        assert (await caller.address(door)).host == ipv6_loopback
        line = await caller.open(Transport.TCP, Family.INET6)
        await caller.call(line, ConnectSocket(await caller.address(door)))
        _, peer = await caller.accept(door)
        assert peer.host == ipv6_loopback

    drive(dialogue, bind_hosts=BindHosts(inet6=ipv6_loopback))


def test_sending_without_a_connection_is_refused(drive):
    async def dialogue(caller):
        line = await caller.open(Transport.TCP)
        with pytest.raises(BrokenPipeError):
            await caller.call(line, SendData(b"nobody"))
        with pytest.raises(OSError) as refusal:
            await caller.receive(line)
        assert refusal.value.errno == errno.ENOTCONN

    drive(dialogue)
