"""Listening and probing over loopback: what either end sees, what a run may have, and that nothing outlives it."""

import asyncio
import contextlib
import socket
import time

import pytest

from sockrig_agent.reach import table as table_module
from sockrig_agent.reach.table import ReachTable
from sockrig_agent.sockets.addresses import BindHosts
from sockrig_wire.errors import LimitError, UsageError
from sockrig_wire.model.reach import OpenReach, ProbeOutcome, ProbeReach, ReachPort, ReachProbe
from sockrig_wire.model.sockets import Family, Transport
from sockrig_wire.reach import MOST_PROBES, PROBE

FAMILIES = {"127.0.0.1": Family.INET, "::1": Family.INET6}
TYPES = {Transport.TCP: socket.SOCK_STREAM, Transport.UDP: socket.SOCK_DGRAM}
TEST_SECONDS = 20


@pytest.fixture
def drive():
    """Runs a test's coroutine with a table, and sees that nothing is left of it."""

    def run(work, **settings):
        async def main():
            table = ReachTable(**{"max_sockets": 100, "elsewhere": lambda: 0, "bind_hosts": BindHosts(), **settings})
            async with asyncio.timeout(TEST_SECONDS):
                try:
                    return await work(table)
                finally:
                    table.close()
                    await asyncio.sleep(0)

        return asyncio.run(main())

    return run


def free_port(transport, host="127.0.0.1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, TYPES[transport]) as trial:
        trial.bind((host, 0))
        return trial.getsockname()[1]


def listen(transport, port, *nonces, host="127.0.0.1"):
    return OpenReach(FAMILIES[host], (ReachPort(transport, port, nonces),))


def ask(transport, port, *nonces, host="127.0.0.1", **rest):
    figures = {"listened": True, "timeout_seconds": 2.0, "attempts": 2, "spacing_seconds": 0.0, **rest}
    probes = tuple(ReachProbe(host, transport, port, nonce) for nonce in nonces)
    return ProbeReach(family=FAMILIES[host], probes=probes, **figures)


def ignore(_):
    """Hears how many probes are done."""


@pytest.mark.parametrize("transport", Transport)
@pytest.mark.parametrize("host", FAMILIES)
def test_a_nonce_comes_back_and_both_ends_know_of_it(drive, transport, host):
    port = free_port(transport, host)

    async def work(table):
        opened = table.open("run", listen(transport, port, 7, host=host))
        probed = await table.probe("run", ask(transport, port, 7, host=host), ignore)
        return opened, probed, await table.close_listener("run")

    opened, probed, seen = drive(work)
    (result,) = probed.results
    (arrival,) = seen.arrivals
    assert opened.ports[0].errno_name == ""
    assert (result.outcome, result.attempts, result.source_host) == (ProbeOutcome.ANSWERED, 1, host)
    assert result.round_trip_seconds > 0
    assert (arrival.nonce, arrival.host, arrival.port) == (7, host, result.source_port)


def test_a_thousand_probes_are_answered_within_the_sockets_that_there_are(drive):
    port = free_port(Transport.UDP)
    nonces = tuple(range(1000))

    async def work(table):
        table.open("run", listen(Transport.UDP, port, *nonces))
        probed = await table.probe("run", ask(Transport.UDP, port, *nonces, timeout_seconds=5.0), ignore)
        assert table.count("run") == 1, "the probes gave theirs back"
        return probed, await table.close_listener("run")

    probed, seen = drive(work, max_sockets=32)
    assert [result.nonce for result in probed.results] == list(nonces)
    assert {result.outcome for result in probed.results} == {ProbeOutcome.ANSWERED}
    assert {arrival.nonce for arrival in seen.arrivals} == set(nonces)


@pytest.mark.parametrize("transport", Transport)
def test_a_stranger_is_not_answered_and_not_noted(drive, transport):
    port = free_port(transport)

    async def work(table):
        table.open("run", listen(transport, port, 7))
        probed = await table.probe("run", ask(transport, port, 8, timeout_seconds=0.5), ignore)
        return probed, await table.close_listener("run")

    probed, seen = drive(work)
    silent = ProbeOutcome.CONNECTED if transport is Transport.TCP else ProbeOutcome.SILENT
    assert probed.results[0].outcome is silent
    assert seen.arrivals == ()


@pytest.mark.parametrize("said", [b"", b"x", PROBE.pack(7, 0)[:-1], PROBE.pack(7, 0) + b"more"])
def test_what_is_no_probe_gets_no_answer(drive, said):
    port = free_port(Transport.UDP)

    async def work(table):
        table.open("run", listen(Transport.UDP, port, 7))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rude:
            rude.setblocking(False)
            rude.connect(("127.0.0.1", port))
            rude.send(said)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    return await asyncio.get_running_loop().sock_recv(rude, 100)
        return None

    assert drive(work) is None


@pytest.mark.parametrize("transport", Transport)
def test_a_port_that_another_has_is_told_and_keeps_no_other(drive, transport):
    async def work(table):
        with socket.socket(socket.AF_INET, TYPES[transport]) as squatter:
            squatter.bind(("0.0.0.0", 0))
            if transport is Transport.TCP:
                squatter.listen()
            taken = squatter.getsockname()[1]
            ports = (ReachPort(transport, taken, ()), ReachPort(transport, free_port(transport), ()))
            opened = table.open("run", OpenReach(Family.INET, ports))
            return [port.errno_name for port in opened.ports], table.count("run")

    assert drive(work) == (["EADDRINUSE", ""], 1)


def test_without_a_listener_a_closed_port_is_refused_and_an_open_one_connects(drive):
    async def work(table):
        with socket.create_server(("127.0.0.1", 0)) as there:
            port = there.getsockname()[1]
            opened = await table.probe("run", ask(Transport.TCP, port, 1, listened=False), ignore)
        closed = await table.probe("run", ask(Transport.TCP, port, 2, listened=False), ignore)
        datagram = await table.probe("run", ask(Transport.UDP, free_port(Transport.UDP), 3, listened=False), ignore)
        return opened.results[0], closed.results[0], datagram.results[0]

    opened, closed, datagram = drive(work)
    assert opened.outcome is ProbeOutcome.ANSWERED
    assert (closed.outcome, closed.errno_name) == (ProbeOutcome.RESET, "ECONNREFUSED")
    assert (datagram.outcome, datagram.icmp_type, datagram.icmp_code) == (ProbeOutcome.ICMP, 3, 3)
    assert datagram.offender == "127.0.0.1"


def test_something_else_that_answers_is_not_the_listener(drive):
    async def work(table):
        async def babble(reader, writer):
            await reader.read(100)
            writer.write(b"220 hello\r\n")
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            return (await table.probe("run", ask(Transport.TCP, port, 1), ignore)).results[0]

    assert drive(work).outcome is ProbeOutcome.CONNECTED


def test_a_name_that_nobody_knows_is_not_sent(drive):
    async def work(table):
        probe = ReachProbe("nobody.invalid", Transport.TCP, 9, 1)
        order = ProbeReach(
            family=Family.INET, listened=True, timeout_seconds=1.0, attempts=1, spacing_seconds=0.0, probes=(probe,)
        )
        return (await table.probe("run", order, ignore)).results[0]

    result = drive(work)
    assert result.outcome is ProbeOutcome.NOT_SENT
    assert result.errno_name.startswith("EAI_")


def test_the_end_of_a_run_ends_its_probes_and_its_listeners(drive):
    port = free_port(Transport.UDP)

    async def work(table):
        table.open("run", listen(Transport.UDP, port))
        probing = asyncio.create_task(table.probe("run", ask(Transport.UDP, port, 1, timeout_seconds=60.0), ignore))
        await asyncio.sleep(0)
        assert table.count("run") == 2
        assert table.count("other") == 0
        closed = table.close_run("run")
        with pytest.raises(asyncio.CancelledError):
            await probing
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as next_one:
            next_one.bind(("0.0.0.0", port))
        return closed, table.count()

    assert drive(work) == (2, 0)


def test_more_sockets_than_there_are_left_are_refused_in_words(drive):
    ports = tuple(ReachPort(Transport.UDP, number, ()) for number in range(20000, 20003))

    async def work(table):
        with pytest.raises(LimitError, match="3 ports to listen on are more than the 2 sockets that are left"):
            table.open("run", OpenReach(Family.INET, ports))
        with pytest.raises(LimitError, match="16 probes at once are more than the 2 sockets"):
            await table.probe("run", ask(Transport.UDP, 9, *range(40)), ignore)
        assert table.count() == 0

    drive(work, max_sockets=10, elsewhere=lambda: 8)


def test_descriptors_are_a_bound_too(drive, monkeypatch):
    monkeypatch.setattr(table_module, "_free_descriptors", lambda: 0)

    async def work(table):
        with pytest.raises(LimitError, match="0 sockets that are left"):
            table.open("run", listen(Transport.TCP, 20000))

    drive(work)


@pytest.mark.parametrize(
    "order",
    [
        ask(Transport.UDP, 0, 1),
        ask(Transport.UDP, 70_000, 1),
        ask(Transport.UDP, 9, 1, timeout_seconds=0.0),
        ask(Transport.UDP, 9, 1, timeout_seconds=float("inf")),
        ask(Transport.UDP, 9, 1, timeout_seconds=float("nan")),
        ask(Transport.UDP, 9, 1, attempts=0),
        ask(Transport.UDP, 9, 1, attempts=200),
        ask(Transport.UDP, 9, 1, spacing_seconds=-1.0),
        ask(Transport.UDP, 9, *range(MOST_PROBES + 1)),
    ],
    ids=lambda order: f"{order.probes[0].port} {order.timeout_seconds} {order.attempts} {order.spacing_seconds}",
)
def test_an_order_that_is_not_possible_is_refused(drive, order):
    async def work(table):
        with pytest.raises(UsageError, match="this order of reach is not possible"):
            await table.probe("run", order, ignore)

    drive(work)


@pytest.mark.parametrize("transport", Transport)
def test_what_lies_unread_when_listening_ends_is_seen_all_the_same(drive, transport):
    port = free_port(transport)

    async def work(table):
        table.open("run", listen(transport, port, 7))
        with socket.socket(socket.AF_INET, TYPES[transport]) as sender:
            sender.connect(("127.0.0.1", port))
            sender.send(PROBE.pack(7, 0))
            return await table.close_listener("run")  # without a pause in which the listener could have read

    assert [arrival.nonce for arrival in drive(work).arrivals] == [7]


@pytest.mark.parametrize("transport", Transport)
def test_an_answer_that_came_while_the_agent_stood_still_is_not_taken_for_silence(drive, transport):
    def answer(sock):
        if transport is Transport.TCP:
            sock.listen()
            connection, _ = sock.accept()
            with connection:
                connection.sendall(connection.recv(100))
                connection.recv(1)
        else:
            data, sender = sock.recvfrom(100)
            sock.sendto(data, sender)

    async def work(table):
        with socket.socket(socket.AF_INET, TYPES[transport]) as there:
            there.bind(("127.0.0.1", 0))
            if transport is Transport.TCP:
                there.listen()
            answering = asyncio.create_task(asyncio.to_thread(answer, there))
            port = there.getsockname()[1]
            probing = asyncio.create_task(table.probe("run", ask(transport, port, 7, timeout_seconds=0.2), ignore))
            await asyncio.sleep(0.01)
            time.sleep(0.5)  # noqa: ASYNC251 - the loop is to stand still
            probed = await probing
            await answering
            return probed.results[0]

    assert drive(work).outcome is ProbeOutcome.ANSWERED


def test_a_run_listens_once_at_a_time(drive):
    port = free_port(Transport.UDP)

    async def work(table):
        table.open("run", listen(Transport.UDP, port, 1))
        with pytest.raises(UsageError, match="listens already"):
            table.open("run", listen(Transport.UDP, port, 2))
        await table.close_listener("run")
        assert (await table.close_listener("run")).arrivals == ()
        table.open("run", listen(Transport.UDP, port, 2))

    drive(work)
