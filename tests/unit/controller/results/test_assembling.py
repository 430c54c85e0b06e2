"""What the steps of a run say together."""

from datetime import UTC, datetime

from sockrig.results.assembling import assembled
from sockrig.results.model.run import AgentResult, RunResult
from sockrig.results.model.step import StartLateness, StepResult
from sockrig.results.model.verdict import Verdict


def step(skew_seconds=None, *, a=0.0, b=0.0, late_workers=()):
    late = StartLateness(median_seconds=0.0, max_seconds=max(a, b), latest_agent="a", by_agent={"a": a, "b": b})
    return StepResult(
        name="s",
        verdict=Verdict.PASSED,
        start_skew_seconds=skew_seconds,
        start_skew_uncertainty_seconds=None if skew_seconds is None else skew_seconds / 10,
        start_lateness=None if skew_seconds is None else late,
        late_workers=late_workers,
    )


def run(*steps):
    return assembled(
        RunResult(
            run_id="r",
            name="n",
            verdict=Verdict.PASSED,
            started_at=datetime(2026, 1, 1, tzinfo=UTC),
            duration_seconds=1.0,
            agents=tuple(
                AgentResult(name=name, agent_id=name, version="1", verdict=Verdict.PASSED) for name in ("a", "b")
            ),
            steps=steps,
        )
    )


def test_the_skew_of_a_run_is_that_of_its_worst_step():
    worst = step(0.3, a=0.2, b=0.5)
    found = run(step(), step(0.1, a=0.9), worst)
    assert (found.start_skew_seconds, found.start_skew_uncertainty_seconds) == (0.3, 0.03)
    assert found.start_lateness == worst.start_lateness


def test_an_agent_was_as_late_as_in_the_step_where_it_was_latest():
    assert [agent.start_lateness_seconds for agent in run(step(0.1, a=0.9), step(0.3, a=0.2, b=0.5)).agents] == [
        0.9,
        0.5,
    ]


def test_late_workers_of_all_steps_are_named():
    assert run(step(late_workers=("x",)), step(late_workers=("y", "z"))).late_workers == ("x", "y", "z")


def test_where_nothing_started_there_is_no_skew():
    found = run(step())
    assert (found.start_skew_seconds, found.start_lateness) == (None, None)
    assert [agent.start_lateness_seconds for agent in found.agents] == [None, None]
