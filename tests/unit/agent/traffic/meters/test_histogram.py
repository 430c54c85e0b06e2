"""What the histogram recorder keeps of the values it is given."""

import numpy as np
import pytest

from sockrig_agent.traffic.meters.histogram import HistogramRecorder, bins_of
from sockrig_wire.histogram import bin_of, percentile
from sockrig_wire.model.flows import Histogram

EDGES = sorted(
    sign * value
    for power in range(64)
    for value in ((1 << power) - 1, 1 << power, (1 << power) + 1)
    for sign in (1, -1)
    if value < 1 << 63
)


def recorded(*values):
    recorder = HistogramRecorder()
    recorder.record(np.array(values, dtype=np.int64))
    return recorder.snapshot("delay")


def test_nothing_recorded_is_an_empty_histogram():
    recorder = HistogramRecorder()
    recorder.record(np.array([], dtype=np.int64))

    assert recorder.count == 0
    assert recorder.snapshot("delay") == Histogram("delay", (), (), 0, 0, 0.0)


def test_only_filled_bins_are_told_and_they_ascend():
    assert recorded(5, 3, 5, 1000) == Histogram("delay", (3, 5, 1000), (1, 2, 1), 3, 1000, 1013.0)


def test_negative_values_lie_below_zero():
    assert recorded(0, -1, 1, -1) == Histogram("delay", (-2, 0, 1), (2, 1, 1), -1, 1, -1.0)


def test_values_that_share_three_digits_share_a_bin_and_keep_their_own_extremes():
    histogram = recorded(10_000_000, 10_000_001, 10_000_002)

    assert histogram.counts == (3,)
    assert (histogram.minimum, histogram.maximum, histogram.sum) == (10_000_000, 10_000_002, 30_000_003.0)


def test_one_value_at_a_time_is_the_same_as_all_at_once():
    values = [7, 0, -70_000, 123_456_789, 7, 1 << 62]
    recorder = HistogramRecorder()

    for value in values:
        recorder.record_one(value)

    assert recorder.count == len(values)
    assert recorder.snapshot("delay") == recorded(*values)


def test_equal_values_at_once_are_as_many_one_by_one():
    recorder = HistogramRecorder()

    recorder.record_one(-70_000, 3)
    recorder.record_one(5_000_000, 2)

    assert recorder.count == 5
    assert recorder.snapshot("delay") == recorded(*[-70_000] * 3, *[5_000_000] * 2)


def test_a_snapshot_does_not_change_when_more_is_recorded():
    recorder = HistogramRecorder()
    recorder.record_one(1)
    before = recorder.snapshot("delay")

    recorder.record_one(2)

    assert before == Histogram("delay", (1,), (1,), 1, 1, 1.0)
    assert recorder.snapshot("delay").counts == (1, 1)


def test_the_smallest_and_the_largest_integer_have_their_bins():
    smallest, largest = -(1 << 63), (1 << 63) - 1
    histogram = recorded(largest, smallest, largest)

    assert histogram.bins == (bin_of(smallest), bin_of(largest))
    assert histogram.counts == (1, 2)
    assert (histogram.minimum, histogram.maximum, histogram.sum) == (smallest, largest, float(smallest + 2 * largest))


def test_the_sum_does_not_overflow():
    assert recorded(*[1 << 62] * 9).sum == 9.0 * (1 << 62)
    assert recorded(*[-(1 << 63)] * 3).sum == -3.0 * (1 << 63)


@pytest.mark.parametrize("value", EDGES)
def test_bins_around_every_power_of_two_are_those_of_the_contract(value):
    assert bins_of(np.array([value], dtype=np.int64)).tolist() == [bin_of(value)]


@pytest.mark.parametrize("power", range(11, 63))
def test_no_rounding_carries_a_value_into_the_next_bin(power):
    """The values next to a bin's edge are those that a double of 53 bits would round up."""
    width = 1 << (power - 10)
    edges = [(1 << power) + step * width for step in (1, 511, 1023, 1024)]
    values = [edge - below for edge in edges for below in (1, 2, 3) if below <= width]

    recorder = HistogramRecorder()
    recorder.record(np.array(values, dtype=np.int64))

    assert bins_of(np.array(values, dtype=np.int64)).tolist() == [bin_of(value) for value in values]
    assert recorder.snapshot("delay").bins == tuple(sorted({bin_of(value) for value in values}))


def test_percentiles_of_what_was_recorded_keep_three_digits():
    histogram = recorded(*range(1_000_000, 2_000_000, 100))

    assert percentile(histogram, 50) == pytest.approx(1_500_000, rel=1e-3)
    assert percentile(histogram, 99) == pytest.approx(1_990_000, rel=1e-3)
