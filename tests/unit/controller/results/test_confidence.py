"""Confidence intervals of means and differences."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig.results.confidence import (
    ConfidenceInterval,
    difference_interval,
    difference_of_courses,
    effective_count,
    mean_interval,
)

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


def test_values_that_resemble_their_neighbours_count_as_fewer():
    alternating, blocks = [0.0, 1.0] * 50, [0.0] * 50 + [1.0] * 50
    assert effective_count(alternating) == 100
    assert effective_count(blocks) < 2
    assert effective_count([5.0] * 7) == 7
    assert effective_count([1.0]) == 1


def test_of_a_long_autoregressive_course_the_count_is_that_of_the_formula():
    random = Random(7)
    values, level = [], 0.0
    for _ in range(20_000):
        level = 0.5 * level + random.gauss(0, 1)
        values.append(level)
    assert effective_count(values) == pytest.approx(20_000 * 0.5 / 1.5, rel=0.05)


def test_courses_of_independent_values_differ_as_independent_values_do():
    before, after = [1.0, 3.0, 1.0, 3.0, 2.0], [11.0, 13.0, 11.0, 13.0, 12.0]
    assert difference_of_courses(before, after) == difference_interval(before, after)


def test_a_course_that_drifts_says_nothing_of_its_mean():
    assert difference_of_courses([float(n) for n in range(50)], [float(n) for n in range(50)]) is None
