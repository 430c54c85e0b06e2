"""The bins that both ends count in, and what is read from them."""

import pytest

from sockrig_wire.histogram import bin_of, lowest_of, merge, middle_of, percentile, spread_of
from sockrig_wire.model.flows import Histogram


def histogram(*values, name="delay"):
    bins = sorted({bin_of(value) for value in values})
    counts = [sum(bin_of(value) == b for value in values) for b in bins]
    return Histogram(name, tuple(bins), tuple(counts), min(values), max(values), float(sum(values)))


EMPTY = Histogram("delay", (), (), 0, 0, 0.0)


@pytest.mark.parametrize("value", [0, 1, 1023, 1024, 2047])
def test_below_2048_every_value_has_its_own_bin(value):
    assert bin_of(value) == value
    assert lowest_of(value) == middle_of(value) == value


@pytest.mark.parametrize(
    ("value", "index"),
    [(2048, 2048), (2049, 2048), (2050, 2049), (4095, 3071), (4096, 3072), (4100, 3073), (1 << 20, 11_264)],
)
def test_above_it_the_bins_are_those_of_hdrhistogram(value, index):
    """The indexes of HdrHistogram's counts array with 2048 sub-buckets, computed by its own formula by hand."""
    assert bin_of(value) == index


def test_each_power_of_two_has_1024_bins():
    assert [bin_of(1 << (p + 1)) - bin_of(1 << p) for p in range(10, 63)] == [1024] * 53


@pytest.mark.parametrize("index", [0, 5, 2047, 2048, 3071, 3072, 12_288, 30_001, 55_295])
def test_a_bin_begins_at_its_lowest_value(index):
    assert bin_of(lowest_of(index)) == index
    assert bin_of(lowest_of(index + 1) - 1) == index
    assert bin_of(middle_of(index)) == index


@pytest.mark.parametrize("value", [1, 2047, 2048, 123_456_789, (1 << 63) - 1])
def test_a_negative_value_mirrors_the_positive_one(value):
    assert bin_of(-value) == -1 - bin_of(value)
    assert lowest_of(bin_of(-value)) == -lowest_of(bin_of(value))
    assert middle_of(bin_of(-value)) == -middle_of(bin_of(value))


@pytest.mark.parametrize("value", [2049, 99_999, 1_234_567, 10**9 + 7, 10**15 + 1])
def test_the_middle_of_a_bin_is_right_to_three_digits(value):
    assert middle_of(bin_of(value)) == pytest.approx(value, rel=0.5e-3)


def test_bins_order_as_values_do():
    values = [-(10**12), -5000, -4999, -1, 0, 1, 2047, 2048, 10**6, 10**12]

    assert sorted(values, key=bin_of) == values


def test_merging_counts_every_value_once():
    merged = merge("all", [histogram(1, 2, 2, name="a"), histogram(2, 5000, -3, name="b")])

    assert merged == histogram(1, 2, 2, 2, 5000, -3, name="all")


def test_an_empty_part_does_not_touch_the_extremes():
    assert merge("delay", [EMPTY, histogram(50, 60), EMPTY]) == histogram(50, 60)


@pytest.mark.parametrize("parts", [[], [EMPTY], [EMPTY, EMPTY]])
def test_merging_nothing_gives_nothing(parts):
    assert merge("delay", parts) is None


def test_percentiles_of_merged_parts_are_those_of_the_whole():
    """The reason for histograms: the mean of the parts' percentiles would be 505, or anything."""
    parts = [histogram(*range(1, 11)), histogram(*range(1001, 1091))]
    merged = merge("delay", parts)

    assert merged is not None
    assert percentile(merged, 5) == 5
    assert percentile(merged, 50) == 1040


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (0.5, 1), (1, 1), (50, 50), (75, 75), (99, 99), (100, 100)])
def test_a_percentile_is_the_value_that_so_many_percent_do_not_exceed(percent, value):
    assert percentile(histogram(*range(1, 101)), percent) == value


@pytest.mark.parametrize("percent", [7, 14, 28, 29, 55, 56, 57, 58])
def test_rounding_of_the_percentage_does_not_shift_the_rank(percent):
    """7 / 100 * 100 is a little more than 7 in binary."""
    assert percentile(histogram(*range(1, 101)), percent) == percent


def test_the_hundredth_percentile_is_the_exact_maximum():
    assert percentile(histogram(10_000_000, 10_002_047), 100) == 10_002_047


def test_the_zeroth_percentile_is_the_exact_minimum():
    assert percentile(histogram(10_002_047, 20_000_000), 0) == 10_002_047


def test_a_percentile_never_lies_outside_of_what_was_seen():
    one = histogram(10_000_001)

    assert {percentile(one, percent) for percent in (0, 1, 50, 99.9, 100)} == {10_000_001}


def test_an_empty_histogram_has_no_percentiles():
    with pytest.raises(ValueError, match="empty"):
        percentile(EMPTY, 50)
    with pytest.raises(ValueError, match="empty"):
        spread_of(EMPTY)


@pytest.mark.parametrize("percent", [-0.1, 100.1])
def test_a_percentile_outside_0_to_100_is_refused(percent):
    with pytest.raises(ValueError, match="between 0 and 100"):
        percentile(histogram(1), percent)


def test_a_spread_holds_the_figures_that_reports_show():
    spread = spread_of(histogram(*range(1, 1001)))

    assert (spread.count, spread.minimum, spread.maximum) == (1000, 1, 1000)
    assert spread.mean == 500.5
    assert (spread.p50, spread.p90, spread.p99, spread.p999) == (500, 900, 990, 999)
