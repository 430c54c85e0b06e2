"""Confidence intervals of means and differences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig.results.confidence import ConfidenceInterval, difference_interval, mean_interval

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20)


def test_a_mean_has_the_width_that_tables_of_students_t_give():
    interval = mean_interval([10.0, 12.0, 14.0])
    assert interval.middle == pytest.approx(12.0)
    assert interval.half_width == pytest.approx(4.303 * 2 / 3**0.5, rel=1e-3)  # t(2) at 95 %
    assert interval.count == 3


def test_a_difference_is_welchs():
    # s^2/n = 1 on either side with n = 3: 4 degrees of freedom, t(4) at 95 % is 2.776
    before, after = [1.0, 1.0 + 3**0.5, 1.0 - 3**0.5], [5.0, 5.0 + 3**0.5, 5.0 - 3**0.5]
    interval = difference_interval(before, after)
    assert interval.middle == pytest.approx(4.0)
    assert interval.half_width == pytest.approx(2.776 * 2**0.5, rel=1e-3)


def test_the_surer_one_wants_to_be_the_wider_it_is():
    values = [1.0, 2.0, 4.0]
    assert mean_interval(values, 0.99).half_width > mean_interval(values, 0.9).half_width


@pytest.mark.parametrize("values", [[], [1.0]])
def test_one_value_says_nothing_of_its_spread(values):
    assert mean_interval(values) is None
    assert difference_interval(values, [1.0, 2.0]) is None
    assert difference_interval([1.0, 2.0], values) is None


def test_values_that_do_not_vary_are_sure():
    assert mean_interval([5.0, 5.0]).half_width == 0
    assert difference_interval([5.0, 5.0], [6.0, 6.0]) == ConfidenceInterval(1.0, 0.0, 0.95, 4)


def test_relative_to_its_middle():
    assert ConfidenceInterval(-10.0, 1.0, 0.95, 3).relative_half_width == pytest.approx(0.1)
    assert ConfidenceInterval(0.0, 1.0, 0.95, 3).relative_half_width is None
    assert ConfidenceInterval(0.0, 0.0, 0.95, 3).relative_half_width == 0


@given(VALUES)
def test_the_mean_lies_within(values):
    interval = mean_interval(values)
    assert interval.contains(interval.middle)
    assert interval.half_width >= 0


@given(VALUES, VALUES)
def test_a_difference_turned_round_has_the_other_sign_and_the_same_width(before, after):
    one, other = difference_interval(before, after), difference_interval(after, before)
    assert one.middle == pytest.approx(-other.middle)
    assert one.half_width == pytest.approx(other.half_width)
