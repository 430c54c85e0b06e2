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
_WORDS = {Comparison.NO_DIFFERENCE: "noise"}
_HEADINGS = ("metric", "before", "after", "change", "at 95 %", "verdict")
_SPREADS = {
    "intervals": "over the intervals of each run: what changes from run to run is not in it",
    "repetitions": "over the repetitions in each run: what changes from run to run is not in it",
    "runs": "over the runs",
}
_MOST_CHANGES = 20
"""Probes with another fate that are named; of more, the rest is counted."""
_MANY = 20
"""Comparisons from which one is likely to be wrong by chance, at 95 %."""


def comparison_table(comparison: RunsComparison) -> RenderableType:
    """Under each flow a row for each metric, then what is on one side only, and how to read it."""
    subjects = [(words, [_cells(metric) for metric in metrics]) for words, metrics in _subjects(comparison) if metrics]
    every_row = [_HEADINGS, *(tuple(map(str, row)) for _, rows in subjects for row in rows)]
    widths = [max(map(len, column)) for column in zip(*every_row, strict=True)]
    return Group(
        Text(f"{' '.join(comparison.before)}  →  {' '.join(comparison.after)}", "bold"),
        *(
            part
            for place, (words, rows) in enumerate(subjects)
            for part in (Text(printable(words), "bold"), _table(rows, widths, headed=place == 0))
        ),
        *_reach_lines(comparison.reach),
        *_only("before", comparison.only_before),
        *_only("after", comparison.only_after),
        *(Text(line, "dim") for line in _notes(comparison)),
    )


def _table(rows: Sequence[Sequence[str | Text]], widths: Sequence[int], *, headed: bool) -> Table:
    table = Table(show_header=headed, box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for heading, width in zip(_HEADINGS[:-1], widths[:-1], strict=True):
        table.add_column(heading, justify="left" if heading == "metric" else "right", min_width=width)
    table.add_column(_HEADINGS[-1])
    for row in rows:
        table.add_row(*row)
    return table


def _cells(metric: MetricComparison) -> tuple[str | Text, ...]:
    return (
        metric.metric,
        shown_in(metric.dimension, metric.before),
        shown_in(metric.dimension, metric.after),
        _difference_words(metric),
        "" if metric.half_width is None else f"± {shown_in(metric.dimension, metric.half_width)}",
        Text(_WORDS.get(metric.verdict, metric.verdict.value), _STYLES.get(metric.verdict, "dim")),
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
    spreads = dict.fromkeys(_SPREADS[metric.values] for metric in metrics if metric.half_width is not None)
    notes.extend(f"± {spread}" for spread in spreads)
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
