"""A flow's course."""

from dataclasses import replace

import pytest
from tests.runs import flow

from sockrig.report.course import (
    CONGESTION_WINDOW,
    CONNECTIONS,
    SENT,
    THROUGHPUT,
    TRANSACTIONS,
    Point,
    Slots,
    course_of,
    main_quantity,
    thinned,
)


def test_what_is_of_an_interval_stands_in_its_middle_and_a_state_at_its_end():
    one = flow("a", "b")
    assert [point.at_seconds for point in course_of(one, THROUGHPUT)][:2] == [0.25, 0.75]
    assert [point.at_seconds for point in course_of(one, CONGESTION_WINDOW)][:2] == [0.5, 1.0]


def test_the_short_rest_at_the_end_is_left_out():
    one = flow("a", "b")
    rest = replace(one.intervals[-1], at_seconds=6.01, interval_seconds=0.01)
    assert course_of(replace(one, intervals=(*one.intervals, rest)), THROUGHPUT) == course_of(one, THROUGHPUT)


def test_a_flow_is_measured_by_what_it_does():
    one = flow("a", "b")
    assert main_quantity(one) is THROUGHPUT
    assert main_quantity(replace(one, transactions=5)) is TRANSACTIONS
    assert main_quantity(replace(one, transactions=5, connections=5)) is CONNECTIONS
    unseen = tuple(replace(interval, received=None) for interval in one.intervals)
    assert main_quantity(replace(one, intervals=unseen)) is SENT


def test_a_flow_that_holds_its_connections_is_measured_by_its_transactions():
    one = replace(flow("a", "b"), transactions=5, connections=5, held_connections=5)
    assert main_quantity(one) is TRANSACTIONS


def test_slots_hold_one_interval_each_or_several_where_there_are_too_many():
    points = [Point(0.25 + 0.5 * number, float(number)) for number in range(6)]
    assert Slots.of([points], 0.5, most=10).values(points) == [0, 1, 2, 3, 4, 5]
    assert Slots.of([points], 0.5, most=3).values(points) == [0.5, 2.5, 4.5]


def test_a_slot_without_a_complete_value_is_empty():
    points = [Point(0.25, 1.0), Point(0.75, 1.0, complete=False), Point(1.25, 1.0)]
    assert Slots.of([points], 0.5, most=10).values(points) == [1.0, None, 1.0]


def test_slots_of_nothing_are_one_and_empty():
    assert Slots.of([], 0.0, most=10).values([]) == [None]


@pytest.mark.parametrize(("most", "length"), [(100, 10), (10, 10), (4, 4), (1, 1)])
def test_thinning_averages_neighbours(most, length):
    points = [Point(float(number), float(number)) for number in range(10)]
    thin = thinned(points, most)
    assert len(thin) == length
    assert thin[0].value == sum(range(-(-10 // length))) / -(-10 // length)
