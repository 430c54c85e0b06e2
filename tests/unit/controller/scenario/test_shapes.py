"""A shape makes the pairs that its name promises, and refuses ends that contradict it, with their counts."""

import time

import pytest

from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import expand, placeholder_agents

HEAD = "scenario: x\nagents: {hub: {}, edges: {count: 3}, rest: {count: 3}}\nsteps:\n"
AGENTS = ("h", "e1", "e2", "e3", "r1", "r2", "r3")


@pytest.fixture
def pairs(expand_text):
    """The pairs that a flow with these keys makes."""

    def of(keys):
        (step,) = expand_text(f"{HEAD}  - flow: {{kind: tcp-stream, duration: 1s, {keys}}}\n", *AGENTS).steps
        return [(flow.source, flow.destination) for flow in step.flows]

    return of


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("shape: one-to-one, from: hub, to: 'edges[0]'", [("h", "e1")]),
        ("shape: one-to-one, from: hub, to: hub", [("h", "h")]),
        ("shape: many-to-one, from: edges, to: hub", [("e1", "h"), ("e2", "h"), ("e3", "h")]),
        ("shape: incast, from: [hub, edges], to: hub", [("e1", "h"), ("e2", "h"), ("e3", "h")]),
        ("shape: one-to-many, from: hub, to: edges", [("h", "e1"), ("h", "e2"), ("h", "e3")]),
        ("shape: pairwise, from: edges, to: rest", [("e1", "r1"), ("e2", "r2"), ("e3", "r3")]),
        ("shape: pairwise, from: [hub, hub], to: ['edges[0]', 'edges[1]']", [("h", "e1"), ("h", "e2")]),
        ("shape: ring, from: edges", [("e1", "e2"), ("e2", "e3"), ("e3", "e1")]),
        ("shape: ring, from: edges, to: edges", [("e1", "e2"), ("e2", "e3"), ("e3", "e1")]),
        ("shape: ring, from: [hub, 'edges[0]']", [("h", "e1"), ("e1", "h")]),
        ("shape: mesh, from: [hub, 'edges[0]']", [("h", "e1"), ("e1", "h")]),
        ("shape: mesh, from: hub, to: 'edges[0]'", [("h", "e1"), ("e1", "h")]),
        ("shape: all, from: edges, to: 'edges[0]'", [("e2", "e1"), ("e3", "e1")]),
    ],
)
def test_a_shape_makes_its_pairs(pairs, keys, expected):
    assert pairs(keys) == expected


def test_a_mesh_is_every_agent_with_every_other_both_ways(pairs):
    made = pairs("shape: mesh, from: edges, to: hub")
    assert len(made) == len(set(made)) == 12
    assert all((other, one) in made and one != other for one, other in made)


def test_both_directions_are_flows_of_every_pair(pairs):
    assert len(pairs("shape: pairwise, from: edges, to: rest, direction: both")) == 6


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("from: edges", "flow: 'to' is missing"),
        ("shape: pairwise, from: edges, to: hub", "pairwise needs as many at both ends: from is 3 agents, and to is 1"),
        ("shape: pairwise, from: edges, to: edges", "pairwise pairs e1 with itself (pair 1)"),
        ("shape: pairwise, from: edges", "'to' is missing"),
        ("shape: ring, from: hub", "a ring of one agent has no flow: expected at least 2"),
        ("shape: ring, from: [hub, hub]", "a ring of one agent has no flow"),
        ("shape: ring, from: edges, to: hub", "a ring goes over the agents of from: leave `to` out"),
        ("shape: mesh, from: hub", "a mesh of one agent has no flow: expected at least 2"),
        ("shape: mesh, from: edges, direction: both", "direction: a mesh goes both ways already"),
        ("shape: one-to-one, from: edges, to: hub", "one-to-one needs 1 agent in from: there is 3"),
        ("shape: many-to-one, from: edges, to: rest", "many-to-one needs 1 agent in to: there is 3"),
        ("shape: incast, from: hub, to: 'edges[0]'", "incast needs at least 2 agents in from: there is 1"),
        ("shape: incast, from: [hub, 'edges[0]'], to: hub", "incast needs at least 2 agents in from: there is 1"),
        ("shape: one-to-many, from: hub, to: 'edges[0]'", "one-to-many needs at least 2 agents in to: there is 1"),
        ("shape: star, from: hub, to: edges", "star: expected 'all'"),
    ],
)
def test_a_contradiction_is_told_with_its_place(pairs, keys, message):
    with pytest.raises(ScenarioError) as caught:
        pairs(keys)
    assert message in str(caught.value)
    assert str(caught.value).startswith("bench.yaml:4:")


@pytest.mark.parametrize(
    "keys", ["shape: mesh, from: many", "shape: mesh, from: many, to: many", "from: many, to: many"]
)
def test_a_mesh_of_a_million_flows_is_refused_before_it_is_made(keys):
    text = f"scenario: x\nagents: {{many: {{count: 1000}}}}\nsteps:\n  - flow: {{kind: udp-rr, duration: 1s, {keys}}}\n"
    loaded = load_scenario(text, file_name="bench.yaml")
    agents = placeholder_agents(loaded)
    began = time.process_time()
    with pytest.raises(ScenarioError, match=r"make (999|1,000),000 flows: expected at most 10,000 in one step"):
        expand(loaded, agents)
    assert time.process_time() - began < 1, "it is counted, not made"


def test_the_flows_of_a_step_are_bounded_together(expand_text):
    flow = "{kind: udp-rr, from: many, shape: mesh, duration: 1s}"
    text = f"scenario: x\nagents: {{many: {{count: 80}}}}\nsteps:\n  - flow: [{flow}, {flow}]\n"
    with pytest.raises(ScenarioError, match="80 x 80 agents make 6,320 flows: expected at most 10,000 in one step"):
        expand_text(text, *(f"h{number}" for number in range(80)))
