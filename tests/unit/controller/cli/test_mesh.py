"""``sockrig mesh`` as the scenario that it stands for."""

import pytest

from sockrig.cli.mesh import scenario_of
from sockrig.cli.options import ReachOptions
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, expand
from sockrig_wire.errors import NotFoundError, UsageError

KNOWN = ("b", "a", "c")


def step_of(sources=KNOWN, destinations=KNOWN, **options):
    text = scenario_of(KNOWN, sources, destinations, ReachOptions(port=["tcp/22", "udp/53"], **options))
    loaded = load_scenario(text, file_name="mesh", variables={})
    (step,) = expand(loaded, [AgentFacts(name) for name in sorted(KNOWN)]).steps
    return step


def pairs_of(step):
    return {(cell.source, cell.destination) for cell in step.cells}


def test_all_talk_to_all():
    assert pairs_of(step_of()) == {(a, b) for a in KNOWN for b in KNOWN if a != b}


def test_from_and_to_may_share_agents():
    assert pairs_of(step_of(["a", "b"], ["b", "c", "c"])) == {("a", "b"), ("a", "c"), ("b", "c")}


def test_options_are_the_keys_of_a_scenario():
    step = step_of(expect="deny:drop", no_listen=True, timeout="1500ms", attempts=1)

    assert (step.expected, step.listen, step.timeout_seconds, step.attempts) == ("deny:drop", False, 1.5, 1)


def test_an_unknown_agent_is_refused():
    with pytest.raises(NotFoundError, match="no agent is named 'x'"):
        step_of(["x"])


def test_no_port_and_nobody_to_talk_to_are_refused():
    with pytest.raises(UsageError, match="no port is named"):
        scenario_of(KNOWN, KNOWN, KNOWN, ReachOptions())
    with pytest.raises(UsageError, match="one agent alone has nobody to talk to"):
        scenario_of(("a",), ("a",), ("a",), ReachOptions(port=["tcp/1"]))
