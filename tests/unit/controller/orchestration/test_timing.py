"""When a step starts, and how tightly it did."""

import pytest

from sockrig.fleet.clock import ClockEstimate
from sockrig.orchestration.timing import WorkerStart, lead_seconds, longest_seconds, on_agents_clock, start_skew
from sockrig_wire.model.flows import FlowSpec


def start(agent="a", planned=0, started=0, uncertainty=0, worker=0, clock_id=""):
    return WorkerStart(agent, "flow", worker, planned, started, ClockEstimate(0, 2 * uncertainty, clock_id))


@pytest.mark.parametrize(("round_trip_milliseconds", "lead"), [(1, 0.1), (20, 0.1), (100, 0.5)])
def test_the_lead_is_100_ms_or_five_times_the_worst_round_trip(round_trip_milliseconds, lead):
    clocks = [ClockEstimate(0, 1000), ClockEstimate(0, round_trip_milliseconds * 1_000_000)]

    assert lead_seconds(clocks) == pytest.approx(lead)


def test_an_instant_is_told_on_the_agents_own_clock():
    assert on_agents_clock(1_000, ClockEstimate(offset_nanoseconds=-400, round_trip_nanoseconds=9)) == 600


def test_skew_is_the_spread_of_lateness_and_not_of_clock_readings():
    skew = start_skew([start("a", planned=100, started=1_000_100), start("b", planned=9_000_000, started=12_000_000)])

    assert skew is not None
    assert skew.skew_seconds == pytest.approx(0.002)


def test_its_uncertainty_is_that_of_the_two_least_certain_clocks():
    skew = start_skew([start("a", uncertainty=100), start("b", uncertainty=300), start("c", uncertainty=200)])

    assert skew is not None
    assert skew.uncertainty_seconds == pytest.approx(500e-9)


def test_agents_that_read_the_same_clock_have_no_uncertainty_between_them():
    skew = start_skew([start("a", uncertainty=100, clock_id="host"), start("b", uncertainty=300, clock_id="host")])

    assert skew is not None
    assert skew.uncertainty_seconds == 0


def test_on_one_agent_the_clock_explains_nothing():
    skew = start_skew([start(uncertainty=100), start(uncertainty=100, worker=1, started=5)])

    assert skew is not None
    assert skew.uncertainty_seconds == 0


def test_a_worker_that_started_late_is_named():
    skew = start_skew([start("a"), start("slow", started=80_000_000, worker=3)])

    assert skew is not None
    assert len(skew.late_workers) == 1
    assert skew.late_workers[0].startswith("slow: flow worker 3, 80.0 ms")


def test_nothing_started_gives_no_skew():
    assert start_skew([]) is None


def test_a_step_lasts_as_long_as_its_longest_flow():
    short = FlowSpec(name="s", kind="udp-rr", duration_seconds=1.0)
    long = FlowSpec(
        name="l", kind="udp-rr", delay_seconds=0.5, warmup_seconds=1.0, duration_seconds=2.0, drain_seconds=0.25
    )

    assert longest_seconds([short, long]) == pytest.approx(3.75)
    assert longest_seconds([short, long], with_drain=False) == pytest.approx(3.5)
