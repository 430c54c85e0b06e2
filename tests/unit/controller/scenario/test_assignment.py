"""Agents get the roles that suit them best."""

import pytest

from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, expand, placeholder_agents

STEP = "steps: [{flow: {kind: tcp-rr, from: a, to: a, duration: 1s}}]\n"


def roles(agents_section, *agents):
    facts = [agent if isinstance(agent, AgentFacts) else AgentFacts(agent) for agent in agents]
    text = f"scenario: x\nagents: {agents_section}\n{STEP}"
    return dict(expand(load_scenario(text, file_name="x.yaml"), facts).roles)


def refusal(agents_section, *agents):
    with pytest.raises(ScenarioError) as caught:
        roles(agents_section, *agents)
    return str(caught.value)


def test_without_any_wish_agents_are_taken_in_order():
    assert roles("{a: {}, b: {count: 2}}", "x", "y", "z", "rest") == {"a": ("x",), "b": ("y", "z")}


def test_a_named_agent_comes_first():
    assert roles("{a: {}, b: {names: [x]}}", "x", "y") == {"a": ("y",), "b": ("x",)}
    assert roles("{a: {count: 2, names: [z]}, b: {}}", "x", "y", "z") == {"a": ("z", "x"), "b": ("y",)}


def test_an_agent_with_the_name_of_a_role_plays_it():
    assert roles("[a, b]", "b", "a") == {"a": ("a",), "b": ("b",)}
    assert roles("{a: {}, edges: {count: 2}}", "edges-1", "x", "edges-2") == {
        "a": ("x",),
        "edges": ("edges-1", "edges-2"),
    }


def test_a_role_with_labels_takes_only_agents_that_have_them():
    north, south = AgentFacts("x", {"site": "north"}), AgentFacts("y", {"site": "south", "fast": "yes"})
    assert roles("{a: {}, b: {labels: {site: north}}}", north, south) == {"a": ("y",), "b": ("x",)}
    assert "b lacks 1 with site=west" in refusal("{a: {}, b: {labels: {site: west}}}", north, south)


def test_too_few_agents_are_told_with_the_roles_that_lack():
    assert refusal("{a: {}, b: {count: 3}}", "x", "y") == (
        "x.yaml:2:9: the scenario needs 4 agents, and there are 2: b lacks 2"
    )
    assert "needs 1 agents, and there are 0: a lacks 1" in refusal("[a]")


def test_a_named_agent_must_be_there_and_have_the_labels():
    assert "x.yaml:2:22: there is no agent 'serverr'; did you mean 'server'? agents here: server" in refusal(
        "{a: {names:        [serverr]}}".replace("       ", ""), "server"
    )
    assert "agent 'x' has not the labels of its role: site=north" in refusal(
        "{a: {names: [x], labels: {site: north}}}", AgentFacts("x", {"site": "south"})
    )


def test_placeholders_fill_every_role():
    text = f"scenario: x\nagents: {{a: {{}}, b: {{count: 3, names: [z], labels: {{k: v}}}}}}\n{STEP}"
    loaded = load_scenario(text, file_name="x.yaml")
    assert dict(expand(loaded, placeholder_agents(loaded)).roles) == {"a": ("a",), "b": ("z", "b-1", "b-2")}


def test_a_role_may_take_the_rest():
    assert roles("{a: {}, b: {count: rest}}", "x", "y", "z") == {"a": ("x",), "b": ("y", "z")}
    assert roles("{b: {count: rest}, a: {count: 2}}", "x", "y", "z") == {"b": ("x",), "a": ("y", "z")}
    assert roles("{a: {}, b: {count: rest, names: [x]}}", "x", "y", "z") == {"a": ("y",), "b": ("x", "z")}


def test_the_rest_never_takes_what_another_role_needs():
    assert roles("{b: {count: rest}, a: {labels: {fast: 'yes'}}}", AgentFacts("x", {"fast": "yes"}), "y", "z") == {
        "b": ("y", "z"),
        "a": ("x",),
    }
    north = [AgentFacts(name, {"site": "north"}) for name in ("n1", "n2", "n3")]
    assert roles("{n: {count: rest, labels: {site: north}}, a: {}}", *north) == {"n": ("n1", "n3"), "a": ("n2",)}


def test_two_roles_may_share_out_the_rest_by_labels_and_by_names():
    left, right = ([AgentFacts(f"{side}{n}", {"side": side}) for n in (1, 2)] for side in ("left", "right"))
    by_labels = "{a: {count: rest, labels: {side: left}}, b: {count: rest, labels: {side: right}}}"
    assert roles(by_labels, *right, *left) == {"a": ("left1", "left2"), "b": ("right1", "right2")}
    by_names = "{a: {count: rest}, b: {count: rest}}"
    assert roles(by_names, "b-1", "b-2", "a-1") == {"a": ("a-1",), "b": ("b-1", "b-2")}


def test_the_rest_must_be_as_many_as_it_says():
    assert "the scenario needs 2 or more agents, and there are 1: b lacks 1" in refusal(
        "{a: {}, b: {count: rest}}", "x"
    )
    assert "needs 4 or more agents, and there are 3: b lacks 1" in refusal(
        "{a: {}, b: {count: rest, least: 3}}", "x", "y", "z"
    )


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{a: {count: all}}", "count: all: expected a whole number, or rest"),
        ("{a: {count: 2, least: 1}}", "x.yaml:2:31: least: least goes with count: rest; else count says it"),
        ("{a: {count: rest, least: 0}}", "expected at least 1"),
    ],
)
def test_a_count_that_cannot_be_meant_is_refused(section, message):
    assert message in refusal(section, "x")
