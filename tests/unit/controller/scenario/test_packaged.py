"""The scenarios that come with Sockrig are fit to run."""

import pytest

from sockrig.scenario import packaged
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, FlowStep, SocketStep, expand
from sockrig_wire.errors import NotFoundError


@pytest.mark.parametrize("name", packaged.names())
def test_each_can_be_expanded_over_three_agents(name):
    loaded = load_scenario(packaged.text(name), file_name=f"{name}.yaml")
    assert expand(loaded, [AgentFacts(f"local-{number}") for number in (1, 2, 3)]).steps


def test_the_demo_has_four_dialogues_and_traffic_over_both_transports():
    loaded = load_scenario(packaged.text("demo"), file_name="demo.yaml")
    steps = expand(loaded, [AgentFacts(f"local-{number}") for number in (1, 2, 3)]).steps
    assert [type(step) for step in steps] == [SocketStep] * 4 + [FlowStep] * 2
    flows = [flow for step in steps if isinstance(step, FlowStep) for flow in step.flows]
    assert [(flow.spec.kind, flow.spec.duration_seconds) for flow in flows] == [
        ("tcp-stream", 2.0),
        ("tcp-stream", 2.0),
        ("udp-stream", 2.0),
        ("udp-stream", 2.0),
    ]


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(NotFoundError, match="demo"):
        packaged.text("../secret")
