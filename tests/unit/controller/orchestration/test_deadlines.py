"""Every kind of step has a deadline, finite and beyond whatever bounds it itself."""

import math

import pytest

from sockrig.orchestration.deadlines import usual_deadline_seconds
from sockrig.orchestration.timing import PREPARE_TIMEOUT_SECONDS, RESULT_GRACE_SECONDS
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import expand, placeholder_agents
from sockrig.scenario.planned import single_steps


@pytest.mark.parametrize(
    ("step", "own_bound_seconds"),
    [
        ("sleep: 10m", 600.0),
        ("barrier: all, timeout: 20s", 20.0),
        ("sockets: [{on: a, open: udp, as: s}, {receive: s, timeout: 7s}]", 12.0),
        (
            "flow: {kind: tcp-rr, from: a, to: b, delay: 1s, warmup: 2s, duration: 3s, drain: 4s}",
            10.0 + 2 * PREPARE_TIMEOUT_SECONDS + RESULT_GRACE_SECONDS,
        ),
    ],
)
def test_the_usual_deadline_is_beyond_the_bounds_of_the_step(step, own_bound_seconds):
    loaded = load_scenario(f"scenario: x\nagents: [a, b]\nsteps: [{{{step}}}]\n", file_name="x")
    plan = expand(loaded, placeholder_agents(loaded))
    ((_, planned),) = single_steps(*plan.steps)
    assert own_bound_seconds < usual_deadline_seconds(planned) < math.inf
