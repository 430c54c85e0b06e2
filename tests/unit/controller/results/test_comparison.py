"""What changed between runs, and whether it is more than noise."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from sockrig.results.comparison import Comparison, compare
from sockrig.results.confidence import difference_interval
from sockrig.results.model.flow import DelaySpread, FlowResult, IntervalResult, Traffic
from sockrig.results.model.run import RunResult
from sockrig.results.model.search import SearchGoalResult, SearchRate, SearchResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.search.goals import PRESETS

STEADY = (100.0, 102.0, 98.0, 101.0, 99.0, 100.0, 103.0, 97.0, 100.0, 100.0)


def traffic(bits_per_second):
    return Traffic(bytes=1, packets=1, bits_per_second=bits_per_second, packets_per_second=1.0)


def interval(bits_per_second, at_seconds=1.0, **more):
    facts = {"interval_seconds": 1.0, "measured": True, "complete": True} | more
    return IntervalResult(at_seconds=at_seconds, received=traffic(bits_per_second), **facts)


def flow(course=(), *, destination="b", received=None, **figures):
    return FlowResult(
        name=f"a {destination}",
        group="g",
        kind="tcp-stream",
        source="a",
        destination=destination,
        mode="parallel",
        workers=1,
        duration_seconds=10.0,
        received=traffic(sum(course) / len(course) if received is None else received) if course or received else None,
        intervals=tuple(interval(value) for value in course),
        **figures,
    )


def repeated(*flows):
    """A run of one step that is repeated, a flow each time."""
    count = len(flows)
    return with_steps(
        *(
            StepResult(name=f"load, {number} of {count}", verdict=Verdict.PASSED, flows=(one,), repetition=number)
            for number, one in enumerate(flows, 1)
        )
    )


def run(*flows, step="load", run_id="r"):
    return with_steps(StepResult(name=step, verdict=Verdict.PASSED, flows=flows), run_id=run_id)


def with_steps(*steps, run_id="r"):
    return RunResult(
        run_id=run_id,
        name="n",
        verdict=Verdict.PASSED,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        duration_seconds=1.0,
        steps=steps,
    )


def the(metric, before, after):
    """The comparison of one metric of the one flow."""
    (compared,) = compare(before, after).flows
    return next(one for one in compared.metrics if one.metric == metric)


def scaled(factor):
    return tuple(value * factor for value in STEADY)


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1.1, Comparison.BETTER), (0.9, Comparison.WORSE), (1.001, Comparison.NO_DIFFERENCE)],
)
def test_throughput_of_two_runs_is_judged_by_its_course(factor, verdict):
    found = the("throughput", [run(flow(STEADY))], [run(flow(scaled(factor)))])
    assert found.verdict is verdict
    assert found.values == "intervals"
    assert (found.before, found.after) == pytest.approx((100.0, 100.0 * factor))
    assert found.relative_difference == pytest.approx(factor - 1)
    assert found.half_width == pytest.approx(1.66 * (1 + factor**2) ** 0.5 / 2**0.5, rel=0.1)


def test_less_delay_is_better_over_several_runs_each_one_value():
    def trip(p50):
        spread = DelaySpread(
            count=1, min_seconds=p50, p50_seconds=p50, p90_seconds=p50, p99_seconds=2 * p50, p999_seconds=p50,
            max_seconds=p50, mean_seconds=p50, uncertainty_seconds=None, valid=True,
        )  # fmt: skip
        return run(flow(round_trip=spread))

    before, after = [trip(one) for one in (0.010, 0.011, 0.0105)], [trip(one) for one in (0.005, 0.0051, 0.0052)]
    found = the("round trip p50", before, after)
    assert (found.verdict, found.values) == (Comparison.BETTER, "runs")
    assert the("round trip p99", after, before).verdict is Comparison.WORSE


def test_one_value_a_run_says_nothing_of_noise_unless_nothing_changed():
    found = the("loss", [run(flow(loss_ratio=0.01))], [run(flow(loss_ratio=0.02))])
    assert (found.verdict, found.half_width) == (Comparison.CANNOT_TELL, None)
    found = the("loss", [run(flow(loss_ratio=0.0))], [run(flow(loss_ratio=0.0))])
    assert found.verdict is Comparison.NO_DIFFERENCE
    assert found.relative_difference is None


def test_several_runs_against_one_cannot_tell():
    found = the("throughput", [run(flow(STEADY)), run(flow(STEADY))], [run(flow(scaled(2)))])
    assert found.verdict is Comparison.CANNOT_TELL


def test_a_steady_flow_that_rounds_to_the_same_figure_has_not_changed():
    found = the("throughput", [run(flow((1_000_000.0,) * 5))], [run(flow((1_000_100.0,) * 5))])
    assert found.verdict is Comparison.NO_DIFFERENCE
    found = the("throughput", [run(flow((1_000_000.0,) * 5))], [run(flow((990_000.0,) * 5))])
    assert found.verdict is Comparison.WORSE


def test_warm_up_incomplete_and_short_intervals_do_not_count():
    spoilt = replace(
        flow(STEADY),
        intervals=(
            interval(1e9, measured=False),
            *(interval(value) for value in STEADY),
            interval(0.0, complete=False),
            interval(7e9, interval_seconds=0.1),
        ),
    )
    clean, found = (the("throughput", [run(one)], [run(flow(STEADY))]) for one in (flow(STEADY), spoilt))
    assert found.half_width == clean.half_width


def test_a_course_that_wanders_is_not_taken_for_a_change():
    random = Random(1)

    def wandering():
        values, level = [], 0.0
        for _ in range(60):
            level = 0.95 * level + random.gauss(0, 1)
            values.append(100.0 + level)
        return values

    verdicts = [the("throughput", [run(flow(wandering()))], [run(flow(wandering()))]).verdict for _ in range(200)]
    false_alarms = sum(verdict in {Comparison.BETTER, Comparison.WORSE} for verdict in verdicts)
    assert false_alarms <= 30, "as independent values, more than half of these would differ"


def test_flows_are_matched_by_what_they_are_and_the_others_are_named():
    before = run(flow(STEADY), flow(STEADY, destination="c"))
    after = run(flow(STEADY), flow(STEADY, destination="d"))
    found = compare([before], [after])
    assert [one.flow.destination for one in found.flows] == ["b"]
    assert [one.destination for one in found.only_before] == ["c"]
    assert [one.destination for one in found.only_after] == ["d"]
    assert compare([run(flow(STEADY), step="x")], [run(flow(STEADY), step="y")]).flows == ()


def test_a_metric_that_one_side_lacks_is_not_invented():
    (found,) = compare([run(flow(STEADY, jitter_seconds=0.1))], [run(flow(STEADY))]).flows
    assert [one.metric for one in found.metrics] == ["throughput"]


def test_delays_that_the_clocks_do_not_allow_are_not_compared():
    spread = DelaySpread(
        count=1, min_seconds=1, p50_seconds=1, p90_seconds=1, p99_seconds=1, p999_seconds=1, max_seconds=1,
        mean_seconds=1, uncertainty_seconds=2.0, valid=False,
    )  # fmt: skip
    (found,) = compare([run(flow(one_way_delay=spread))], [run(flow(one_way_delay=spread))]).flows
    assert found.metrics == ()


def test_the_repetitions_of_a_step_are_the_values():
    before = repeated(
        *(flow((value,) * 3, loss_ratio=loss) for value, loss in ((100.0, 0.01), (102.0, 0.02), (98.0, 0.0)))
    )
    after = repeated(*(flow((value,) * 3, loss_ratio=0.0) for value in (80.0, 81.0, 79.0)))
    found = the("throughput", [before], [after])
    assert (found.verdict, found.values) == (Comparison.WORSE, "repetitions")
    assert (found.before, found.after) == pytest.approx((100.0, 80.0))
    assert found.half_width == difference_interval((100.0, 102.0, 98.0), (80.0, 81.0, 79.0)).half_width
    assert the("loss", [before], [after]).values == "repetitions"


def test_of_several_runs_with_repetitions_each_run_is_one_value():
    before = [repeated(flow((90.0,)), flow((110.0,))), repeated(flow((100.0,)), flow((102.0,)))]
    after = [repeated(flow((50.0,)), flow((70.0,))), repeated(flow((60.0,)), flow((62.0,)))]
    found = the("throughput", before, after)
    assert found.values == "runs"
    assert found.half_width == difference_interval((100.0, 101.0), (60.0, 61.0)).half_width


def test_repetitions_against_one_run_without_cannot_tell():
    found = the("throughput", [repeated(flow(STEADY), flow(STEADY))], [run(flow(scaled(2)))])
    assert found.verdict is Comparison.CANNOT_TELL


def test_flows_of_a_step_that_are_alike_are_compared_in_their_order():
    found = compare([run(flow((1.0,)), flow((2.0,)))], [run(flow((10.0,)), flow((20.0,)))])
    assert [(one.flow.place, one.metrics[0].before, one.metrics[0].after) for one in found.flows] == [
        (1, 1.0, 10.0),
        (2, 2.0, 20.0),
    ]


def test_the_capacity_of_a_search_is_a_metric_of_its_step():
    def searched(bits_per_second):
        rate = SearchRate(bits_per_second=bits_per_second, packets_per_second=1.0, wire_bits_per_second=None)
        goal = SearchGoalResult(
            goal=PRESETS["rfc2544"], lower_bound=rate, upper_bound=None, conditional_throughput=rate, regular=True,
            irregular=None, limited_by=None,
        )  # fmt: skip
        search = SearchResult(flows=1, goals=(goal,), trials=())
        return with_steps(StepResult(name="capacity", verdict=Verdict.PASSED, search=search))

    (one,) = compare([searched(1e6)], [searched(2e6)]).steps
    assert (one.step, one.metrics[0].metric, one.metrics[0].verdict) == ("capacity", "capacity", Comparison.CANNOT_TELL)
    (one,) = compare([searched(1e6), searched(1.01e6)], [searched(2e6), searched(2.01e6)]).steps
    assert one.metrics[0].verdict is Comparison.BETTER
