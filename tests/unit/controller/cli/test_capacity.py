"""The scenario that `sockrig capacity` stands for."""

import pytest

from sockrig.cli.capacity import scenario_of
from sockrig.cli.one_line import check_options
from sockrig.cli.options import CapacityOptions, SocketOptions
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, SearchStep, expand
from sockrig.search.goals import LOSS_TOLERANT
from sockrig_wire.errors import UsageError


def step_of(source="a", destination="b", **options):
    text = scenario_of(source, destination, CapacityOptions(**options), SocketOptions(dscp="ef"))
    (step,) = expand(load_scenario(text, file_name="x"), [AgentFacts(name) for name in "cba"]).steps
    assert isinstance(step, SearchStep)
    return step


def test_without_options_it_searches_up_to_a_gigabit_and_tolerates_some_loss():
    step = step_of()

    assert [(flow.source, flow.destination) for flow in step.flows] == [("a", "b")]
    assert (step.limits.least_load, step.limits.most_load) == (1e6, 1e9)
    assert step.goals == (LOSS_TOLERANT,)


def test_every_option_arrives():
    step = step_of(
        from_="1 kpps",
        to="1 Mpps",
        goal="{like: rfc2544, trial: 2s}",
        size="64 B",
        warmup="1s",
        workers=2,
        most=7,
        within="10m",
        ipv6=True,
    )
    (flow,) = step.flows

    assert (step.limits.least_load, step.limits.most_load, step.in_packets) == (1e3, 1e6, True)
    assert (step.limits.most_trials, step.limits.most_seconds) == (7, 600)
    assert step.goals[0].name == "like rfc2544"
    assert (flow.spec.size_bytes, flow.spec.warmup_seconds, flow.spec.workers) == (64, 1, 2)
    assert flow.spec.socket_options.dscp == 46


def test_an_agent_may_search_with_itself():
    assert [(flow.source, flow.destination) for flow in step_of("a", "a").flows] == [("a", "a")]


def test_a_wrong_option_is_told_without_places_in_a_text_that_nobody_wrote():
    text = scenario_of("a", "b", CapacityOptions(goal="rfc2545"), SocketOptions())

    with pytest.raises(UsageError, match="goal: rfc2545: expected 'rfc2544'"):
        check_options(text, "capacity")
