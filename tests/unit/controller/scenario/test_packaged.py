"""The scenarios that come with Sockrig are fit to run, and to be copied."""

import pytest

from sockrig.scenario import packaged
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, FlowStep, SocketStep, expand
from sockrig_wire.errors import NotFoundError

NAMES = packaged.names()


def loaded(name, **variables):
    return load_scenario(packaged.text(name), file_name=name, variables=variables)


def least(scenario):
    return sum(role.size for role in scenario.roles.values())


def expanded(scenario, agents):
    return expand(scenario, [AgentFacts(f"local-{number}") for number in range(1, agents + 1)])


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_expanded_over_as_few_agents_as_it_says_and_over_more(name):
    scenario = loaded(name)
    needed = least(scenario.scenario)
    for agents in (needed, needed + 1, needed + 3):
        plan = expanded(scenario, agents)
        assert plan.steps
        takes_rest = any(role.takes_rest for role in scenario.scenario.roles.values())
        assert len(plan.agents) == (agents if takes_rest else needed)


@pytest.mark.parametrize("name", NAMES)
def test_each_says_in_a_line_what_it_is_for_and_in_comments_what_it_does(name):
    assert 20 <= len(loaded(name).scenario.description) <= 70
    assert packaged.text(name).startswith("# ")
    assert max(map(len, packaged.text(name).splitlines())) <= 120


@pytest.mark.parametrize("name", NAMES)
def test_every_step_of_each_has_a_name(name):
    names = [step.name for step in loaded(name).scenario.steps]
    assert all(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", [name for name in packaged.names() if name != "mesh-reach"])
def test_each_takes_the_seconds_of_its_traffic_from_outside(name):
    steps = expanded(loaded(name, seconds="7s"), 5).steps
    flows = [flow.spec for step in steps if isinstance(step, FlowStep) for flow in step.flows]
    assert any(flow.duration_seconds == 7.0 for flow in flows)


def test_the_demo_has_four_dialogues_and_traffic_over_both_transports():
    steps = expanded(loaded("demo"), 3).steps
    assert [type(step) for step in steps] == [SocketStep] * 4 + [FlowStep] * 2
    flows = [flow for step in steps if isinstance(step, FlowStep) for flow in step.flows]
    assert [(flow.spec.kind, flow.spec.duration_seconds) for flow in flows] == [
        ("tcp-stream", 2.0),
        ("tcp-stream", 2.0),
        ("udp-stream", 2.0),
        ("udp-stream", 2.0),
    ]


def test_the_quick_one_is_over_in_half_a_minute():
    flows = [step.flows[0].spec for step in expanded(loaded("quick"), 2).steps]
    assert sum(flow.warmup_seconds + flow.duration_seconds + flow.drain_seconds for flow in flows) <= 30


def test_a_mistyped_name_is_answered_with_the_one_that_is_near_and_with_all():
    with pytest.raises(NotFoundError, match="Did you mean 'quick'\\? There are: demo, duplex"):
        packaged.text("quik")


def test_a_path_is_no_name():
    with pytest.raises(NotFoundError, match="demo"):
        packaged.text("../secret")
