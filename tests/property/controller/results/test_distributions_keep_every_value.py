"""The document's bins hold every value once, and their percentiles lie beside the exact ones."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sockrig.results.distribution import added, distribution_of, percentile_curve, shares_between
from sockrig_wire.histogram import bin_of, percentile
from sockrig_wire.model.flows import Histogram

values_in_nanoseconds = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=60)


def histogram(values):
    counts = Counter(bin_of(value) for value in values)
    bins = tuple(sorted(counts))
    return Histogram("", bins, tuple(counts[one] for one in bins), min(values), max(values), float(sum(values)))


@given(values_in_nanoseconds)
def test_every_value_lies_in_a_bin_and_bins_are_narrow_and_apart(values):
    bins = distribution_of(histogram(values))
    assert sum(one.count for one in bins) == len(values)
    for one, after in pairwise(bins):
        assert one.to_seconds <= after.from_seconds
    for one in bins:
        assert any(one.from_seconds <= value / 1e9 <= one.to_seconds for value in values)
        largest = max(abs(one.from_seconds), abs(one.to_seconds))
        assert one.to_seconds - one.from_seconds <= max(1.01e-9, largest / 16 * 1.0001)


@given(values_in_nanoseconds, values_in_nanoseconds)
def test_adding_is_the_same_as_measuring_together(some, others):
    apart = added([distribution_of(histogram(some)), distribution_of(histogram(others))])
    assert apart == distribution_of(histogram(some + others))


@given(values_in_nanoseconds, st.sampled_from([1, 50, 90, 99]))
def test_a_percentile_of_the_bins_is_within_a_bin_of_the_exact_one(values, percent):
    exact = percentile(histogram(values), percent) / 1e9
    curve = percentile_curve(distribution_of(histogram(values)))
    found = next(point.seconds for point in curve if point.ratio * 100 >= percent - 1e-9)
    assert abs(found - exact) <= 2e-9 + abs(exact) / 15


@given(values_in_nanoseconds, st.lists(st.floats(-2000, 2000), min_size=1, max_size=8))
def test_shares_over_all_values_add_up_to_one(values, inner):
    edges = sorted([-3000.0, *inner, 3000.0])
    shares = shares_between(distribution_of(histogram(values)), edges)
    assert abs(sum(shares) - 1) < 1e-9
    assert all(share >= -1e-12 for share in shares)
