"""What load does to the round trips of the same probe."""

import pytest

from sockrig.results.load_latency import latency_under_load
from sockrig.results.model.flow import DelaySpread, FlowResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict


def flow(kind="tcp-stream", group="", source="a", median_seconds=None):
    spread = None
    if median_seconds is not None:
        figures = ("min", "p50", "p90", "p99", "p999", "max", "mean")
        seconds = {f"{name}_seconds": median_seconds for name in figures}
        spread = DelaySpread(count=9, uncertainty_seconds=None, valid=True, **seconds)
    return FlowResult(
        name=f"{group} {kind} {source}",
        group=group,
        kind=kind,
        source=source,
        destination="b",
        mode="parallel",
        workers=1,
        duration_seconds=1.0,
        round_trip=spread,
        round_trips_per_minute=60 / median_seconds if median_seconds else None,
    )


def probe(median_seconds, group="probe", source="a"):
    return flow("tcp-rr", group, source, median_seconds)


def step(name, *flows):
    return StepResult(name=name, verdict=Verdict.PASSED, flows=flows)


def test_a_loaded_step_is_compared_with_the_idle_one():
    (found,) = latency_under_load([step("idle", probe(0.001)), step("up", flow(), probe(0.02))])
    assert (found.probe, found.kind, found.source, found.destination) == ("probe", "tcp-rr", "a", "b")
    assert (found.idle_step, found.step) == ("idle", "up")
    assert (found.idle_round_trip_seconds, found.round_trip_seconds) == (0.001, 0.02)
    assert found.growth_ratio == pytest.approx(20)
    assert (found.idle_round_trips_per_minute, found.round_trips_per_minute) == (pytest.approx(60_000), 3000)


def test_every_load_and_every_probe_has_its_own_line():
    steps = [
        step("up", flow(), probe(0.003)),
        step("idle", probe(0.001), probe(0.002, source="c")),
        step("down", flow(), probe(0.004), probe(0.006, source="c")),
        step("idle again", probe(0.5)),
    ]
    found = latency_under_load(steps)
    assert [(one.step, one.source, one.idle_step) for one in found] == [
        ("up", "a", "idle"),
        ("down", "a", "idle"),
        ("down", "c", "idle"),
    ]


def test_without_an_idle_step_or_a_load_there_is_nothing_to_compare():
    assert latency_under_load([step("idle", probe(0.001)), step("again", probe(0.002))]) == ()
    assert latency_under_load([step("up", flow(), probe(0.001))]) == ()
    assert latency_under_load([step("idle", probe(0.001, group="x")), step("up", flow(), probe(0.001))]) == ()
    assert latency_under_load([]) == ()


def test_a_probe_without_answers_is_passed_over():
    assert latency_under_load([step("idle", probe(0.001)), step("up", flow(), probe(None))]) == ()
    assert latency_under_load([step("idle", probe(0.0)), step("up", flow(), probe(0.001))]) == ()
