"""A reach step as cells, and as words."""

import pytest

from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, ReachExpectation, describe, expand
from sockrig_wire.model.sockets import Family

AGENTS = [AgentFacts(f"h{number}", addresses=(f"10.0.0.{number}",)) for number in range(1, 5)]


def plan_of(reach, *, roles="{hub: {}, edges: {count: 3}}", agents=AGENTS):
    text = f"scenario: s\nagents: {roles}\nsteps:\n  - reach: {{{reach}}}\n"
    return expand(load_scenario(text, file_name="s.yaml", variables={}), agents)


def cells_of(step):
    return [f"{cell.source}>{cell.destination}:{cell.port}" for cell in step.cells]


def test_every_source_with_every_destination_and_port_and_none_with_itself():
    (step,) = plan_of("from: [hub, 'edges[0]'], to: [hub, edges], ports: [tcp/1, udp/2]").steps

    assert cells_of(step) == [
        f"{source}>{end}:{port}"
        for source, ends in (("h1", ("h2", "h3", "h4")), ("h2", ("h1", "h3", "h4")))
        for end in ends
        for port in ("tcp/1", "udp/2")
    ]


def test_all_pairs_of_one_role():
    (step,) = plan_of("from: edges, to: edges, ports: tcp/8000-8001").steps

    assert len(step.cells) == 3 * 2 * 2


def test_a_port_that_is_named_twice_is_probed_once():
    (step,) = plan_of("from: hub, to: 'edges[0]', ports: [tcp/1-3, tcp/2]").steps

    assert cells_of(step) == ["h1>h2:tcp/1", "h1>h2:tcp/2", "h1>h2:tcp/3"]


def test_what_was_asked_is_in_the_plan():
    agents = [AgentFacts(each.name, addresses=(*each.addresses, "fd00::1")) for each in AGENTS]
    asked = "listen: false, expect: deny:reject, timeout: 2s, attempts: 1, ipv6: true"
    (step,) = plan_of(f"from: hub, to: edges, ports: tcp/1, {asked}", agents=agents).steps

    assert (step.listen, step.expected) == (False, ReachExpectation.DENY_REJECT)
    assert (step.timeout_seconds, step.attempts, step.family) == (2.0, 1, Family.INET6)


@pytest.mark.parametrize(
    ("reach", "message"),
    [
        ("from: hub, to: hub, ports: tcp/1", "nobody to talk to: an agent is not asked whether it reaches itself"),
        ("from: hub, to: nobody, ports: tcp/1", "there is no role 'nobody'"),
        ("from: hub, to: 'edges[3]', ports: tcp/1", r"there is no edges\[3\]: the last is edges\[2\]"),
        ("from: hub, to: edges, ports: tcp/1, ipv6: true", "agent 'h2' has no IPv6 address: it has 10.0.0.2"),
        ("from: edges, to: edges, ports: tcp/1-20000", "6 pairs x 20,000 ports: expected at most 100,000 probes"),
        ("from: hub, to: edges, ports: tcp/1-5000", "3 agents x 5,000 ports: expected at most 10,000 probes of one"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_opens(reach, message):
    with pytest.raises(ScenarioError, match=rf"^s.yaml:4:\d+: .*{message}"):
        plan_of(reach)


def test_the_plan_in_words_has_a_line_for_each_pair():
    words = describe(plan_of("from: hub, to: [edges], ports: [tcp/1-3, udp/9], listen: false, expect: deny"))

    assert "   h1 > h2: tcp/1-3, udp/9 (nobody listens for it)\n" in words
    assert "   expect deny\n" in words
