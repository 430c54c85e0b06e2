"""What is believed of a clock, and for how long."""

import pytest

from sockrig.fleet.clock import READINGS_KEPT, ClockEstimate, ClockFilter, agreed, uncertainty_between, uncertainty_over
from sockrig.fleet.clock_drift import Drift
from sockrig.fleet.clock_reading import ClockReading

SECOND = 10**9


def filled(*readings, clock=None):
    clock = clock or ClockFilter()
    for reading in readings:
        clock.add(ClockReading(*reading))
    return clock


def test_of_fresh_readings_the_one_with_the_smallest_round_trip_is_believed():
    assert filled((5, 300), (7, 100), (9, 200)).best(0) == ClockEstimate(7, 100)


def test_what_is_older_than_the_last_eight_is_forgotten():
    clock = filled((1, 1), *[(2, 50)] * READINGS_KEPT)

    assert clock.best(0) == ClockEstimate(2, 50)
    assert clock.count == READINGS_KEPT


def test_before_the_first_reading_nothing_is_believed():
    assert ClockFilter().best(0) is None


def test_a_bound_grows_with_its_age_by_what_two_unknown_clocks_may_drift():
    estimate = filled((5, 300, SECOND)).best(3 * SECOND)

    assert estimate.uncertainty_nanoseconds == 150 + 200_000, "100 ppm of two seconds"
    assert estimate.later(SECOND).uncertainty_nanoseconds == 150 + 300_000


def test_a_fresh_reading_goes_before_an_old_one_with_a_smaller_round_trip():
    clock = filled((5, 1_000, 0), (9, 100_000, 7 * SECOND))

    assert clock.best(7 * SECOND).offset_nanoseconds == 9


def test_where_the_drift_is_known_to_be_small_the_bound_grows_slowly():
    clock = filled((0, 100, 0), (1_000, 100, 100 * SECOND))  # 0.01 ppm
    estimate = clock.best(101 * SECOND)

    assert estimate.drift.ppm == pytest.approx(0.01)
    assert estimate.uncertainty_nanoseconds == 50 + 15_000, "15 ppm, however well it is known"


def test_an_agent_that_reads_the_controllers_own_clock_needs_no_estimate():
    best = filled((123, 5000, 0), clock=ClockFilter("host", "host")).best(60 * SECOND)

    assert best == ClockEstimate(0, 5000, "host", exact=True)
    assert best.uncertainty_nanoseconds == 0
    assert best.later(SECOND).uncertainty_nanoseconds == 0


def test_a_clock_that_nobody_can_name_is_estimated():
    assert filled((123, 5000), clock=ClockFilter("", "")).best(0) == ClockEstimate(123, 5000)


def test_agents_of_one_clock_get_the_surest_offset_and_keep_their_round_trips():
    known = agreed(
        {"a": ClockEstimate(10, 900, "x"), "b": ClockEstimate(30, 100, "x"), "c": ClockEstimate(50, 10, "y")}
    )

    assert known == {
        "a": ClockEstimate(30, 900, "x"),
        "b": ClockEstimate(30, 100, "x"),
        "c": ClockEstimate(50, 10, "y"),
    }


def test_agents_without_a_clock_id_are_never_taken_for_one():
    known = {"a": ClockEstimate(10, 900), "b": ClockEstimate(30, 100)}

    assert agreed(known) == known
    assert uncertainty_between(known["a"], known["b"]) == 500


HOUR = 3600 * SECOND
KNOWN = Drift(1.0, 0.5)


def pair(offset, *, drift=None, trip=2_000):
    """An agent with a clock of its own, and the controller's host."""
    return ClockEstimate(offset, trip, "there", drift=drift), ClockEstimate(0, trip, "here", exact=True)


def test_over_a_flow_between_agents_of_one_clock_nothing_becomes_uncertain():
    one = ClockEstimate(0, 100, "x")
    assert uncertainty_over((one, one), None, HOUR) == 0


def test_over_a_short_flow_the_bound_grows_by_what_the_clocks_may_drift():
    assert uncertainty_over(pair(7), None, SECOND) == 1_000 + 100_000
    assert uncertainty_over(pair(7, drift=KNOWN), None, SECOND) == 1_000 + 15_000


def test_over_a_long_flow_it_is_what_the_offset_was_found_to_have_moved():
    moved = 72_000_000  # 20 ppm for an hour
    assert uncertainty_over(pair(7), pair(7 + moved), HOUR) == moved + 1_000


def test_a_finding_at_the_end_never_makes_the_beginning_surer():
    assert uncertainty_over(pair(7, trip=8_000), pair(7, trip=200), SECOND) == 4_000


def test_a_worse_finding_at_the_end_does_not_count():
    assert uncertainty_over(pair(7), pair(7, trip=10**9), SECOND) == 1_000 + 100_000
