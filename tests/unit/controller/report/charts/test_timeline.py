"""The course of flows as charts."""

from dataclasses import replace

import pytest
from tests.runs import flow

from sockrig.report.charts.chart import to_svg
from sockrig.report.charts.timeline import MOST_POINTS, MOST_ROWS, timelines
from sockrig.report.course import CONGESTION_WINDOW, RETRANSMITS, TCP_ROUND_TRIP, THROUGHPUT, TRANSACTIONS


def flows(number):
    return [flow(f"leaf-{index}", "hub", index % 9, name=f"flow {index}") for index in range(number)]


def titles(number, quantity=THROUGHPUT):
    return [chart.title for chart in timelines(flows(number), quantity)]


def test_few_flows_are_lines_in_one_chart():
    assert titles(1) == ["throughput"]
    assert titles(8) == ["throughput of each flow"]


def test_many_flows_are_their_sum_and_a_row_each():
    assert titles(9) == ["throughput of all 9 flows together", "throughput of each flow"]


def test_what_does_not_add_up_is_not_summed():
    assert titles(9, TCP_ROUND_TRIP) == ["TCP round trip of each flow"]


def test_of_too_many_flows_the_caption_says_what_was_left_out():
    _, each = timelines(flows(MOST_ROWS + 6), THROUGHPUT)
    assert "6 between them are left out" in each.caption
    assert to_svg(each, prefix="").count("leaf-") == MOST_ROWS + 2  # the rows, and two in the words for it


def test_flows_that_tell_nothing_of_it_make_no_chart():
    assert timelines(flows(3), TRANSACTIONS) == ()
    assert timelines([], THROUGHPUT) == ()


@pytest.mark.parametrize(
    ("quantity", "axis"),
    [
        (THROUGHPUT, "throughput (Gbit/s)"),
        (TCP_ROUND_TRIP, "TCP round trip (µs)"),
        (CONGESTION_WINDOW, "congestion window (segments)"),
        (RETRANSMITS, "retransmits (per interval)"),
    ],
)
def test_every_axis_has_its_unit(quantity, axis):
    (chart,) = timelines(flows(2), quantity)
    drawn = to_svg(chart, prefix="")
    assert f">{axis}<" in drawn
    assert ">time since the start (s)<" in drawn


def test_numbers_on_axes_have_no_exponent():
    slow = flow("a", "b", 0)
    tiny = tuple(replace(one, received=replace(one.received, bits_per_second=3e-4)) for one in slow.intervals)
    (chart,) = timelines([replace(slow, intervals=tiny)], THROUGHPUT)
    assert "e-" not in "".join(part.split("<")[0] for part in to_svg(chart, prefix="").split(">")[1:])


def test_the_caption_tells_of_the_warm_up_of_missing_samples_and_of_averages():
    (chart,) = timelines(flows(1), THROUGHPUT)
    assert "Shaded: the warm-up" in chart.caption
    assert "Open circles" in chart.caption
    assert "averaged" not in chart.caption
    one = flow("a", "b")
    long = tuple(
        replace(one.intervals[3], at_seconds=0.5 * (number + 1), measured=True) for number in range(MOST_POINTS + 1)
    )
    (chart,) = timelines([replace(one, intervals=long)], THROUGHPUT)
    assert chart.caption == f"Neighbouring intervals are averaged to at most {MOST_POINTS} points."


def test_the_words_for_it_name_every_line_and_its_mean():
    (chart,) = timelines(flows(2), THROUGHPUT)
    assert "leaf-0 > hub: mean" in chart.description
    assert "leaf-1 > hub: mean" in chart.description
