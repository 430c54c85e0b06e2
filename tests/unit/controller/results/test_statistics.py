"""Figures over several values."""

import pytest

from sockrig.results.statistics import jain_index, weighted_mean


@pytest.mark.parametrize(
    ("values", "index"),
    [
        ([5.0], 1.0),
        ([3.0, 3.0, 3.0], 1.0),
        ([1.0, 0.0, 0.0, 0.0], 0.25),
        ([1.0, 2.0], 9 / 10),  # (1 + 2)^2 / (2 * (1 + 4))
    ],
)
def test_jains_index_of_examples_worked_by_hand(values, index):
    assert jain_index(values) == pytest.approx(index)


@pytest.mark.parametrize("values", [[], [0.0], [0.0, 0.0]])
def test_where_nothing_was_shared_there_is_no_fairness(values):
    assert jain_index(values) is None


def test_a_weighted_mean_counts_the_heavy_more():
    assert weighted_mean([(1.0, 3), (5.0, 1)]) == pytest.approx(2.0)


def test_without_weight_there_is_no_mean():
    assert weighted_mean([(1.0, 0)]) is None
    assert weighted_mean([]) is None
