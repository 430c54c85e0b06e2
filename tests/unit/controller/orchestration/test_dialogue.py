"""A dialogue is carried out over real sockets, judged call by call, and leaves nothing open."""

import asyncio
import errno
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from sockrig.orchestration.dialogue import CallOutcome, run_dialogue
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, expand
from sockrig_wire.errors import InternalError, LostError
from sockrig_wire.model.sockets import (
    AcceptConnection,
    AddressOf,
    BindSocket,
    CloseSocket,
    ConnectSocket,
    DataReceived,
    DataSent,
    Family,
    GetLocalAddress,
    GetPeerAddress,
    ListenSocket,
    OpenSocket,
    ReceiveData,
    SendData,
    SetOption,
    ShutdownHow,
    ShutdownSocket,
    SocketAccepted,
    SocketAddress,
    SocketDone,
    SocketOpened,
    SocketReply,
    Transport,
)

DIALOGUES = Path(__file__).parents[3] / "data" / "scenarios" / "dialogues.yaml"
LOOPBACK = {Family.INET: "127.0.0.1", Family.INET6: "::1"}
FAMILIES = {Family.INET: socket.AF_INET, Family.INET6: socket.AF_INET6}
KINDS = {Transport.TCP: socket.SOCK_STREAM, Transport.UDP: socket.SOCK_DGRAM}
HALVES = {ShutdownHow.READ: socket.SHUT_RD, ShutdownHow.WRITE: socket.SHUT_WR, ShutdownHow.BOTH: socket.SHUT_RDWR}

UDP_PAIR = ('{on: a, open: udp, bind: ":0", as: inbox}', "{on: b, open: udp, as: outbox}")
TCP_PAIR = (
    '{on: a, open: tcp, bind: ":0", listen: 5, as: door}',
    "{on: b, open: tcp, connect: door, as: line}",
    "{accept: door, as: guest}",
)


class LoopbackSockets:
    """Agents without agents: every call is made here, on a real socket of this process."""

    def __init__(self):
        self.open = {}
        self.closed = []
        self.waiting = asyncio.Event()
        self.reply_instead = None
        self._last_id = 0

    async def call_socket(self, agent, call):
        if self.reply_instead is not None:
            reply, self.reply_instead = self.reply_instead, None
            if isinstance(reply, Exception):
                raise reply
            return SocketReply(reply)
        async with asyncio.timeout(call.timeout_seconds):
            return SocketReply(await self._answer(call))

    async def _answer(self, call):
        loop = asyncio.get_running_loop()
        match call.body:
            case OpenSocket(family, transport):
                return SocketOpened(self._keep(socket.socket(FAMILIES[family], KINDS[transport])))
            case CloseSocket():
                self.closed.append(call.socket_id)
                self.open.pop(call.socket_id).close()
                return SocketDone()
        its = self.open[call.socket_id]
        match call.body:
            case BindSocket(address):
                its.bind((address.host or ("::1" if its.family == socket.AF_INET6 else "127.0.0.1"), address.port))
            case ListenSocket(backlog):
                its.listen(backlog)
            case ConnectSocket(address):
                await loop.sock_connect(its, (address.host, address.port))
            case AcceptConnection():
                guest, peer = await loop.sock_accept(its)
                return SocketAccepted(self._keep(guest), SocketAddress(*peer))
            case SendData(data, address):
                if address is None:
                    await loop.sock_sendall(its, data)
                else:
                    await loop.sock_sendto(its, data, (address.host, address.port))
                return DataSent(len(data))
            case ReceiveData(max_bytes):
                self.waiting.set()
                if its.type == socket.SOCK_STREAM:
                    return DataReceived(await loop.sock_recv(its, max_bytes))
                data, sender = await loop.sock_recvfrom(its, max_bytes)
                return DataReceived(data, SocketAddress(*sender))
            case GetLocalAddress():
                return AddressOf(SocketAddress(*its.getsockname()))
            case GetPeerAddress():
                return AddressOf(SocketAddress(*its.getpeername()))
            case ShutdownSocket(how):
                its.shutdown(HALVES[how])
            case SetOption(level, option, number):
                its.setsockopt(level, option, number)
        return SocketDone()

    def _keep(self, new):
        new.setblocking(False)
        self._last_id += 1
        self.open[self._last_id] = new
        return self._last_id


def steps_of(text):
    return expand(load_scenario(text, file_name="x.yaml"), [AgentFacts("a"), AgentFacts("b")]).steps


def step_of(*lines):
    (step,) = steps_of("scenario: x\nagents: [a, b]\nsteps:\n- sockets:\n" + "".join(f"  - {line}\n" for line in lines))
    return step


async def carry_out(step, caller, on_call=lambda _: None):
    try:
        return await run_dialogue(step, caller, lambda _, family: LOOPBACK[family], on_call)
    finally:
        left_open = dict(caller.open)
        for its in caller.open.values():
            its.close()
        assert left_open == {}, "a dialogue leaves nothing open"


def run(*lines):
    async def alone():
        return await carry_out(step_of(*lines), LoopbackSockets())

    return asyncio.run(alone())


def test_the_four_dialogues():
    async def all_of_them():
        told = []
        for step in steps_of(DIALOGUES.read_text(encoding="utf-8")):
            outcomes = await carry_out(step, LoopbackSockets(), told.append)
            assert len(outcomes) == len(step.calls)
        return told

    told = asyncio.run(all_of_them())
    assert [outcome for outcome in told if not outcome.passed] == []
    assert len(told) == 36


def test_an_outcome_says_who_did_what_and_what_it_brought():
    outcomes = run(*UDP_PAIR, "{send: 你好, from: outbox, to: inbox}", "{receive: inbox, expect: 你好}")
    assert outcomes[3] == CallOutcome("a", "receive inbox", passed=True, result="'你好'")
    assert outcomes[2].result.startswith("6 bytes to 127.0.0.1:")


def test_the_first_failure_ends_the_step():
    outcomes = run(
        *UDP_PAIR,
        "{send: hello, from: outbox, to: inbox}",
        "{receive: inbox, expect: goodbye}",
        "{receive: inbox}",
    )
    assert len(outcomes) == 4
    assert outcomes[3] == CallOutcome(
        "a", "receive inbox", passed=False, detail="asked 'goodbye', got 'hello'", result="'hello'"
    )


def test_an_error_is_an_outcome():
    (outcome,) = run('{on: b, open: tcp, connect: "a:1"}')
    assert (outcome.passed, outcome.error) == (False, "ECONNREFUSED")
    assert outcome.detail.startswith("asked success, got ECONNREFUSED (")


def test_an_error_that_is_asked_for_passes():
    (outcome,) = run('{on: b, open: tcp, connect: "a:1", expect-error: ECONNREFUSED}')
    assert outcome == CallOutcome("b", "open tcp connect a:1", passed=True, result="ECONNREFUSED", error="ECONNREFUSED")


def test_another_error_than_the_one_asked_for_fails():
    (outcome,) = run('{on: b, open: tcp, connect: "a:1", expect-error: EACCES}')
    assert not outcome.passed
    assert outcome.detail.startswith("asked EACCES, got ECONNREFUSED (")


def test_success_where_an_error_was_asked_for_fails():
    outcomes = run(UDP_PAIR[0], "{on: b, open: udp, expect-error: EMFILE}")
    assert outcomes[1].detail == "asked EMFILE, got no error"


def test_a_wait_that_ends_is_etimedout():
    assert run(UDP_PAIR[0], "{receive: inbox, timeout: 20ms, expect-error: ETIMEDOUT}")[1].passed
    outcome = run(UDP_PAIR[0], "{receive: inbox, timeout: 20ms}")[1]
    assert (outcome.passed, outcome.error, outcome.detail) == (
        False,
        "ETIMEDOUT",
        "asked success, got ETIMEDOUT (timed out)",
    )


def test_a_stream_may_come_piecemeal():
    outcomes = run(*TCP_PAIR, "{send: abcdef, from: line}", "{receive: guest, max: 2 B, expect: abcdef}")
    assert outcomes[-1].passed


def test_a_stream_gives_no_more_than_was_asked_for():
    outcomes = run(
        *TCP_PAIR,
        "{send: abcdef, from: line}",
        "{receive: guest, max: 2 B, expect: abcd}",
        "{receive: guest, expect: ef}",
    )
    assert [outcome.passed for outcome in outcomes[-2:]] == [True, True]


def test_a_stream_that_ends_too_soon():
    outcomes = run(*TCP_PAIR, "{send: ab, from: line}", "{close: line}", "{receive: guest, expect: abcd}")
    assert outcomes[-1].detail == "asked 'abcd', got 'ab' and then the end"


def test_a_stream_that_falls_silent():
    outcomes = run(*TCP_PAIR, "{send: ab, from: line}", "{receive: guest, expect: abcd, timeout: 50ms}")
    assert outcomes[-1].detail == "asked 'abcd', got 'ab' and then nothing within 0.05 s"


def test_a_stream_that_says_something_else_is_not_waited_for():
    outcomes = run(*TCP_PAIR, "{send: ax, from: line}", "{receive: guest, expect: abcd, timeout: 60s}")
    assert outcomes[-1].detail == "asked 'abcd', got 'ax'"


def test_an_orderly_end_is_the_empty_text():
    outcomes = run(*TCP_PAIR, "{shutdown: line, how: write}", "{receive: guest, expect: ''}")
    assert outcomes[-1] == CallOutcome("a", "receive guest", passed=True, result="''")


def test_bytes_that_are_no_text_are_an_outcome():
    sent = (*UDP_PAIR, "{send-hex: fffe, from: outbox, to: inbox}")
    outcome = run(*sent, "{receive: inbox, expect: hello}")[-1]
    assert outcome.detail == r"asked 'hello', got b'\xff\xfe', which is not utf-8"
    outcomes = run(*sent, "{receive: inbox, as: letter}", "{check: letter.text, expect: hello}")
    assert (outcomes[-2].passed, outcomes[-2].result) == (True, r"b'\xff\xfe', which is not utf-8")
    assert outcomes[-1].detail.startswith("it is no text")


def test_bytes_that_are_wrong_are_shown_as_bytes():
    outcome = run(*UDP_PAIR, "{send-hex: 00ff, from: outbox, to: inbox}", "{receive: inbox, expect-hex: ff00}")[-1]
    assert outcome.detail == r"asked b'\xff\x00', got b'\x00\xff'"


def test_one_text_may_be_written_in_several_ways():
    little_endian = "你好".encode("utf-16-le").hex()
    outcomes = run(
        *UDP_PAIR,
        f'{{send-hex: "fffe{little_endian}", from: outbox, to: inbox}}',
        "{receive: inbox, expect: 你好, encoding: utf-16}",
        f'{{send-hex: "feff{"你好".encode("utf-16-be").hex()}", from: outbox, to: inbox}}',
        "{receive: inbox, expect: 你好, encoding: utf-16}",
    )
    assert outcomes[-1].passed


def test_long_data_are_cut_in_reports():
    outcomes = run(*UDP_PAIR, f"{{send: {'x' * 5000}, from: outbox, to: inbox}}", "{receive: inbox}")
    assert outcomes[-1].result.endswith("… (5,000 bytes)")
    assert len(outcomes[-1].result) < 300


def test_a_socket_without_a_port_cannot_be_sent_to():
    outcomes = run(*UDP_PAIR, "{send: x, from: inbox, to: outbox}")
    assert outcomes[-1].detail == "outbox has no port yet: bind it, or let it send first"


def test_what_was_received_can_be_checked():
    outcomes = run(
        *UDP_PAIR,
        "{send: hello, from: outbox, to: inbox}",
        "{receive: inbox, as: letter}",
        "{check: letter.sender.host, expect: 127.0.0.1}",
        "{check: letter.text, expect: hello}",
        "{check: letter.length, expect: 4}",
    )
    assert [outcome.passed for outcome in outcomes[-3:]] == [True, True, False]
    assert outcomes[-1] == CallOutcome("a", "check letter.length", passed=False, detail="asked 4, got 5", result="5")


def test_the_names_of_a_socket_can_be_checked():
    outcomes = run(*TCP_PAIR, "{check: line.peer.host, expect: 127.0.0.1}", "{check: door.local.port, expect: 1}")
    assert [outcome.passed for outcome in outcomes[-2:]] == [True, False]


def test_a_connected_datagram_socket_needs_no_target():
    outcomes = run(
        UDP_PAIR[0],
        "{on: b, open: udp, connect: inbox, as: outbox}",
        "{send: hi, from: outbox}",
        "{receive: inbox, expect: hi}",
    )
    assert outcomes[-1].passed


def test_ipv6():
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", 0))
        outcomes = run(
            '{on: a, open: tcp, ipv6: true, bind: ":0", listen: 5, as: door}',
            "{on: b, open: tcp, ipv6: true, connect: door, as: line}",
            "{accept: door, as: guest}",
            "{send: hi, from: line}",
            "{receive: guest, expect: hi}",
        )
        assert outcomes[-1].passed
        return
    pytest.skip("no IPv6 on the loopback interface")


def test_what_is_left_is_closed_in_reverse_order():
    async def check():
        caller = LoopbackSockets()
        await carry_out(step_of(*TCP_PAIR), caller)
        return caller.closed

    assert asyncio.run(check()) == [3, 2, 1]


def test_a_socket_whose_opening_failed_is_closed_at_once():
    async def check():
        caller = LoopbackSockets()
        failing = '{on: b, open: tcp, connect: "a:1", expect-error: ECONNREFUSED}'
        await carry_out(step_of(failing, UDP_PAIR[0]), caller)
        return caller.closed

    assert asyncio.run(check()) == [1, 2]


def test_a_cancelled_dialogue_closes_its_sockets():
    async def check():
        caller = LoopbackSockets()
        task = asyncio.create_task(carry_out(step_of(*TCP_PAIR, "{receive: guest, timeout: 60s}"), caller))
        await caller.waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return caller.closed

    assert asyncio.run(check()) == [3, 2, 1]


def test_a_lost_agent_ends_the_dialogue_and_the_rest_is_closed():
    async def check():
        caller = LoopbackSockets()

        def lose_agent(outcome):
            if outcome.call.startswith("accept"):
                caller.reply_instead = LostError("agent a is gone")

        with pytest.raises(LostError):
            await carry_out(step_of(*TCP_PAIR, "{send: x, from: line}"), caller, lose_agent)
        return caller.closed

    assert asyncio.run(check()) == [3, 2, 1]


def test_an_answer_to_another_question_is_a_defect():
    async def check():
        caller = LoopbackSockets()
        caller.reply_instead = SocketDone()
        await carry_out(step_of(UDP_PAIR[0]), caller)

    with pytest.raises(InternalError, match="OpenSocket was answered with SocketDone"):
        asyncio.run(check())


def test_an_errno_that_this_system_does_not_know_is_told_in_words():
    async def check():
        caller = LoopbackSockets()
        caller.reply_instead = OSError("the fish are asleep")
        return await carry_out(step_of(UDP_PAIR[0]), caller)

    (outcome,) = asyncio.run(check())
    assert outcome.detail == "asked success, got the fish are asleep"
    assert errno.errorcode.get(0) is None
