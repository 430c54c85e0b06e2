"""The tables of ``sockrig compare``."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sockrig.cli.words import counted
from sockrig.report.printable import printable
from sockrig.results import quantities
from sockrig.results.comparison import Comparison, FlowKey, MetricComparison, RunsComparison
from sockrig.results.evaluation import shown_in
from sockrig.results.reach_comparison import ReachComparison
from sockrig.scenario.units import Dimension

_STYLES = {Comparison.BETTER: "green", Comparison.WORSE: "bold red", Comparison.CANNOT_TELL: "yellow"}
_MOST_CHANGES = 20
"""Probes with another fate that are named; of more, the rest is counted."""
_MANY = 20
"""Comparisons from which one is likely to be wrong by chance, at 95 %."""


def comparison_table(comparison: RunsComparison) -> RenderableType:
    """One row for each metric of each flow, what is on one side only, and how to read it."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("flow", "metric", "before", "after", "difference", "at 95 %", "verdict"):
        number = heading in {"before", "after", "difference", "at 95 %"}
        table.add_column(heading, justify="right" if number else "left", overflow="fold")
    for subject, metrics in _subjects(comparison):
        for place, metric in enumerate(metrics):
            table.add_row(
                Text(printable(subject)) if place == 0 else "",
                metric.metric,
                shown_in(metric.dimension, metric.before),
                shown_in(metric.dimension, metric.after),
                _difference_words(metric),
                "" if metric.half_width is None else f"± {shown_in(metric.dimension, metric.half_width)}",
                Text(metric.verdict.value, _STYLES.get(metric.verdict, "dim")),
            )
    return Group(
        Text(f"{' '.join(comparison.before)}  →  {' '.join(comparison.after)}", "bold"),
        *([table] if table.row_count else []),
        *_reach_lines(comparison.reach),
        *_only("before", comparison.only_before),
        *_only("after", comparison.only_after),
        *(Text(line, "dim") for line in _notes(comparison)),
    )


def _subjects(comparison: RunsComparison) -> Iterator[tuple[str, Sequence[MetricComparison]]]:
    """What is compared, and its metrics."""
    for flow in comparison.flows:
        yield _flow_words(flow.flow), flow.metrics
    for step in comparison.steps:
        yield f"{step.step}: search", step.metrics


def _reach_lines(reach: ReachComparison) -> Iterator[Text]:
    if not reach.compared:
        return
    as_before = reach.compared - len(reach.changes)
    yield Text(f"reach: {as_before} of {counted(reach.compared, 'probe')} as before")
    for change in reach.changes[:_MOST_CHANGES]:
        probe = change.probe
        fates = f"{' or '.join(change.before)}  →  {' or '.join(change.after)}"
        where = f"{probe.step}: {probe.source} > {probe.destination} {probe.protocol}/{probe.port}"
        style = {True: "green", False: "bold red", None: "yellow"}[change.met]
        yield Text.assemble(f"  {printable(where)}  ", (fates, style))
    if more := reach.changes[_MOST_CHANGES:]:
        yield Text(f"  and {len(more)} more: --json has all", "dim")


def _notes(comparison: RunsComparison) -> list[str]:
    metrics = [metric for _, of_subject in _subjects(comparison) for metric in of_subject]
    notes = []
    if not metrics and not comparison.reach.compared:
        notes.append("the runs have no figures in common")
    if any(metric.verdict is Comparison.CANNOT_TELL for metric in metrics):
        notes.append(
            "cannot tell: too few values to know the noise; repeat the step, or give several runs a side: "
            "sockrig compare A1,A2 B1,B2"
        )
    judged = sum(metric.half_width is not None for metric in metrics)
    if judged >= _MANY:
        notes.append(f"of {counted(judged, 'comparison')} at 95 %, about {judged / 20:.0f} differ by chance alone")
    return notes


def _only(side: str, flows: Sequence[FlowKey]) -> list[Text]:
    return [Text(printable(f"only {side}: {_flow_words(flow)}")) for flow in flows]


def _flow_words(flow: FlowKey) -> str:
    reverse = " (reverse)" if flow.direction == "reverse" else ""
    group = f"{flow.group} " if flow.group else ""
    place = f" ({flow.place})" if flow.place > 1 else ""
    return f"{flow.step}: {group}{flow.kind} {flow.source} > {flow.destination}{reverse}{place}"


def _difference_words(metric: MetricComparison) -> str:
    sign = "+" if metric.difference > 0 else ""
    if metric.relative_difference is None or metric.dimension is Dimension.RATIO:
        return f"{sign}{shown_in(metric.dimension, metric.difference)}"
    return f"{sign}{quantities.share(metric.relative_difference)}"
