"""UDP sockets, call by call."""

import errno

import pytest

from sockrig_agent.sockets.addresses import BindHosts
from sockrig_wire.model.sockets import ConnectSocket, Family, SocketAddress, Transport


def test_a_datagram_comes_with_its_sender_who_can_be_answered(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        question = "我是要发送的数据".encode()
        assert await caller.send(outbox, question, await caller.address(inbox)) == len(question)
        letter = await caller.letter(inbox)
        assert letter.data == question
        assert letter.sender is not None
        await caller.send(inbox, "收到消息".encode("gbk"), letter.sender)
        assert await caller.receive(outbox) == "收到消息".encode("gbk")

    drive(dialogue)


def test_the_sender_is_known_by_the_port_it_bound(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.bound(Transport.UDP)
        await caller.send(outbox, b"hello", await caller.address(inbox))
        assert (await caller.letter(inbox)).sender == await caller.address(outbox)

    drive(dialogue)


def test_datagrams_keep_their_bounds_and_the_rest_of_a_long_one_is_lost(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        for data in (b"first", b"", b"third"):
            await caller.send(outbox, data, await caller.address(inbox), all=True)
        assert await caller.receive(inbox, 3) == b"fir"
        assert await caller.receive(inbox) == b""
        assert await caller.receive(inbox) == b"third"

    drive(dialogue)


def test_the_longest_datagram_arrives_whole(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        data = bytes(range(256)) * 255 + bytes(227)
        await caller.send(outbox, data, await caller.address(inbox))
        assert await caller.receive(inbox, 2**32 - 1) == data

    drive(dialogue)


def test_a_datagram_that_is_too_long_is_refused(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        with pytest.raises(OSError) as refusal:
            await caller.send(outbox, bytes(65_508), await caller.address(inbox))
        assert refusal.value.errno == errno.EMSGSIZE

    drive(dialogue)


def test_a_connected_socket_sends_without_an_address(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        await caller.call(outbox, ConnectSocket(await caller.address(inbox)))
        await caller.send(outbox, b"hello")
        letter = await caller.letter(inbox)
        assert (letter.data, letter.sender) == (b"hello", await caller.address(outbox))

    drive(dialogue)


def test_a_connected_socket_learns_that_nobody_listens(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        await caller.call(outbox, ConnectSocket(await caller.address(inbox)))
        await caller.close(inbox)
        await caller.send(outbox, b"hello?")
        with pytest.raises(ConnectionRefusedError):
            await caller.receive(outbox)

    drive(dialogue)


def test_an_unconnected_socket_needs_an_address(drive):
    async def dialogue(caller):
        outbox = await caller.open(Transport.UDP)
        with pytest.raises(OSError) as refusal:
            await caller.send(outbox, b"to whom?")
        assert refusal.value.errno == errno.EDESTADDRREQ

    drive(dialogue)


def test_an_own_address_is_the_sender_of_who_binds_nothing(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP, "")
        assert (await caller.address(inbox)).host == "127.0.0.2"
        outbox = await caller.open(Transport.UDP)
        await caller.send(outbox, b"hello", await caller.address(inbox))
        sender = (await caller.letter(inbox)).sender
        assert sender == await caller.address(outbox)
        assert sender.host == "127.0.0.2"

    drive(dialogue, bind_hosts=BindHosts(inet="127.0.0.2"))


def test_without_an_own_address_an_empty_host_is_all_of_them(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP, "")
        address = await caller.address(inbox)
        assert address.host == "0.0.0.0"
        outbox = await caller.open(Transport.UDP)
        await caller.send(outbox, b"hello", SocketAddress("127.0.0.9", address.port))
        assert await caller.receive(inbox) == b"hello"

    drive(dialogue)


def test_names_are_resolved_on_the_host_of_the_agent(drive):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP)
        outbox = await caller.open(Transport.UDP)
        await caller.send(outbox, b"hello", SocketAddress("localhost", (await caller.address(inbox)).port))
        assert await caller.receive(inbox) == b"hello"

    drive(dialogue)


def test_datagrams_work_over_ipv6(drive, ipv6_loopback):
    async def dialogue(caller):
        inbox = await caller.bound(Transport.UDP, ipv6_loopback, Family.INET6)
        outbox = await caller.open(Transport.UDP, Family.INET6)
        await caller.send(outbox, b"six", await caller.address(inbox))
        letter = await caller.letter(inbox)
        assert letter.data == b"six"
        assert letter.sender.host == ipv6_loopback
        assert letter.sender.port == (await caller.address(outbox)).port

    drive(dialogue)
