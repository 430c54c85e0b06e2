"""Times as charts."""

from dataclasses import replace

from tests.runs import flow, run_of_everything, run_of_one_flow

from sockrig.report.charts.chart import to_svg
from sockrig.report.charts.delays import delay_charts
from sockrig.results.model.flow import DelayBin

DATAGRAMS = run_of_everything().steps[1].flows
ASKING = run_of_one_flow().steps[0].flows


def test_times_are_shown_as_percentiles_and_as_a_distribution():
    percentiles, distribution = delay_charts(ASKING, "round_trip", "round trip")
    drawn = to_svg(percentiles, prefix="")
    for text in ("round trip (µs)", "percentile (% of values that are not above)", "50", "90", "99", "99.9"):
        assert f">{text}<" in drawn
    drawn = to_svg(distribution, prefix="")
    assert ">share of the values (%)<" in drawn
    assert ">round trip (µs)<" in drawn


def test_a_time_between_two_clocks_has_its_error_bar_and_says_where_it_is_invalid():
    percentiles, distribution = delay_charts(DATAGRAMS, "one_way_delay", "one-way delay")
    assert "may be off by 300 µs (shaded)" in percentiles.caption
    assert "(shaded)" not in distribution.caption
    for chart in (percentiles, distribution):
        assert "Invalid: the clocks' uncertainty exceeds the median." in chart.caption
        assert "(invalid)" in to_svg(chart, prefix="")


def test_a_time_of_one_clock_has_none():
    for chart in delay_charts(ASKING, "round_trip", "round trip"):
        assert "clock" not in chart.caption


def test_many_flows_are_shown_together_with_the_best_and_the_worst():
    many = [replace(ASKING[0], name=f"flow {number}", source=f"leaf-{number}") for number in range(20)]
    percentiles, _ = delay_charts(many, "round_trip", "round trip")
    assert percentiles.caption.startswith("All 20 flows together")
    assert to_svg(percentiles, prefix="").count("all flows together") == 2  # its line's name, and the words for it


def test_flows_without_the_time_make_no_chart():
    assert delay_charts([flow("a", "b")], "round_trip", "round trip") == ()


def test_negative_and_single_values_can_be_drawn():
    spread = DATAGRAMS[0].one_way_delay
    for bins in (
        (
            DelayBin(from_seconds=-2e-6, to_seconds=-1e-6, count=3),
            DelayBin(from_seconds=1e-6, to_seconds=2e-6, count=1),
        ),
        (DelayBin(from_seconds=0.0, to_seconds=1e-9, count=1),),
        (DelayBin(from_seconds=-3e-6, to_seconds=-2e-6, count=1),),
    ):
        odd = replace(DATAGRAMS[0], one_way_delay=replace(spread, distribution=bins, max_seconds=bins[-1].to_seconds))
        for chart in delay_charts([odd], "one_way_delay", "one-way delay"):
            assert "NaN" not in to_svg(chart, prefix="")
