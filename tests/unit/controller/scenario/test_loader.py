"""A scenario is read whole or refused with every place that is wrong."""

import time

import pytest

from sockrig.scenario.document import MOST_STEPS
from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.steps import FlowStep, ReachStep, SocketsStep, TogetherStep
from sockrig.scenario.units import Rate
from sockrig_wire.errors import UsageError

HEAD = "scenario: bench\nagents: [a, b]\nsteps:\n"


def load(text, **variables):
    return load_scenario(text, file_name="bench.yaml", variables=variables)


def problems(text, **variables):
    with pytest.raises(ScenarioError) as caught:
        load(text, **variables)
    return str(caught.value).splitlines()


def flow(options, expect=""):
    """A scenario with one flow; ``options`` begin at line 4, column 51."""
    return f"{HEAD}  - flow: {{kind: udp-stream, from: a, to: b,      {options}}}\n{expect}"


def test_dialogues(load_file):
    scenario = load_file("dialogues.yaml").scenario
    assert scenario.scenario == "four dialogues"
    assert list(scenario.roles) == ["house", "visitor"]
    assert [len(step.sockets) for step in scenario.steps if isinstance(step, SocketsStep)] == [8, 10, 15, 3]
    letter = scenario.steps[0].sockets[3]
    assert (letter.max, letter.expect[:2], letter.as_, letter.timeout) == (1024, "你好", "letter", 5.0)


def test_streams_with_a_variable(load_file):
    steps = load_file("streams.yaml", seconds="10s").scenario.steps
    assert [step.flow.kind for step in steps] == ["tcp-stream", "udp-stream", "tcp-rr", "udp-rr", "tcp-connect"]
    assert {step.flow.duration for step in steps} == {10.0}
    assert steps[0].flow.warmup == 0.5
    assert (steps[1].flow.rate, steps[1].flow.size) == (Rate(packets_per_second=2000.0), 200)
    assert steps[2].expect == ("transactions >= 500/s", "rtt.p99 <= 50 ms")


def test_modes_with_roles_as_a_list(load_file):
    scenario = load_file("modes.yaml").scenario
    assert {name: role.size for name, role in scenario.roles.items()} == {"server": 1, "client": 1}
    first, second = (step.flow for step in scenario.steps if isinstance(step, FlowStep))
    assert (first.mode, first.workers, first.verify) == ("concurrent", 4, "none")
    assert (second.mode, second.workers, second.verify) == ("parallel", 2, "sha256")


def test_flows_together(load_file):
    (step,) = load_file("together.yaml").scenario.steps
    assert isinstance(step, TogetherStep)
    assert [flow.name for flow in step.flows] == ["call", "incast", "probe"]
    assert step.flows[2].delay == 0.5


def test_who_can_talk_to_whom(load_file):
    (step,) = load_file("reach.yaml").scenario.steps
    assert isinstance(step, ReachStep)
    assert step.reach.ports == ("tcp/5201", "udp/5201")
    assert (step.reach.expect, step.reach.listen, step.reach.timeout) == ("allow", True, 4.0)


@pytest.mark.parametrize(
    ("reach", "column", "message"),
    [
        ("from: a, to: b", 12, "reach: 'ports' is missing"),
        ("from: a, to: b, ports: 22", 36, "ports: 22 is no port: expected one such as tcp/22, udp/53 or tcp/8000-8010"),
        ("from: a, to: b, ports: []", 36, "ports: nothing here: expected at least one"),
        ("from: a, to: b, ports: icmp/8", 36, "ports: icmp/8 is no port: expected one such as tcp/22"),
        ("from: a, to: b, ports: [tcp/0]", 37, "tcp/0 has no such port: expected 1 to 65535"),
        ("from: a, to: b, ports: [tcp/9-7]", 37, "tcp/9-7 goes backwards: expected the smaller port first"),
        ("from: a, to: b, ports: tcp/9, expect: block", 51, "expect: block: expected 'allow', 'deny', 'deny:drop' or"),
        ("from: a, to: b, ports: tcp/9, attempts: 99", 53, "attempts: 99: expected at most 10"),
        ("from: a, to: b, ports: tcp/9, time-out: 1s", 43, "unknown key 'time-out'; did you mean 'timeout'?"),
    ],
)
def test_a_mistake_in_reach_is_told_where_it_stands(reach, column, message):
    (line,) = problems(f"{HEAD}  - reach: {{{reach}}}\n")
    assert line.startswith(f"bench.yaml:4:{column}: {message}")


def test_the_error_is_a_usage_error_with_its_place_in_parts():
    with pytest.raises(ScenarioError) as caught:
        load(flow("duration: -1 s"))
    error = caught.value
    assert isinstance(error, UsageError)
    assert error.exit_code == 2
    assert (error.file_name, error.line, error.column) == ("bench.yaml", 4, 61)
    assert error.where == "bench.yaml:4:61"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            "duration: -1 s",
            "bench.yaml:4:61: duration: -1 s is not a duration: expected a positive time such as 2s or 500ms",
        ),
        ("duration: 0", "bench.yaml:4:61: duration: 0 is not a duration"),
        ("duration: 1s, rate: 0", "bench.yaml:4:71: rate: 0 is not a rate: expected a positive rate with its unit"),
        ("duration: 1s, rate: 1 mbps", "rate: 1 mbps has an unknown unit 'mbps': known are"),
        ("duration: 1s, workers: 65", "bench.yaml:4:74: workers: 65: expected at most 64"),
        ("duration: 1s, workers: 0", "workers: 0: expected at least 1"),
        ("duration: 1s, workers: two", "workers: two: expected a whole number"),
        ("duration: 1s, mode: both", "mode: both: expected 'parallel' or 'concurrent'"),
        ("duration: 1s, verify: md5", "verify: md5: expected 'none', 'crc32' or 'sha256'"),
        ("duration: 1s, ipv6: yes", "ipv6: yes: expected true or false"),
        (
            "duration: 1s, interval: 10ms",
            "interval: 10ms is not a duration: expected a positive time of at least 100 ms",
        ),
        ("duration: 1s, size: 70 KB", "size: 70 KB does not suit udp-stream: expected 24 B to 65.507 KB"),
        ("duration: 1s, size: 8 B", "size: 8 B does not suit udp-stream"),
        ("duration: 1s, warmup: -1s", "warmup: -1s is not a duration: expected a time of 0 s or more"),
        ("duration: 1s, offload: [none, gso]", "offload: auto and none stand alone"),
        ("duration: 1s, name: a.b", "name: a.b is not a flow's name"),
        ("duration: 1s, from_: a", "bench.yaml:4:65: unknown key 'from_'; did you mean 'from'? known here: kind,"),
        ("duration: , rate: 1 pps", "duration: nothing is not a duration"),
        ("durration: 1s", "bench.yaml:4:51: unknown key 'durration'; did you mean 'duration'? known here: kind, name,"),
        ("rate: 1 pps", "bench.yaml:4:11: flow: 'duration' is missing"),
    ],
)
def test_a_flow_that_cannot_be_meant(options, message):
    assert message in "\n".join(problems(flow(options)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("flow: {kind: TCP, from: a, to: b, duration: 1s}", "kind: TCP is not a kind of traffic: expected one such as"),
        (
            "flow: {kind: tcp-stream, from: a, to: b, duration: 1s, rate: 5 pps}",
            "rate: tcp-stream has no packets to count",
        ),
        (
            "flow: {kind: tcp-connect, from: a, to: b, duration: 1s, verify: crc32}",
            "verify: tcp-connect has no blocks to verify: tcp-stream, udp-stream, tcp-rr, udp-rr, tcp-hold have",
        ),
        (
            "flow: {kind: udp-stream, from: a, to: b, duration: 1s, poll: busy}",
            "poll: udp-stream cannot poll: tcp-rr, udp-rr can",
        ),
        (
            "flow: {kind: udp-rr, from: a, to: b, duration: 1s, pattern: poisson}",
            "pattern: poisson needs a rate beside it",
        ),
        (
            "flow: {kind: udp-rr, from: a, to: b, duration: 1s, rate: 5 pps, pattern: {burst: 2, gap: 1s}}",
            "rate: bursts make their own rate: leave one of them out",
        ),
        (
            "flow: {kind: tcp-rr, from: a, to: b, duration: 1s, pattern: {on: 1s, off: 1s}}",
            "pattern: tcp-rr in phases needs a rate beside it",
        ),
        ("flow: {kind: udp-rr, from: a, to: b, duration: 1s, pattern: {burst: 2}}", "'gap' is missing"),
        ("flow: {kind: udp-rr, from: a, to: b, duration: 1s, pattern: {bursts: 2, gap: 1s}}", "did you mean 'burst'"),
        (
            "flow: {kind: udp-rr, from: a, to: b, duration: 1s, pattern: {burst: 0, gap: 1s}}",
            "burst: 0: expected at least 1",
        ),
        (
            "flow: {kind: udp-rr, from: a, to: b, duration: 1s, pattern: waves}",
            "pattern: waves: expected 'constant' or 'poi",
        ),
        ("flow: {kind: udp-rr, from: a, to: b, duration: 1s, pattern: {on: 0s, off: 1s}}", "on: 0s is not a duration"),
        ("flow: {kind: udp-rr, from: a, to: b, duration: 1s, size: imix}", "size: udp-rr has packets of one size only"),
        (
            "flow: {kind: udp-stream, from: a, to: b, duration: 1s, size: {mix: {64 B: 7, 8 B: 1}}}",
            "size: 8 B does not suit udp-stream: expected 24 B to 65.507 KB",
        ),
        ("flow: {kind: udp-stream, from: a, to: b, duration: 1s, size: {mix: {}}}", "mix: nothing here"),
        ("flow: {kind: udp-stream, from: a, to: b, duration: 1s, size: {mix: {64 B: 0}}}", "0: expected at least 1"),
        ("flow: {kind: udp-stream, from: a, to: b, duration: 1s, size: {mix: {64 X: 1}}}", "64 X is not a size"),
        (
            "flow: {kind: udp-stream, from: a, to: b, duration: 1s, size: {uniform: [64 B]}}",
            "uniform: expected two sizes",
        ),
        (
            "flow: {kind: udp-stream, from: a, to: b, duration: 1s, size: {uniform: [9 KB, 1 B]}}",
            "uniform: expected two",
        ),
        (
            "flow: {kind: udp-rr, from: a, to: b, duration: 1s, payload: noise}",
            "payload: noise: expected 'random', 'zeros'",
        ),
        ("flow: {kind: udp-rr, from: a, to: b, duration: 1s, payload: {hex: 0f0}}", "hex: 0f0 is not hexadecimal"),
        ("flow: {kind: udp-rr, from: a, to: b, duration: 1s, payload: {base64: 'A'}}", "base64: this is not base64"),
        (
            "flow: {kind: udp-rr, from: a, to: b, duration: 1s, payload: {text: ''}}",
            "text: 0 bytes: expected 1 to 65,536",
        ),
        (
            "flow: {kind: udp-rr, from: a, to: b, duration: 1s, payload: {file: /etc/passwd}}",
            "a payload needs one of text, hex, base64",
        ),
        (
            "flow: {kind: tcp-connect, from: a, to: b, duration: 1s, payload: zeros}",
            "payload: tcp-connect carries no payload but its token",
        ),
        ("flow: {kind: udp-rr, from: a, to: b, duration: 1s, mss: 1 KB}", "mss: udp-rr is not over TCP: leave mss out"),
        (
            "flow: {kind: tcp-rr, from: a, to: b, duration: 1s, dscp: af44}",
            "dscp: af44 is no code point; did you mean 'af4",
        ),
        ("flow: {kind: tcp-rr, from: a, to: b, duration: 1s, ttl: 256}", "ttl: 256: expected at most 255"),
        (
            "flow: {kind: tcp-rr, from: a, to: b, duration: 1s, device: 'a b'}",
            "device: a b is not a name of the system",
        ),
        (
            "flow: {kind: tcp-rr, from: a, to: b, duration: 1s, no_delay: true}",
            "unknown key 'no_delay'; did you mean 'no-delay'?",
        ),
        (
            "flow: {kind: udp-rr, from: a, to: b, duration: 1s, direction: both}",
            "direction: udp-rr goes forward only: tcp-stream can go both",
        ),
        (
            "flow: {kind: tcp-connect, from: a, to: b, duration: 1s, connections: 9}",
            "connections: tcp-connect holds no number of connections: tcp-hold does",
        ),
        (
            "flow: {kind: tcp-hold, from: a, to: b, duration: 1s, connections: 20001}",
            "connections: 20001: expected at most 20000",
        ),
        (
            "flow: {kind: tcp-hold, from: a, to: b, duration: 1s, connections: 0}",
            "connections: 0: expected at least 1",
        ),
        (
            "flow: {kind: tcp-hold, from: a, to: b, duration: 1s, size: 17 KiB}",
            "size: 17 KiB does not suit tcp-hold: expected 1 B to 16 KiB",
        ),
        (
            "flow: {kind: tcp-connect, from: a, to: b, duration: 1s, size: 9 B}",
            "size: 9 B does not suit tcp-connect: expected 8 B",
        ),
        (
            "flow: {kind: udp-rr, from: a, to: b, duration: 1s, size: 27 B, verify: crc32}",
            "size: 27 B does not suit udp-rr: expected 28 B to 65.507 KB",
        ),
        ("flow: {kind: tcp-rr, from: [], to: b, duration: 1s}", "from: nothing here: expected at least one"),
        (
            "flow: {kind: tcp-rr, from: 'a b', to: b, duration: 1s}",
            "from: a b is no agent: expected a role such as clients",
        ),
        ("flow: []", "flow: nothing here: expected at least one"),
        ("flow: 7", "flow: 7: expected a mapping"),
        (
            "flwo: {}",
            "bench.yaml:4:5: unknown key 'flwo'; did you mean 'flow'? a step has one of sockets, flow, together",
        ),
        ("name: rest", "bench.yaml:4:5: a step needs one of sockets, flow, together"),
        ("sockets: [{close: x}]\n    flow: {}", "bench.yaml:5:5: a step is one of sockets, flow, not several"),
        (
            "sockets: [{close: x}]\n    expect: []",
            "unknown key 'expect'; did you mean 'repeat'? known here: name, vars,",
        ),
        ("sockets: []", "sockets: nothing here: expected at least one"),
        ("sockets: [{close: x, open: tcp}]", "a call is one of close, open, not several"),
        ("sockets: [{sned: x}]", "unknown key 'sned'; did you mean 'send'? a call has one of open, accept, send,"),
        ("sockets: [{open: udp}]", "bench.yaml:4:15: 'on' is missing"),
        ("sockets: [{open: udp, on: a, listen: 5}]", "listen: a udp socket does not listen"),
        ("sockets: [{open: tcp, on: a, listen: 5, connect: x}]", "connect: a socket that listens does not connect"),
        (
            "sockets: [{open: tcp, on: a, bind: '::1:5'}]",
            "bind: ::1:5 is not an address: expected host:port, [IPv6]:port or",
        ),
        ("sockets: [{open: tcp, on: a, connect: 'a:99999'}]", "connect: a:99999 is no target"),
        ("sockets: [{send: 5, from: x}]", "send: 5: expected text; put it in quotes"),
        ("sockets: [{send: 你, from: x, encoding: latin-1}]", "send: '你' cannot be written in latin-1"),
        ("sockets: [{send: x, from: x, encoding: klingon}]", "encoding: unknown codec klingon"),
        ("sockets: [{send: x, from: x, encoding: rot13}]", "encoding: unknown codec rot13"),
        ("sockets: [{send-hex: abc, from: x}]", "send-hex: abc is not hexadecimal: expected pairs of digits"),
        ("sockets: [{receive: x, expect: a, expect-hex: '00'}]", "expect-hex: expect and expect-hex in one call"),
        ("sockets: [{receive: x, expect: a, expect-error: EIO}]", "expect-error: it cannot both fail and bring data"),
        (
            "sockets: [{receive: x, expect-error: ECONREFUSED}]",
            "unknown error ECONREFUSED; did you mean 'ECONNREFUSED'?",
        ),
        ("sockets: [{receive: x, max: 1 MiB}]", "max: 1 MiB is too large: at most 512 KiB"),
        ("sockets: [{receive: x, timeout: -1}]", "timeout: -1 is not a duration"),
        ("sockets: [{shutdown: x, how: half}]", "how: half: expected 'read', 'write' or 'both'"),
        ("sockets: [{check: letter.colour, expect: 1}]", "check: letter.colour cannot be checked"),
        ("sockets: [5]", "5 is not a call: expected a mapping with one of open,"),
    ],
)
def test_a_step_that_cannot_be_meant(line, message):
    assert message in "\n".join(problems(f"{HEAD}  - {line}\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenario: x\nagents: {}\nsteps: []", "bench.yaml:2:9: agents: nothing here: expected at least one"),
        ("scenario: x\nagents: [a, a]", "bench.yaml:2:9: agents: a role is named twice"),
        ("scenario: x\nagents: {a b: {}}", "bench.yaml:2:10: a b is not a name"),
        ("scenario: x\nagents: {a: {count: 0}}", "count: 0: expected at least 1"),
        ("scenario: x\nagents: {a: {count: 2.5}}", "count: 2.5: expected a whole number"),
        ("scenario: x\nagents: {a: {count: 1, names: [b, c]}}", "names: 2 names for a count of 1"),
        ("scenario: x\nagents: {a: {names: [c]}, b: {names: [c]}}", "names: agent 'c' cannot play both a and b"),
        ("scenario: x\nagents: {a: {labels: {rack: 1}}}", "rack: 1: expected text; put it in quotes"),
        ("scenario: x\nagents: {a: {count: 900}, b: {count: 900}}", "agents: too many agents: expected at most 1000"),
        ("scenario: x\nrequire: most", "require: most is no requirement: expected all, a number of agents"),
        ("scenario: 7\n", "scenario: 7: expected text; put it in quotes"),
        ("scenario: ''\n", "scenario: '' is not a title"),
        ("scenario: x\nsteps: {}\n", "steps: nothing here"),
        ("- x", "bench.yaml:1:1: a list: expected a mapping"),
        ("hello", "bench.yaml:1:1: hello: expected a mapping"),
        (
            "sccenario: x",
            "unknown key 'sccenario'; did you mean 'scenario'? known here: scenario, description, agents, vars,",
        ),
    ],
)
def test_a_frame_that_cannot_be_meant(text, message):
    if "steps" not in text and text.startswith("scenario"):
        text += "\nsteps: [{flow: {kind: tcp-stream, from: a, to: a, duration: 1s}}]\n"
    if "agents" not in text and text.startswith("scenario"):
        text += "\nagents: [a]\n"
    assert message in "\n".join(problems(text))


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ("[loss <= 1 %, thruput >= 1 bit/s]", "bench.yaml:5:27: unknown metric thruput; did you mean 'throughput'?"),
        ("loss <= 5 ms", "bench.yaml:5:13: expect: loss cannot be compared with 5 ms: expected a ratio"),
        ("[rtt.p99 <= 5 ms]", "rtt.p99 <= 5 ms: udp-stream cannot tell rtt: udp-stream has throughput,"),
        ("[call.loss <= 1 %]", "call.loss <= 1 %: no flow of this step is named call; named here: none"),
        ("[loss <= $most]", "the variable $most is not declared"),
    ],
)
def test_an_expectation_that_cannot_be_meant(expect, message):
    assert message in "\n".join(problems(flow("duration: 1s", f"    expect: {expect}\n")))


def test_an_expectation_is_checked_against_the_flow_that_it_names():
    step = (
        "  - flow:\n"
        "    - {name: ask, kind: udp-rr, from: a, to: b, duration: 1s}\n"
        "    - {name: pour, kind: tcp-stream, from: a, to: b, duration: 1s}\n"
        "    expect: "
    )
    assert load(f"{HEAD}{step}[rtt <= 1 s, ask.rtt <= 1 s]\n")
    assert "pour.rtt <= 1 s: tcp-stream cannot tell rtt" in "\n".join(problems(f"{HEAD}{step}[pour.rtt <= 1 s]\n"))


def test_a_variable_serves_in_an_expectation():
    text = flow("duration: 1s", "    expect: [loss <= $most %]\n").replace("agents:", "vars: {most: 0.5}\nagents:")
    assert load(text).scenario.steps[0].expect == ("loss <= 0.5 %",)


def test_all_problems_are_told_in_order_with_their_places():
    lines = problems(
        f"{HEAD}  - flow: {{kind: X, from: a, to: b, duration: -1}}\n"
        "  - reach: {from: a, to: b, ports: 9}\n"
        "  - {}\n"
    )
    assert [line.split(": ")[0] for line in lines] == [
        "bench.yaml:4:18",
        "bench.yaml:4:47",
        "bench.yaml:5:36",
        "bench.yaml:6:5",
    ]


def test_too_many_problems_are_counted():
    lines = problems(HEAD + "  - {}\n" * 50)
    assert len(lines) == 21
    assert lines[-1] == "bench.yaml: and 30 more problems"


def test_a_role_with_nothing_beside_it_is_one_agent():
    text = "scenario: x\nagents:\n  a:\n  b: {}\nsteps: [{flow: {kind: tcp-rr, from: a, to: b, duration: 1s}}]\n"
    assert {name: role.size for name, role in load(text).scenario.roles.items()} == {"a": 1, "b": 1}


def test_json_is_a_scenario_too():
    text = '{"scenario": "x", "agents": ["a"], "steps": [{"sockets": [{"on": "a", "open": "udp", "as": "s"}]}]}'
    assert load(text).scenario.steps[0].sockets[0].as_ == "s"


def test_positions_are_known_after_loading():
    loaded = load(flow("duration: 1s"))
    assert loaded.position_of(("steps", 0, "flow", "duration"))[:2] == (4, 61)
    assert loaded.position_of(("steps", 0, "flow", 0, "duration"))[:2] == (4, 61)


@pytest.mark.parametrize(
    "step", ["  - {flow: {kind: tcp-stream, from: a, to: b, duration: 2s}}\n", "- {}\n", "- {a: 1}\n"]
)
def test_a_hundred_thousand_steps_are_refused_at_once(step):
    began = time.process_time()
    (line,) = problems(HEAD + step * 100_000)
    assert f"at most {MOST_STEPS:,}" in line
    assert time.process_time() - began < 2, "it is counted before it is understood"


def test_many_calls_are_refused():
    line = "\n".join(problems(f"{HEAD}  - sockets: [{'{close: a},' * 20_000}]\n"))
    assert "sockets: too many: expected at most 10,000" in line
