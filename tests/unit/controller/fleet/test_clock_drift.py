"""How fast two clocks drift apart."""

import pytest

from sockrig.fleet.clock_drift import SLOT_NANOSECONDS, SLOTS_KEPT, Drift, DriftMeter
from sockrig.fleet.clock_reading import ClockReading

SECOND = 10**9


def metered(*readings):
    meter = DriftMeter()
    for reading in readings:
        meter.add(ClockReading(*reading))
    return meter.drift


def test_nothing_is_told_of_one_reading_or_of_none():
    assert metered() is None
    assert metered((5, 100, 0)) is None


def test_it_is_the_change_of_the_offset_over_the_time_and_the_bounds_of_both_over_the_same():
    drift = metered((1_000, 2_000, 0), (3_000, 4_000, 100 * SECOND))

    assert drift == Drift(pytest.approx(0.02), pytest.approx(0.03))


def test_nothing_is_told_while_it_is_known_no_better_than_of_two_unknown_clocks():
    assert metered((0, 1_000_000, 0), (0, 1_000_000, 9 * SECOND)) is None
    assert metered((0, 1_000_000, 0), (0, 1_000_000, 11 * SECOND)) is not None


def test_of_ten_seconds_the_reading_with_the_smallest_round_trip_counts():
    drift = metered((0, 100, 0), (9_999_999, 10_000_000, SECOND), (0, 100, 100 * SECOND), (7**9, 10**8, 101 * SECOND))

    assert drift == Drift(0.0, pytest.approx(0.001))


def test_what_is_older_than_ten_minutes_is_forgotten():
    meter = DriftMeter()
    meter.add(ClockReading(10**9, 10, 0))
    for slot in range(1, SLOTS_KEPT + 1):
        meter.add(ClockReading(0, 100, slot * SLOT_NANOSECONDS))

    assert meter.drift.ppm == 0


@pytest.mark.parametrize(("drift", "most"), [(Drift(1.0, 0.5), 15.0), (Drift(-40.0, 2.0), 42.0)])
def test_what_it_may_become_is_no_less_than_15_ppm(drift, most):
    assert drift.most_ppm == most
