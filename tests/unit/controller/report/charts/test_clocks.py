"""Clocks and starts as a chart."""

from dataclasses import replace

from tests.runs import run_of_everything, run_of_one_flow

from sockrig.report.charts.chart import to_svg
from sockrig.report.charts.clocks import MOST_ROWS, clock_chart


def test_clocks_and_starts_have_their_error_bars_on_one_axis():
    run = run_of_everything()
    chart = clock_chart(run.agents, run.steps)
    assert "clock of müller-straße: ± 20 µs" in chart.description
    assert "start of bulk: 120 µs ± 80 µs" in chart.description
    assert ">time (µs)<" in to_svg(chart, prefix="")


def test_a_clock_that_is_the_controllers_own_needs_no_bar():
    run = run_of_everything()
    assert "clock of hub" not in clock_chart(run.agents, run.steps).description


def test_without_clocks_and_starts_there_is_no_chart():
    run = run_of_one_flow()
    assert clock_chart(run.agents, run.steps) is None


def test_of_very_many_the_worst_are_shown_and_the_caption_says_so():
    run = run_of_everything()
    many = [replace(run.agents[1], name=f"agent-{number}") for number in range(MOST_ROWS + 5)]
    assert "The 5 with the smallest are left out." in clock_chart(many, ()).caption
