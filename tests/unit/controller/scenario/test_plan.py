"""A plan has one flow for every pair and says it in plain words."""

import pytest

from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, FlowStep, describe, expand, placeholder_agents
from sockrig_wire.kinds import FLOW_KINDS
from sockrig_wire.model.flows import (
    BurstPattern,
    ConstantPattern,
    Direction,
    Fill,
    Mode,
    OnOffPattern,
    PoissonPattern,
    Poll,
    SocketOptions,
    Verify,
)
from sockrig_wire.model.sockets import Family

HEAD = "scenario: x\nagents: {hub: {}, edges: {count: 3}}\nsteps:\n"
AGENTS = ("h", "e1", "e2", "e3")


@pytest.fixture
def pairs(expand_text):
    """The pairs of a flow from one end to the other."""

    def of(source, destination):
        flow = f"{{kind: udp-rr, from: {source}, to: {destination}, duration: 1s}}"
        (step,) = expand_text(f"{HEAD}  - flow: {flow}\n", *AGENTS).steps
        return [(flow.source, flow.destination) for flow in step.flows]

    return of


def test_one_to_one(pairs):
    assert pairs('"edges[1]"', "hub") == [("e2", "h")]


def test_many_to_one_and_one_to_many(pairs):
    assert pairs("edges", "hub") == [("e1", "h"), ("e2", "h"), ("e3", "h")]
    assert pairs("hub", "edges") == [("h", "e1"), ("h", "e2"), ("h", "e3")]


def test_many_to_many_is_every_pair_but_no_agent_with_itself(pairs):
    assert pairs("edges", "edges") == [
        ("e1", "e2"),
        ("e1", "e3"),
        ("e2", "e1"),
        ("e2", "e3"),
        ("e3", "e1"),
        ("e3", "e2"),
    ]


def test_a_list_names_agents_once_each(pairs):
    assert pairs('["edges[0]", hub, "edges[0]"]', '"edges[2]"') == [("e1", "e3"), ("h", "e3")]


def test_an_agent_talks_to_itself_where_both_ends_name_it_alone(pairs):
    assert pairs("hub", "hub") == [("h", "h")]
    assert pairs('"edges[0]"', '"edges[0]"') == [("e1", "e1")]
    assert pairs("edges", '"edges[0]"') == [("e2", "e1"), ("e3", "e1")]


def test_everything_about_a_flow_reaches_its_spec(expand_text):
    flow = (
        "{name: call, kind: udp-stream, from: hub, to: 'edges[0]', duration: 2s, warmup: 1s, delay: 500ms, drain: 0s, "
        "interval: 200ms, rate: 10 kpps, size: 64 B, workers: 4, mode: concurrent, verify: crc32, offload: [gso, gro], "
        "ipv6: true}"
    )
    (step,) = expand_text(f"{HEAD}  - flow: {flow}\n    expect: call.loss <= 1 %\n", *AGENTS).steps
    (planned,) = step.flows
    spec = planned.spec
    assert (planned.group, planned.source, planned.destination) == ("call", "h", "e1")
    assert (spec.name, spec.kind, spec.workers) == ("call h > e1", "udp-stream", 4)
    assert (spec.mode, spec.verify, spec.family) == (Mode.CONCURRENT, Verify.CRC32, Family.INET6)
    assert (spec.duration_seconds, spec.warmup_seconds, spec.delay_seconds) == (2.0, 1.0, 0.5)
    assert (spec.drain_seconds, spec.interval_seconds) == (0.0, 0.2)
    assert (spec.rate_packets_per_second, spec.rate_bits_per_second, spec.size_bytes) == (10_000.0, None, 64)
    assert spec.offloads == ("gso", "gro")
    assert [expectation.metric for expectation in step.expectations] == ["loss"]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("forward", [("h", "e1", Direction.FORWARD)]),
        ("reverse", [("e1", "h", Direction.REVERSE)]),
        ("both", [("h", "e1", Direction.FORWARD), ("e1", "h", Direction.REVERSE)]),
    ],
)
def test_the_source_of_a_planned_flow_is_who_sends(expand_text, direction, expected):
    flow = f"{{kind: tcp-stream, from: hub, to: 'edges[0]', duration: 1s, direction: {direction}}}"
    plan = expand_text(f"{HEAD}  - flow: {flow}\n", *AGENTS)
    flows = plan.steps[0].flows
    assert [(flow.source, flow.destination, flow.spec.direction) for flow in flows] == expected
    assert [flow.spec.name for flow in flows] == [f"step 1 {source} > {end}" for source, end, _ in expected]
    assert ("e1 > h: tcp-stream, for 1 s, as fast as it goes, 1 worker parallel, h connects" in describe(plan)) is (
        direction != "forward"
    )


def test_busy_polling_reaches_the_spec_and_the_words(expand_text):
    flow = "{kind: tcp-rr, from: hub, to: 'edges[0]', duration: 1s, poll: busy}"
    plan = expand_text(f"{HEAD}  - flow: {flow}\n", *AGENTS)
    assert plan.steps[0].flows[0].spec.poll is Poll.BUSY
    assert "busy polling" in describe(plan)


@pytest.mark.parametrize(
    ("written", "connections", "words"),
    [
        ("connections: 2000", 2000, "one request a second and connection, 1 worker parallel, 2,000 connections\n"),
        ("connections: 7, workers: 2, rate: 50/s", 7, "50 pps, 2 workers parallel, 7 connections each\n"),
        ("duration: 2s", 0, "1 worker parallel, 100 connections\n"),
    ],
)
def test_connections_to_hold_reach_the_spec_and_the_words(expand_text, written, connections, words):
    seconds = "" if "duration" in written else ", duration: 1s"
    plan = expand_text(f"{HEAD}  - flow: {{kind: tcp-hold, from: hub, to: 'edges[0]', {written}{seconds}}}\n", *AGENTS)
    assert plan.steps[0].flows[0].spec.connections == connections
    assert words in describe(plan)


@pytest.mark.parametrize(
    ("written", "pattern", "words"),
    [
        ("rate: 50 pps, pattern: constant", ConstantPattern(), "for 1 s, 50 pps, 1 worker"),
        ("rate: 50 pps, pattern: poisson", PoissonPattern(), "50 pps, at random, 1 worker"),
        ("pattern: {burst: 10, gap: 10ms}", BurstPattern(10, 0.01), "for 1 s, 10 at once every 10 ms, 1 worker"),
        ("pattern: {on: 1s, off: 500ms}", OnOffPattern(1.0, 0.5), "as fast as it goes, 1 s on and 500 ms off"),
    ],
)
def test_a_pattern_reaches_the_spec_and_the_words(expand_text, written, pattern, words):
    flow = f"{{kind: udp-stream, from: hub, to: 'edges[0]', duration: 1s, {written}}}"
    plan = expand_text(f"{HEAD}  - flow: {flow}\n", *AGENTS)
    assert plan.steps[0].flows[0].spec.pattern == pattern
    assert words in describe(plan)


@pytest.mark.parametrize(
    ("written", "shares", "words"),
    [
        ("size: {uniform: [64 B, 1400 B]}", [(64, 1400, 1)], "64 B to 1.4 KB, 1 worker"),
        ("size: {mix: {64 B: 7, 1 KiB: 1}}", [(64, 64, 7), (1024, 1024, 1)], "7 x 64 B + 1 x 1 KiB, 1 worker"),
        ("size: imix", [(24, 24, 7), (548, 548, 4), (1472, 1472, 1)], "7 x 24 B + 4 x 548 B + 1 x 1.472 KB, 1 worker"),
        ("size: imix, ipv6: true", [(24, 24, 7), (528, 528, 4), (1452, 1452, 1)], "7 x 24 B"),
        ("size: imix, verify: crc32", [(28, 28, 7), (548, 548, 4), (1472, 1472, 1)], "7 x 28 B"),
    ],
)
def test_several_sizes_reach_the_spec_and_the_words(expand_text, written, shares, words):
    flow = f"{{kind: udp-stream, from: hub, to: 'edges[0]', duration: 1s, {written}}}"
    plan = expand_text(f"{HEAD}  - flow: {flow}\n", *AGENTS)
    spec = plan.steps[0].flows[0].spec
    assert spec.size_bytes == 0
    assert [(share.least_bytes, share.most_bytes, share.weight) for share in spec.sizes] == shares
    assert words in describe(plan)


@pytest.mark.parametrize(
    ("written", "fill", "content", "words"),
    [
        ("zeros", Fill.ZEROS, b"", "zeros, 1 worker"),
        ("text", Fill.TEXT, b"", "text, 1 worker"),
        ("{text: žluť}", Fill.CONTENT, "žluť".encode(), "6 B of its own, 1 worker"),
        ("{hex: 00ff}", Fill.CONTENT, b"\x00\xff", "2 B of its own"),
        ("{base64: AP8=}", Fill.CONTENT, b"\x00\xff", "2 B of its own"),
    ],
)
def test_a_payload_reaches_the_spec_and_the_words(expand_text, written, fill, content, words):
    flow = f"{{kind: udp-stream, from: hub, to: 'edges[0]', duration: 1s, payload: {written}}}"
    plan = expand_text(f"{HEAD}  - flow: {flow}\n", *AGENTS)
    spec = plan.steps[0].flows[0].spec
    assert (spec.fill, spec.content) == (fill, content)
    assert words in describe(plan)


def test_options_of_sockets_reach_the_spec_and_the_words(expand_text):
    flow = (
        "{kind: tcp-stream, from: hub, to: 'edges[0]', duration: 1s, congestion: bbr, no-delay: false, mss: 1200 B, "
        "dscp: af41, send-buffer: 1 MiB, receive-buffer: 64 KiB, device: eth0.7, ttl: 4, mptcp: true}"
    )
    plan = expand_text(f"{HEAD}  - flow: {flow}\n", *AGENTS)
    assert plan.steps[0].flows[0].spec.socket_options == SocketOptions(
        congestion="bbr",
        no_delay=False,
        mss_bytes=1200,
        dscp=34,
        send_buffer_bytes=1 << 20,
        receive_buffer_bytes=1 << 16,
        device="eth0.7",
        ttl=4,
        mptcp=True,
    )
    words = "MPTCP, congestion bbr, Nagle's delay, mss 1.2 KB, send buffer 1 MiB, receive buffer 64 KiB, dscp 34, ttl 4"
    assert f"1 worker parallel, {words}, on eth0.7\n" in describe(plan)


def test_what_is_left_out_is_the_usual(expand_text):
    (step,) = expand_text(f"{HEAD}  - flow: {{kind: tcp-stream, from: hub, to: edges, duration: 1s}}\n", *AGENTS).steps
    spec = step.flows[0].spec
    assert (step.name, step.flows[0].group, spec.name) == ("step 1", "", "step 1 h > e1")
    assert (spec.rate_bits_per_second, spec.rate_packets_per_second, spec.size_bytes) == (None, None, 0)
    assert (spec.offloads, spec.family, spec.workers, spec.mode) == (("auto",), Family.INET, 1, Mode.PARALLEL)
    assert (spec.direction, spec.socket_options) == (Direction.FORWARD, SocketOptions())


def test_every_flow_of_a_run_has_a_name_of_its_own(expand_text):
    step = "  - {name: bulk, flow: {kind: tcp-stream, from: hub, to: 'edges[0]', duration: 1s}}\n"
    numbered = step.replace("bulk", "bulk").replace("'edges[0]'", "hub")
    plan = expand_text(HEAD + step * 3 + numbered, *AGENTS)
    assert [flow.spec.name for step in plan.steps for flow in step.flows] == [
        "bulk h > e1",
        "bulk h > e1 (2)",
        "bulk h > e1 (3)",
        "bulk h > h",
    ]


def test_thousands_of_steps_alike_cost_little(expand_text):
    step = "- {flow: {kind: tcp-rr, from: hub, to: edges, duration: 1s}, name: a}\n"
    plan = expand_text(HEAD + step * 3000, *AGENTS)
    names = {flow.spec.name for step in plan.steps for flow in step.flows}
    assert len(names) == 9000


@pytest.mark.parametrize(
    ("source", "destination", "message"),
    [
        ("edge", "hub", "bench.yaml:4:32: there is no role 'edge'; did you mean 'edges'? roles here: hub, edges"),
        ('"edges[3]"', "hub", "bench.yaml:4:32: there is no edges[3]: the last is edges[2]"),
        ("hub", "[hub, nobody]", "bench.yaml:4:47: there is no role 'nobody'"),
    ],
)
def test_an_end_that_is_not_there(expand_text, source, destination, message):
    flow = f"{{kind: udp-rr, from: {source}, to: {destination}, duration: 1s}}"
    with pytest.raises(ScenarioError) as caught:
        expand_text(f"{HEAD}  - flow: {flow}\n", *AGENTS)
    assert message in str(caught.value)


def test_too_many_pairs_are_refused_before_they_are_made(expand_text):
    text = (
        "scenario: x\nagents: {many: {count: 500}}\nsteps: [{flow: {kind: udp-rr, from: many, to: many, duration: 1s}}]"
    )
    with pytest.raises(
        ScenarioError, match=r"500 x 500 agents make 250,000 flows: expected at most 10,000 in one step"
    ):
        expand_text(text, *(f"h{number}" for number in range(500)))


FOREIGN = f"""{HEAD}
  - flow: {{kind: pigeon, from: hub, to: edges, duration: 1s, size: 1 B}}
    expect: throughput > 1 bit/s
"""


def test_a_kind_of_another_package_goes_to_agents_that_tell_of_it():
    loaded = load_scenario(FOREIGN, file_name="bench.yaml")
    agents = [AgentFacts(name, capabilities=("gso", "kind:pigeon")) for name in AGENTS]
    (step,) = expand(loaded, agents).steps
    assert [flow.spec.kind for flow in step.flows] == ["pigeon"] * 3
    assert expand(loaded, [AgentFacts(name) for name in AGENTS])  # nobody has asked them


def test_a_kind_that_an_agent_does_not_have_is_told_with_its_place():
    agents = [AgentFacts(name, capabilities=("kind:pigeon",) if name != "e2" else ("kind:raven",)) for name in AGENTS]
    with pytest.raises(ScenarioError) as caught:
        expand(load_scenario(FOREIGN, file_name="bench.yaml"), agents)
    words = f"agent 'e2' has no kind 'pigeon'; known are {', '.join(FLOW_KINDS)}, raven"
    assert str(caught.value).startswith(f"bench.yaml:5:18: {words}")


def test_a_misspelt_kind_is_found_also_without_agents():
    loaded = load_scenario(FOREIGN.replace("pigeon", "udp-rrr"), file_name="bench.yaml")
    with pytest.raises(ScenarioError, match="agent 'hub' has no kind 'udp-rrr'; did you mean 'udp-rr'"):
        expand(loaded, placeholder_agents(loaded))


def test_a_kind_of_another_package_tells_what_every_flow_tells():
    with pytest.raises(ScenarioError, match="pigeon cannot tell jitter: pigeon has throughput"):
        load_scenario(FOREIGN.replace("throughput > 1 bit/s", "jitter < 1s"), file_name="bench.yaml")


def test_a_destination_needs_an_address_of_the_family():
    text = f"{HEAD}  - flow: {{kind: udp-rr, from: hub, to: edges, duration: 1s, ipv6: true}}\n"
    loaded = load_scenario(text, file_name="bench.yaml")
    four = [AgentFacts(name, {}, ("192.0.2.1",)) for name in AGENTS]
    with pytest.raises(ScenarioError, match=r"agent 'e1' has no IPv6 address: it has 192\.0\.2\.1"):
        expand(loaded, four)
    assert expand(loaded, [AgentFacts(name, {}, ("192.0.2.1", "2001:db8::1")) for name in AGENTS])


def test_the_first_problem_of_every_step_is_told(expand_text):
    bad = "  - flow: {kind: udp-rr, from: nobody, to: hub, duration: 1s}\n"
    with pytest.raises(ScenarioError) as caught:
        expand_text(HEAD + bad + bad.replace("nobody", "none"), *AGENTS)
    assert [problem.position.line for problem in caught.value.problems] == [4, 5]


def test_a_requirement_may_not_exceed_the_agents(expand_text):
    text = "scenario: x\nrequire: 5\nagents: [a]\nsteps: [{sockets: [{on: a, open: udp}]}]"
    with pytest.raises(ScenarioError, match=r"bench\.yaml:2:10: 5 agents are more than the 1 of the scenario"):
        expand_text(text, "a")
    assert expand_text(text.replace("5", "80 %"), "a").require.needed(1) == 1


def test_together_expands_to_one_step_with_all_flows(load_file):
    plan = expand(load_file("together.yaml"), [AgentFacts(f"local-{number}") for number in range(1, 5)])
    (step,) = plan.steps
    assert isinstance(step, FlowStep)
    assert [flow.group for flow in step.flows] == ["call"] + ["incast"] * 3 + ["probe"] * 3
    assert [expectation.flow for expectation in step.expectations] == ["call", "incast", None]
    assert plan.agents == ("local-1", "local-2", "local-3", "local-4")


@pytest.mark.parametrize("name", ["dialogues.yaml", "streams.yaml", "modes.yaml", "together.yaml"])
def test_a_plan_can_be_read(load_file, name):
    loaded = load_file(name)
    text = describe(expand(loaded, placeholder_agents(loaded)))
    assert text.startswith(f"scenario: {loaded.scenario.scenario}\n")
    for step in loaded.scenario.steps:
        assert f". {step.name}\n" in text


def test_the_plan_in_words(expand_text):
    text = (
        "scenario: small\nagents: [a, b]\nsteps:\n"
        "  - sockets:\n"
        '    - {on: a, open: tcp, bind: ":0", listen: 5, as: door}\n'
        "    - {on: b, open: tcp, connect: door, as: line, timeout: 1s}\n"
        "    - {on: a, accept: door, as: guest}\n"
        "    - {send: hi, from: line}\n"
        "    - {receive: guest, expect: hi}\n"
        "    - {close: line}\n"
        "    - {receive: guest, expect: ''}\n"
        '    - {on: b, open: tcp, connect: "a:1", expect-error: ECONNREFUSED}\n'
        "  - {name: go, flow: {kind: udp-stream, from: b, to: a, duration: 1s, rate: 50 pps, size: 172 B},\n"
        "     expect: loss == 0}\n"
    )
    assert describe(expand_text(text, "x", "y")) == (
        "scenario: small\n"
        "agents:   2, of which all must stay to the end\n"
        "  a: x\n"
        "  b: y\n"
        "\n"
        "1. step 1\n"
        "   x  open tcp bind :0 listen 5 as door\n"
        "   y  open tcp connect door as line, within 1 s\n"
        "   x  accept door as guest\n"
        "   y  send 2 bytes from line\n"
        "   x  receive guest, expect hi\n"
        "   y  close line\n"
        "   x  receive guest, expect the end\n"
        "   y  open tcp connect a:1, expect ECONNREFUSED\n"
        "\n"
        "2. go\n"
        "   y > x: udp-stream, for 1 s, 50 pps, 172 B, 1 worker parallel\n"
        "   expect loss == 0\n"
    )
