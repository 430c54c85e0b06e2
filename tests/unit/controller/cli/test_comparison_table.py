"""The table of a comparison."""

from rich.console import Console

from sockrig.cli.comparison_table import comparison_table
from sockrig.results.comparison import (
    Comparison,
    FlowComparison,
    FlowKey,
    MetricComparison,
    RunsComparison,
    StepComparison,
)
from sockrig.results.reach_comparison import ReachChange, ReachComparison, ReachKey
from sockrig.scenario.units import Dimension

FLOW = FlowKey("load", "up", "tcp-stream", "a", "b", "forward")


def metric(name="throughput", dimension=Dimension.BITS_PER_SECOND, *, before=1e9, after=9e8, **facts):
    facts = {"half_width": 1e7, "verdict": Comparison.WORSE} | facts
    return MetricComparison(
        metric=name, dimension=dimension, unit="", before=before, after=after, difference=after - before,
        relative_difference=(after - before) / before if before else None, values="intervals", **facts,
    )  # fmt: skip


def shown(*metrics, only_before=(), only_after=(), width=160, **more):
    comparison = RunsComparison(
        before=("r1",), after=("r2",), flows=(FlowComparison(FLOW, metrics),) if metrics else (),
        only_before=only_before, only_after=only_after, **more,
    )  # fmt: skip
    console = Console(width=width)
    with console.capture() as captured:
        console.print(comparison_table(comparison))
    return captured.get()


def test_a_row_says_before_after_difference_its_interval_and_what_it_means():
    text = shown(metric())
    for words in ("load: up tcp-stream a > b", "1 Gbit/s", "900 Mbit/s", "-10 %", "± 10 Mbit/s", "worse"):
        assert words in text


def test_a_ratio_differs_by_its_points_and_from_nothing_in_its_own_unit():
    loss = metric("loss", Dimension.RATIO, before=0.01, after=0.03, half_width=None, verdict=Comparison.CANNOT_TELL)
    assert "+2 %" in shown(loss)
    text = shown(metric("retransmits", Dimension.COUNT, before=0.0, after=7.0))
    assert "+7" in text


def test_what_cannot_be_told_says_how_it_could():
    assert "several runs a side" in shown(metric(half_width=None, verdict=Comparison.CANNOT_TELL))
    assert "several runs a side" not in shown(metric())


def test_it_says_over_what_the_intervals_are():
    assert "± over the intervals of each run" in shown(metric())
    assert "±" not in shown(metric(half_width=None, verdict=Comparison.CANNOT_TELL))


def test_it_fits_a_terminal_of_80_columns():
    text = shown(metric("one-way delay p50", before=11.1e9, after=99.9e9, half_width=12.3e6), width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "worse" in text


def test_probes_with_another_fate_are_named_and_the_others_counted():
    change = ReachChange(ReachKey("mesh", "a", "b", "tcp", 22), ("open",), ("dropped", "open"), met=False)
    text = shown(reach=ReachComparison(30, (change,) * 25, 0, 0))
    assert "reach: 5 of 30 probes as before" in text
    assert text.count("mesh: a > b tcp/22  open  →  dropped or open") == 20
    assert "and 5 more" in text
    assert "no figures in common" not in text


def test_a_step_has_metrics_of_its_own():
    assert "capacity: search" in shown(steps=(StepComparison("capacity", (metric("capacity"),)),))


def test_many_comparisons_say_how_many_differ_by_chance():
    assert "of 40 comparisons at 95 %, about 2 differ by chance" in shown(*[metric()] * 40)


def test_flows_of_one_side_are_named():
    text = shown(only_before=(FLOW,), only_after=(FLOW,))
    assert "only before: load: up tcp-stream a > b" in text
    assert "only after: load" in text
    assert "no figures in common" in text
