"""When a step starts, and how tightly it did."""

import pytest

from sockrig.fleet.clock import ClockEstimate
from sockrig.orchestration.timing import WorkerStart, lead_seconds, longest_seconds, on_agents_clock, start_skew
from sockrig_wire.model.flows import FlowSpec, Role


def start(agent="a", planned=0, started=0, uncertainty=0, worker=0, clock_id="", role=Role.SOURCE):
    return WorkerStart(agent, "flow", role, worker, planned, started, ClockEstimate(0, 2 * uncertainty, clock_id))


def clocks(*round_trips_milliseconds):
    return {str(n): ClockEstimate(0, round(trip * 1e6)) for n, trip in enumerate(round_trips_milliseconds)}


@pytest.mark.parametrize(("round_trip_milliseconds", "lead"), [(1, 0.1), (20, 0.1), (100, 0.5)])
def test_the_lead_is_100_ms_or_five_times_the_worst_round_trip(round_trip_milliseconds, lead):
    known = clocks(1, round_trip_milliseconds)

    assert lead_seconds(known, {"0": 0.001, "1": round_trip_milliseconds / 1e3}) == pytest.approx(lead)


def test_where_agents_are_slow_to_answer_the_lead_is_ten_times_what_the_network_does_not_explain():
    known = clocks(1, 40)

    assert lead_seconds(known, {"0": 0.036, "1": 0.042}) == pytest.approx(0.35)


def test_an_agent_that_hangs_delays_the_start_by_no_more_than_five_seconds():
    assert lead_seconds(clocks(1, 1), {"0": 0.001, "1": 3.0}) == pytest.approx(5.0)


def test_the_lead_does_not_need_the_answer_of_an_agent_that_gave_none():
    assert lead_seconds(clocks(1, 100), {"0": 0.001}) == pytest.approx(0.5)


def test_an_instant_is_told_on_the_agents_own_clock():
    assert on_agents_clock(1_000, ClockEstimate(offset_nanoseconds=-400, round_trip_nanoseconds=9)) == 600


def skew_of(*starts):
    skew = start_skew(starts)
    assert skew is not None
    return skew


def test_skew_is_the_spread_of_lateness_and_not_of_clock_readings():
    skew = skew_of(start("a", planned=100, started=1_000_100), start("b", planned=9_000_000, started=12_000_000))

    assert skew.skew_seconds == pytest.approx(0.002)


def test_what_the_hosts_explain_is_told_for_each_agent():
    skew = skew_of(
        start("a", started=1_000_000),
        start("a", started=4_000_000, worker=1),
        start("b", planned=5_000_000, started=7_000_000),
    )

    assert skew.late_seconds == {"a": pytest.approx(0.004), "b": pytest.approx(0.002)}
    assert skew.latest_agent == "a"
    assert skew.median_late_seconds == pytest.approx(0.002)


def test_what_the_clocks_explain_is_the_uncertainty_of_the_two_least_certain():
    skew = skew_of(start("a", uncertainty=100), start("b", uncertainty=300), start("c", uncertainty=200))

    assert skew.uncertainty_seconds == pytest.approx(500e-9)


def test_between_agents_that_read_the_same_clock_they_explain_nothing():
    skew = skew_of(start("a", uncertainty=100, clock_id="host"), start("b", uncertainty=300, clock_id="host"))

    assert skew.uncertainty_seconds == 0


def test_on_one_agent_the_clock_explains_nothing():
    assert skew_of(start(uncertainty=100), start(uncertainty=100, worker=1, started=5)).uncertainty_seconds == 0


def test_a_destination_begins_nothing_and_does_not_count():
    there = start("b", started=-20_000_000, role=Role.DESTINATION, uncertainty=900)
    skew = skew_of(start("a", started=50), start("a", started=70, worker=1), there)

    assert skew.skew_seconds == pytest.approx(20e-9)
    assert skew.uncertainty_seconds == 0
    assert set(skew.late_seconds) == {"a"}


def test_a_worker_that_started_late_is_named():
    skew = skew_of(*(start(worker=n) for n in range(3)), start("slow", started=80_000_000, worker=3))

    assert skew.late_workers == ("slow: flow source worker 3, 80.0 ms after T",)


def test_a_destination_that_was_not_there_at_its_time_is_named():
    skew = skew_of(start("a"), start("b", started=6_000_000, role=Role.DESTINATION))

    assert skew.late_workers == ("b: flow destination worker 0, 6.0 ms after T",)


@pytest.mark.parametrize(
    ("others_milliseconds", "milliseconds", "named"),
    [
        (0.1, 4.9, False),
        (0.1, 5.1, True),
        (2.0, 19.0, False),
        (2.0, 21.0, True),
        (30.0, 49.0, False),
        (30.0, 51.0, True),
    ],
)
def test_late_is_ten_times_the_median_of_all_but_never_under_5_ms_and_always_over_50(
    others_milliseconds, milliseconds, named
):
    others = [start(f"other-{n}", started=round(others_milliseconds * 1e6)) for n in range(5)]

    assert bool(skew_of(*others, start(started=round(milliseconds * 1e6))).late_workers) is named


def test_nothing_started_gives_no_skew():
    assert start_skew([]) is None
    assert start_skew([start(role=Role.DESTINATION)]) is None


def test_a_step_lasts_as_long_as_its_longest_flow():
    short = FlowSpec(name="s", kind="udp-rr", duration_seconds=1.0)
    long = FlowSpec(
        name="l", kind="udp-rr", delay_seconds=0.5, warmup_seconds=1.0, duration_seconds=2.0, drain_seconds=0.25
    )

    assert longest_seconds([short, long]) == pytest.approx(3.75)
    assert longest_seconds([short, long], with_drain=False) == pytest.approx(3.5)
