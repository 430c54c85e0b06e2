"""Ids, runs and limits of the agent's sockets, and values that no socket takes."""

import asyncio
import errno
import math
import socket
import struct

import pytest

from sockrig_wire.errors import LimitError, UsageError
from sockrig_wire.model.sockets import (
    BindSocket,
    CloseSocket,
    ConnectSocket,
    Family,
    GetLocalAddress,
    GetOption,
    ListenSocket,
    OptionValue,
    ReceiveData,
    SetOption,
    SocketAddress,
    SocketDone,
    Transport,
    WaitReady,
)


def test_ids_are_never_given_twice(drive):
    async def dialogue(caller):
        seen = set()
        for _ in range(5):
            id = await caller.open(Transport.UDP)
            assert id not in seen
            assert id > 0
            seen.add(id)
            await caller.close(id)

    drive(dialogue)


def test_an_unknown_or_closed_socket_is_a_bad_descriptor(drive):
    async def dialogue(caller):
        closed = await caller.open(Transport.UDP)
        await caller.close(closed)
        for id in (0, closed, 12_345):
            for body in (ReceiveData(1), GetLocalAddress(), CloseSocket(), WaitReady(readable=True)):
                with pytest.raises(OSError) as refusal:
                    await caller.call(id, body)
                assert refusal.value.errno == errno.EBADF

    drive(dialogue)


def test_a_run_cannot_touch_the_sockets_of_another(drive):
    async def dialogue(caller):
        id = await caller.open(Transport.UDP)
        with pytest.raises(OSError) as refusal:
            await caller.of_run("another").close(id)
        assert refusal.value.errno == errno.EBADF
        assert caller.table.count("run") == 1

    drive(dialogue)


def test_a_closed_run_leaves_nothing_open_and_nothing_waiting(drive):
    async def dialogue(caller):
        other = caller.of_run("another")
        kept = await other.bound(Transport.UDP)
        door = await caller.listener()
        address = await caller.address(door)
        waiting = caller.start(caller.accept(door))
        await asyncio.sleep(0)
        assert (caller.table.count(), caller.table.count("run"), caller.table.count("another")) == (2, 1, 1)
        assert caller.table.close_run("run") == 1
        with pytest.raises(OSError) as refusal:
            await waiting
        assert refusal.value.errno == errno.EBADF
        assert caller.table.count() == 1
        assert caller.table.close_run("run") == 0
        line = await other.open(Transport.TCP)
        with pytest.raises(ConnectionRefusedError):
            await other.call(line, ConnectSocket(address))
        await other.address(kept)

    drive(dialogue)


def test_the_table_closes_all_runs(drive):
    async def dialogue(caller):
        await caller.listener()
        await caller.of_run("another").listener()
        caller.table.close()
        assert caller.table.count() == 0

    drive(dialogue)


def test_the_cap_is_on_all_runs_together_and_says_whose_it_is(drive):
    async def dialogue(caller):
        await caller.open(Transport.UDP)
        mine = await caller.of_run("another").open(Transport.UDP)
        with pytest.raises(LimitError) as refusal:
            await caller.open(Transport.UDP)
        assert "at most 2 sockets" in refusal.value.what
        assert "1 of them of this run" in refusal.value.what
        assert refusal.value.next
        await caller.of_run("another").close(mine)
        await caller.open(Transport.UDP)

    drive(dialogue, max_sockets=2)


def test_an_accept_beyond_the_cap_leaves_the_guest_in_the_queue(drive):
    async def dialogue(caller):
        door = await caller.listener()
        with socket.create_connection(("127.0.0.1", (await caller.address(door)).port)) as guest:
            spare = await caller.open(Transport.UDP)
            with pytest.raises(LimitError):
                await caller.accept(door)
            await caller.close(spare)
            _, peer = await caller.accept(door)
            assert (peer.host, peer.port) == guest.getsockname()

    drive(dialogue, max_sockets=2)


def test_a_cap_that_is_reached_while_an_accept_waits_leaves_the_guest_in_the_queue(drive):
    async def dialogue(caller):
        door = await caller.listener()
        waiting = caller.start(caller.accept(door))
        await asyncio.sleep(0)
        spare = await caller.open(Transport.UDP)
        with socket.create_connection(("127.0.0.1", (await caller.address(door)).port)):
            with pytest.raises(LimitError):
                await waiting
            await caller.close(spare)
            await caller.accept(door)

    drive(dialogue, max_sockets=2)


def test_options_are_numbers_or_bytes(drive):
    async def dialogue(caller):
        id = await caller.open(Transport.TCP)
        reuse = (socket.SOL_SOCKET, socket.SO_REUSEADDR)
        assert await caller.call(id, GetOption(*reuse)) == OptionValue(number=0)
        assert await caller.call(id, SetOption(*reuse, number=1)) == SocketDone()
        assert await caller.call(id, GetOption(*reuse)) == OptionValue(number=1)
        linger = (socket.SOL_SOCKET, socket.SO_LINGER)
        await caller.call(id, SetOption(*linger, data=struct.pack("ii", 1, 0)))
        assert await caller.call(id, GetOption(*linger, buffer_bytes=8)) == OptionValue(data=struct.pack("ii", 1, 0))

    drive(dialogue)


def test_a_socket_has_only_the_options_that_were_asked_for(drive):
    async def dialogue(caller):
        door = await caller.listener()
        again = await caller.open(Transport.TCP)
        assert await caller.call(door, GetOption(socket.SOL_SOCKET, socket.SO_REUSEADDR)) == OptionValue(number=0)
        with pytest.raises(OSError) as refusal:
            await caller.call(again, BindSocket(await caller.address(door)))
        assert refusal.value.errno == errno.EADDRINUSE

    drive(dialogue)


def test_an_unknown_option_is_refused_by_the_system(drive):
    async def dialogue(caller):
        id = await caller.open(Transport.TCP)
        with pytest.raises(OSError) as refusal:
            await caller.call(id, SetOption(socket.SOL_SOCKET, 9_999, number=1))
        assert refusal.value.errno == errno.ENOPROTOOPT

    drive(dialogue)


@pytest.mark.parametrize(
    "body",
    [
        SetOption(socket.SOL_SOCKET, socket.SO_REUSEADDR),
        SetOption(socket.SOL_SOCKET, socket.SO_REUSEADDR, number=1, data=b"1"),
        SetOption(socket.SOL_SOCKET, socket.SO_REUSEADDR, number=2**40),
        BindSocket(SocketAddress("127.0.0.1", 65_536)),
        ConnectSocket(SocketAddress("127.0.0.1", 2**32 - 1)),
        ListenSocket(2**32 - 1),
        WaitReady(),
    ],
)
def test_a_value_that_no_socket_takes_is_a_usage_error_and_harms_nothing(drive, body):
    async def dialogue(caller):
        id = await caller.open(Transport.TCP)
        with pytest.raises(UsageError):
            await caller.call(id, body)
        await caller.address(id)

    drive(dialogue)


@pytest.mark.parametrize("timeout", [-1.0, math.nan, math.inf])
def test_a_timeout_must_be_a_finite_span(drive, timeout):
    async def dialogue(caller):
        id = await caller.bound(Transport.UDP)
        with pytest.raises(UsageError, match="not possible"):
            await caller.receive(id, timeout=timeout)

    drive(dialogue)


@pytest.mark.parametrize("host", ["no-such-name.invalid", "a" * 70 + ".invalid", "nul\0byte", "::1"])
def test_a_name_without_an_address_of_the_family_is_a_resolver_error(drive, host):
    async def dialogue(caller):
        id = await caller.open(Transport.UDP)
        with pytest.raises(socket.gaierror) as refusal:
            await caller.send(id, b"?", SocketAddress(host, 9))
        assert refusal.value.errno in {socket.EAI_NONAME, socket.EAI_ADDRFAMILY, socket.EAI_AGAIN}

    drive(dialogue)


def test_a_foreign_address_cannot_be_bound(drive):
    async def dialogue(caller):
        id = await caller.open(Transport.TCP)
        with pytest.raises(OSError) as refusal:
            await caller.call(id, BindSocket(SocketAddress("192.0.2.1", 0)))
        assert refusal.value.errno == errno.EADDRNOTAVAIL

    drive(dialogue)


def test_accepting_at_a_datagram_socket_is_refused_by_the_system(drive):
    async def dialogue(caller):
        id = await caller.bound(Transport.UDP)
        with pytest.raises(OSError) as refusal:
            await caller.accept(id)
        assert refusal.value.errno == errno.EOPNOTSUPP

    drive(dialogue)


def test_an_ipv6_socket_takes_no_ipv4_literal(drive, ipv6_loopback):
    async def dialogue(caller):
        id = await caller.open(Transport.UDP, Family.INET6)
        with pytest.raises(socket.gaierror):
            await caller.send(id, b"?", SocketAddress("127.0.0.1", 9))

    drive(dialogue)
