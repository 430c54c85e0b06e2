"""How times are distributed."""

from collections import Counter

import pytest

from sockrig.results.distribution import added, distribution_of, percentile_curve, shares_between
from sockrig.results.model.flow import DelayBin
from sockrig_wire.histogram import bin_of
from sockrig_wire.model.flows import Histogram


def histogram(*values):
    counts = Counter(bin_of(value) for value in values)
    bins = tuple(sorted(counts))
    return Histogram("", bins, tuple(counts[one] for one in bins), min(values), max(values), float(sum(values)))


def bins(*values):
    return [(one.from_seconds, one.to_seconds, one.count) for one in distribution_of(histogram(*values))]


def test_small_values_have_bins_of_their_own():
    assert bins(0, 1, 1, 31) == [(0.0, 1e-9, 1), (1e-9, 2e-9, 2), (31e-9, 32e-9, 1)]


def test_large_values_share_a_bin_of_a_sixteenth_at_most():
    assert bins(1024, 1087, 1088) == [(1024e-9, 1088e-9, 2), (1088e-9, 1152e-9, 1)]


def test_negative_values_mirror_positive_ones():
    assert bins(-1087, -1024, 1024) == [(-1088e-9, -1024e-9, 2), (1024e-9, 1088e-9, 1)]


def test_distributions_of_several_flows_add_up():
    together = added([distribution_of(histogram(5, 1000)), distribution_of(histogram(5, 90))])
    assert together == distribution_of(histogram(5, 5, 90, 1000))
    assert added([]) == ()


def test_the_curve_rises_from_the_lowest_to_all_values():
    curve = percentile_curve(distribution_of(histogram(10, 10, 10, 2000)))
    assert [(point.ratio, point.seconds) for point in curve] == [(0.0, 10e-9), (0.75, 11e-9), (1.0, 2048e-9)]
    assert percentile_curve(()) == ()


def test_a_bin_that_an_edge_cuts_is_taken_as_evenly_filled():
    one = DelayBin(from_seconds=1.0, to_seconds=3.0, count=4)
    assert shares_between([one], [0.0, 1.5, 3.0, 9.0]) == pytest.approx((0.25, 0.75, 0.0))
    assert shares_between([], [0.0, 1.0]) == (0.0,)
