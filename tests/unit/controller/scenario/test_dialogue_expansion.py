"""A dialogue is followed from call to call before anything is opened."""

import pytest

from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.planned import (
    AcceptAction,
    CheckAction,
    CloseAction,
    OpenAction,
    ReceiveAction,
    SendAction,
    ShutdownAction,
    ToAddress,
    ToAgent,
    ToSender,
    ToSocket,
)
from sockrig_wire.model.sockets import Family, ShutdownHow, SocketAddress, Transport

HEAD = "scenario: x\nagents: {server: {}, edges: {count: 2}}\nsteps:\n- sockets:\n"
INBOX = '{on: server, open: udp, bind: ":0", as: inbox}'
OUTBOX = '{on: "edges[0]", open: udp, as: outbox}'
DOOR = '{on: server, open: tcp, bind: ":0", listen: 5, as: door}'
LINE = '{on: "edges[1]", open: tcp, connect: door, as: line}'
GUEST = "{accept: door, as: guest}"


@pytest.fixture
def calls(expand_text):
    """The planned calls of these lines; line n stands on line n + 4 of the file, from column 5."""

    def of(*lines):
        text = HEAD + "".join(f"  - {line}\n" for line in lines)
        (step,) = expand_text(text, "s", "e0", "e1").steps
        return step.calls

    return of


@pytest.fixture
def refusal(calls):
    """What is said of these lines."""

    def of(*lines):
        with pytest.raises(ScenarioError) as caught:
            calls(*lines)
        return str(caught.value)

    return of


def test_calls_become_actions_on_agents(calls):
    planned = calls(
        INBOX,
        OUTBOX,
        "{send: 你好, from: outbox, to: inbox, encoding: gbk}",
        "{receive: inbox, max: 100 B, timeout: 1s, expect: 你好, encoding: gbk, as: letter}",
        "{send-hex: 00ff, from: inbox, to: letter.sender}",
        "{receive: outbox, expect-hex: 00ff}",
        "{check: letter.sender.port, expect: 5}",
        "{close: outbox}",
    )
    assert [call.agent for call in planned] == ["s", "e0", "e0", "s", "s", "e0", "s", "e0"]
    assert [call.action for call in planned] == [
        OpenAction(
            name="inbox",
            transport=Transport.UDP,
            family=Family.INET,
            bind=SocketAddress("", 0),
            listen=None,
            connect=None,
        ),
        OpenAction(name="outbox", transport=Transport.UDP, family=Family.INET),
        SendAction("outbox", "你好".encode("gbk"), False, ToSocket("inbox")),
        ReceiveAction(
            socket="inbox", max_bytes=100, stream=False, expected="你好".encode("gbk"), encoding="gbk", letter="letter"
        ),
        SendAction("inbox", b"\x00\xff", False, ToSender("letter")),
        ReceiveAction(socket="outbox", max_bytes=65536, stream=False, expected=b"\x00\xff", encoding="", letter=""),
        CheckAction("letter", "sender.port", 5),
        CloseAction("outbox"),
    ]
    assert planned[3].timeout_seconds == 1.0
    assert planned[0].timeout_seconds == 5.0


def test_a_stream_is_opened_accepted_and_shut_down(calls):
    planned = calls(DOOR, LINE, GUEST, "{send: hi, from: line}", "{receive: guest}", "{shutdown: line, how: write}")
    assert planned[0].action.listen == 5
    assert planned[1].action.connect == ToSocket("door")
    assert planned[2].action == AcceptAction("door", "guest")
    assert planned[2].agent == "s"
    assert planned[3].action == SendAction("line", b"hi", True, None)
    assert planned[4].action.stream
    assert planned[5].action == ShutdownAction("line", ShutdownHow.WRITE)


@pytest.mark.parametrize(
    ("connect", "target"),
    [
        ("server:80", ToAgent("s", 80)),
        ("edges[1]:80", ToAgent("e1", 80)),
        ("example.org:80", ToAddress("example.org", 80)),
        ("192.0.2.1:80", ToAddress("192.0.2.1", 80)),
    ],
)
def test_a_target_is_an_agents_port_or_an_address(calls, connect, target):
    (call,) = calls(f'{{on: server, open: tcp, connect: "{connect}", as: line}}')
    assert call.action.connect == target


def test_ipv6_is_a_matter_of_the_socket(calls):
    (call,) = calls('{on: server, open: tcp, ipv6: true, bind: "[::1]:5", connect: "[2001:db8::1]:80"}')
    assert call.action.family is Family.INET6
    assert call.action.bind == SocketAddress("::1", 5)
    assert call.action.connect == ToAddress("2001:db8::1", 80)


def test_a_call_may_say_its_agent_once_more(calls):
    assert calls(DOOR, LINE, "{on: server, accept: door, as: guest}", '{on: "edges[1]", send: x, from: line}')


def test_a_name_is_free_again_after_close(calls):
    assert calls(INBOX, "{close: inbox}", INBOX, "{receive: inbox}")


def test_an_open_that_is_to_fail_makes_no_socket(calls, refusal):
    failing = '{on: server, open: tcp, connect: "server:1", as: line, expect-error: ECONNREFUSED}'
    assert calls(failing, failing)[0].expected_error == "ECONNREFUSED"
    assert "there is no socket 'line' yet" in refusal(failing, "{send: x, from: line}")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["{close: inbox}"], "bench.yaml:5:13: there is no socket 'inbox' yet; open here: none"),
        (
            [INBOX, "{close: inbux}"],
            "bench.yaml:6:13: there is no socket 'inbux' yet; did you mean 'inbox'? open here: inbox",
        ),
        ([INBOX, "{close: inbox}", "{receive: inbox}"], "bench.yaml:7:15: the socket inbox was closed before"),
        ([INBOX, INBOX], "bench.yaml:6:45: inbox stands for something else already"),
        ([INBOX, "{on: 'edges[0]', receive: inbox}"], "bench.yaml:6:10: inbox is a socket of s, not of edges[0]"),
        ([INBOX, "{on: edges, receive: inbox}"], "inbox is a socket of s, not of edges"),
        (["{on: edges, open: udp}"], "bench.yaml:5:10: edges is 2 agents: say which, such as edges[0]"),
        (["{on: 'edges[2]', open: udp}"], "there is no edges[2]: the last is edges[1]"),
        (["{on: nobody, open: udp}"], "there is no role 'nobody'"),
        ([INBOX, "{receive: inbox, as: inbox}"], "inbox is the name of a socket already"),
        ([INBOX, "{receive: inbox, as: x, expect-error: EIO}"], "a call that is to fail brings nothing to name"),
        ([INBOX, "{receive: inbox, as: x}", "{close: x}"], "x is something received, not a socket"),
        ([INBOX, "{send: x, from: inbox}"], "send needs `to`, as inbox is not connected"),
        ([INBOX, "{send: x, from: inbox, to: outbox}"], "there is no socket 'outbox' yet"),
        ([INBOX, "{send: x, from: inbox, to: server}"], "server is a role: say which port, such as server:80"),
        ([INBOX, "{send: x, from: inbox, to: 'edges:80'}"], "edges is 2 agents: say which"),
        ([INBOX, "{send: x, from: inbox, to: letter.sender}"], "nothing named 'letter' was received yet"),
        ([INBOX, "{send: x, from: inbox, to: '[::1]:5'}"], "::1 is no IPv4 address: set ipv6: true, or use another"),
        ([INBOX, DOOR, "{send: x, from: inbox, to: door}"], "door is a tcp socket, and this one is udp"),
        ([INBOX, "{shutdown: inbox}"], "a udp socket has no halves to shut down"),
        ([INBOX, "{accept: inbox}"], "inbox does not listen: open it with listen"),
        ([INBOX, "{on: server, open: udp, ipv6: true, connect: inbox}"], "inbox is of the other address family"),
        ([DOOR, "{receive: door}"], "door is not connected"),
        ([DOOR, LINE, "{send: x, from: line, to: door}"], "line is a tcp socket, which sends to its peer alone"),
        ([DOOR, LINE, GUEST, "{on: server, open: tcp, connect: guest}"], "guest is connected already"),
        (["{on: server, open: tcp, as: t}", "{send: x, from: t}"], "t is not connected"),
        ([DOOR, LINE, "{receive: line, as: x}", "{check: x.sender.port, expect: 1}"], "x came over a stream"),
        ([INBOX, "{check: inbox.local.port, expect: many}"], "many is never inbox.local.port: expected a number"),
        ([INBOX, "{check: inbox.local.host, expect: 5}"], "5 is never inbox.local.host: expected text"),
        ([INBOX, "{check: letter.text, expect: x}"], "nothing named 'letter' was received yet"),
        (["{on: server, open: udp, bind: '[::1]:5'}"], "bench.yaml:5:35: ::1 is no IPv4 address"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused_with_its_place(refusal, lines, message):
    assert message in refusal(*lines)
