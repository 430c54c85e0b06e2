"""Repetitions are summed up as a mean with its confidence interval, and only of what was measured whole."""

import pytest

from sockrig.results.model.flow import FlowResult, Traffic
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.repetition import goes_on, summarize, summary_step
from sockrig.scenario.planned import RepeatedMetric, RepeatedStep, SleepStep
from sockrig.scenario.repetition import parse_aim, parse_metric


def step(*, least=3, most=5, until="throughput within 5 %"):
    aim = parse_aim(until) if until else None
    metrics = (RepeatedMetric("bulk", parse_metric("throughput")),)
    return RepeatedStep("bulk", SleepStep("bulk", 1.0), least, most, aim, 0.95, metrics)


def repetition(bits_per_second, verdict=Verdict.PASSED):
    received = Traffic(bytes=1, packets=1, bits_per_second=bits_per_second, packets_per_second=None)
    flow = FlowResult(
        name="f",
        group="",
        kind="tcp-stream",
        source="a",
        destination="b",
        mode="parallel",
        workers=1,
        duration_seconds=1.0,
        received=received,
    )
    return {"bulk": StepResult(name="bulk", verdict=verdict, flows=(flow,))}


def test_the_mean_and_its_interval_are_those_of_students_t():
    (figure,) = summarize(step(), [repetition(value) for value in (90e6, 100e6, 110e6)]).figures
    assert figure.mean == pytest.approx(100e6)
    assert figure.half_width == pytest.approx(4.302653 * 10e6 / 3**0.5, rel=1e-6)
    assert figure.text == "mean 100 Mbit/s ± 24.8 Mbit/s (24.8 %), 95 % confidence, 3 repetitions"


def test_it_goes_on_to_the_least_then_until_the_aim_then_to_the_most():
    narrow = [repetition(100e6), repetition(100e6), repetition(100e6)]
    wide = [repetition(50e6), repetition(100e6), repetition(150e6), repetition(99e6), repetition(1e6)]
    assert [goes_on(step(), narrow[:count]) for count in range(4)] == [True, True, True, False]
    assert [goes_on(step(), wide[:count]) for count in range(6)] == [True] * 5 + [False]


def test_a_count_alone_is_kept_whatever_is_measured():
    alone = step(least=2, most=2, until="")
    assert [goes_on(alone, [repetition(1.0)] * count) for count in range(3)] == [True, True, False]
    assert summarize(alone, [repetition(1.0)] * 2).reached is None


def test_the_summary_fails_where_the_aim_was_missed_and_says_by_how_much():
    missed = summary_step(step(most=3), "bulk", [repetition(value) for value in (90e6, 100e6, 110e6)])
    assert missed.verdict is Verdict.FAILED
    assert missed.problem.startswith("throughput within 5 % was not reached in 3 repetitions: mean 100 Mbit/s ± 24.8")
    assert missed.repetitions.reached is False
    reached = summary_step(step(), "bulk", [repetition(100e6)] * 3)
    assert (reached.verdict, reached.problem, reached.repetitions.reached) == (Verdict.PASSED, None, True)


@pytest.mark.parametrize("verdict", [Verdict.DEGRADED, Verdict.ERROR])
def test_what_is_partial_is_not_averaged(verdict):
    (figure,) = summarize(step(), [repetition(100e6), repetition(1e6, verdict), repetition(100e6)]).figures
    assert figure.values == (100e6, 100e6)


def test_a_failed_expectation_is_a_measurement_all_the_same():
    (figure,) = summarize(step(), [repetition(100e6), repetition(90e6, Verdict.FAILED)]).figures
    assert figure.values == (100e6, 90e6)


def test_one_value_has_no_interval_and_none_says_so():
    (one,) = summarize(step(), [repetition(100e6)]).figures
    assert (one.mean, one.half_width, one.text) == (100e6, None, "mean 100 Mbit/s, 1 repetition")
    (none,) = summarize(step(), [{}]).figures
    assert (none.mean, none.values, none.text) == (None, (), "no data in any repetition")


def test_a_summary_of_fewer_than_were_due_says_so():
    broken = summary_step(step(least=3), "bulk", [repetition(100e6)])
    assert (broken.name, broken.verdict) == ("bulk, 1 repetition", Verdict.DEGRADED)
    assert broken.problem == "broken off after 1 of 5"
