"""The course of flows over time: lines where there are few, a field of colours where there are many."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

import altair as alt

from sockrig.report.charts import palette
from sockrig.report.charts.axes import NUMBERS, TIME_TITLE, from_zero, scale_of, title_of
from sockrig.report.charts.chart import HEIGHT, LONGEST_LABEL, WIDTH, Chart, Drawing, room_for, table_of, told_apart
from sockrig.report.course import Point, Quantity, Slots, course_of, thinned, usual_interval_seconds
from sockrig.report.figures import labels_of
from sockrig.results.model.flow import FlowResult
from sockrig.results.quantities import Scale

MOST_POINTS = 300
"""Of one line; a screen shows no more of it."""

_MOST_MARKED = 40
"""With more points than that a line goes without dots."""

MOST_ROWS = 64
_MOST_SLOTS = 40
_ROW_HEIGHT = 13
_LONGEST_ROW_LABEL = 32

_SHORT_LABEL = 22
"""Characters of a legend's labels of which two fit side by side."""


@dataclass(frozen=True, slots=True)
class _Line:
    label: str
    points: tuple[Point, ...]

    @property
    def mean(self) -> float:
        return fmean(one.value for one in self.points)


def timelines(flows: Sequence[FlowResult], quantity: Quantity) -> tuple[Chart, ...]:
    """One chart of up to :data:`~sockrig.report.charts.palette.MOST_SERIES` flows; of more, their sum and each of them.

    Flows that tell nothing of the quantity are left out; where none does there is no chart.
    """
    labels = told_apart(labels_of(flows), LONGEST_LABEL if len(flows) <= palette.MOST_SERIES else _LONGEST_ROW_LABEL)
    lines = [
        _Line(label, points) for label, flow in zip(labels, flows, strict=True) if (points := course_of(flow, quantity))
    ]
    if not lines:
        return ()
    warmup = _warmup_seconds(flows)
    if len(lines) <= palette.MOST_SERIES:
        title = quantity.name if len(lines) == 1 else f"{quantity.name} of each flow"
        return (_lines(lines, quantity, warmup, title),)
    interval_seconds = usual_interval_seconds(flows)
    each = _field(lines, quantity, interval_seconds)
    if not quantity.adds_up:
        return (each,)
    together = _sum_of(lines, interval_seconds)
    name = f"{quantity.name} of all {len(lines)} flows together"
    return (_lines([together], quantity, warmup, name), each) if together.points else (each,)


def _warmup_seconds(flows: Sequence[FlowResult]) -> float:
    return max((one.at_seconds for flow in flows for one in flow.intervals if not one.measured), default=0.0)


def _sum_of(lines: Sequence[_Line], interval_seconds: float) -> _Line:
    """The sum in slots of one interval; where a flow that still lasted told nothing, it is marked as too low."""
    slots = Slots.of([line.points for line in lines], interval_seconds, MOST_POINTS)
    width = slots.width_seconds
    rows = [slots.values(line.points) for line in lines]
    points = []
    for number in range(slots.number):
        begin, end = number * width, (number + 1) * width
        told = [value for row in rows if (value := row[number]) is not None]
        lasting = sum(line.points[0].at_seconds < end and line.points[-1].at_seconds >= begin for line in lines)
        if told:
            points.append(Point((begin + end) / 2, sum(told), complete=len(told) >= lasting))
    return _Line("all flows together", tuple(points))


def _lines(lines: Sequence[_Line], quantity: Quantity, warmup_seconds: float, title: str) -> Chart:
    thin = [_Line(line.label, thinned(line.points, MOST_POINTS)) for line in lines]
    scale = scale_of(quantity, (one.value for line in thin for one in line.points))
    data = table_of(
        [
            {"x": one.at_seconds, "y": one.value / scale.divisor, "flow": line.label, "complete": one.complete}
            for line in thin
            for one in line.points
        ]
    )
    layers: list[alt.Chart] = []
    if warmup_seconds:
        layers.append(_warmup(warmup_seconds))
    time = alt.X(
        "x:Q", title=TIME_TITLE, axis=alt.Axis(format=NUMBERS, grid=False), scale=alt.Scale(zero=True, nice=False)
    )
    base = alt.Chart(data).encode(x=time, y=from_zero(title_of(quantity.name, scale)))
    layers.append(base.mark_line(strokeWidth=2, interpolate="linear").encode(**series([line.label for line in thin])))
    colour = {"color": series([line.label for line in thin])["color"]}
    if max(len(line.points) for line in thin) <= _MOST_MARKED:
        layers.append(
            base.transform_filter("datum.complete").mark_point(size=26, filled=True, opacity=1).encode(**colour)
        )
    partial = any(not one.complete for line in thin for one in line.points)
    if partial:
        layers.append(
            base.transform_filter("!datum.complete")
            .mark_point(size=44, fill=palette.BACKGROUND, opacity=1, strokeWidth=1.5)
            .encode(**colour)
        )
    averaged = any(len(line.points) > MOST_POINTS for line in lines)
    return Chart(
        alt.layer(*layers).properties(width=WIDTH, height=HEIGHT),
        title,
        _caption(quantity, warmup=bool(warmup_seconds), partial=partial, averaged=averaged),
        _description(lines, quantity, scale),
    )


def series(labels: Sequence[str]) -> dict[str, Any]:
    """Colour and dash of each of these lines; a single one needs no legend."""
    colours = [palette.SERIES[number % len(palette.SERIES)] for number in range(len(labels))]
    dashes = [list(palette.DASHES[number // len(palette.SERIES)]) for number in range(len(labels))]
    columns = 2 if max(map(len, labels)) <= _SHORT_LABEL else 1
    legend = alt.Legend(title=None, orient="bottom", columns=columns, symbolType="stroke") if len(labels) > 1 else None
    return {
        "color": alt.Color("flow:N", scale=alt.Scale(domain=list(labels), range=colours), sort=None, legend=legend),
        "strokeDash": alt.StrokeDash("flow:N", scale=alt.Scale(domain=list(labels), range=dashes), legend=legend),
    }


def _warmup(until_seconds: float) -> alt.Chart:
    shade: alt.Chart = alt.Chart(table_of([{"from": 0.0, "to": until_seconds}])).mark_rect(
        color=palette.SHADE, opacity=1
    )
    return shade.encode(x=alt.X("from:Q"), x2=alt.X2("to:Q"))


def _caption(quantity: Quantity, *, warmup: bool, partial: bool, averaged: bool) -> str:
    facts = []
    if not quantity.over_interval:
        facts.append("As TCP had it at the end of each interval.")
    if warmup:
        facts.append("Shaded: the warm-up, which the results leave out.")
    if partial:
        facts.append("Open circles: samples of some worker are missing, so that the value is too low.")
    if averaged:
        facts.append(f"Neighbouring intervals are averaged to at most {MOST_POINTS} points.")
    return " ".join(facts)


def _description(lines: Sequence[_Line], quantity: Quantity, scale: Scale) -> str:
    means = [line.mean / scale.divisor for line in lines]
    what = f"{quantity.name} over time, in {scale.unit}"
    if len(lines) == 1:
        return f"Line chart of {what}: {lines[0].label}, mean {means[0]:.3g}."
    told = "; ".join(f"{line.label}: mean {mean:.3g}" for line, mean in zip(lines, means, strict=True))
    return f"Line chart of {what}. {told}."


def _field(lines: Sequence[_Line], quantity: Quantity, interval_seconds: float) -> Chart:
    """A row a flow, time to the right, the value as lightness."""
    shown = _outermost(lines)
    slots = Slots.of([line.points for line in shown], interval_seconds, _MOST_SLOTS)
    width = slots.width_seconds
    early = 0.0 if quantity.over_interval else interval_seconds / 2  # what is so at an interval's end belongs to it
    rows = [
        (line.label, slots.values([replace(one, at_seconds=one.at_seconds - early) for one in line.points]))
        for line in shown
    ]
    scale = scale_of(quantity, (value for _, row in rows for value in row if value is not None))
    data = table_of(
        [
            {"from": number * width, "to": (number + 1) * width, "flow": label, "value": value / scale.divisor}
            for label, row in rows
            for number, value in enumerate(row)
            if value is not None
        ]
    )
    room = room_for([line.label for line in shown], font_size=11)
    drawing: Drawing = (
        alt.Chart(data)
        .mark_rect()
        .encode(
            x=alt.X("from:Q", title=TIME_TITLE, axis=alt.Axis(format=NUMBERS, grid=False), scale=alt.Scale(nice=False)),
            x2=alt.X2("to:Q"),
            y=alt.Y(
                "flow:N",
                title=None,
                sort=None,
                axis=alt.Axis(labelFontSize=11, labelOverlap=False, ticks=False, domain=False, **room),
                scale=alt.Scale(paddingInner=0.1),
            ),
            color=alt.Color(
                "value:Q",
                title=title_of(quantity.name, scale),
                scale=alt.Scale(range=list(palette.HEAT), domainMin=0),
                legend=alt.Legend(orient="top", format=NUMBERS, gradientLength=WIDTH // 2, titleLimit=WIDTH),
            ),
        )
        .properties(width=WIDTH - 90, height=_ROW_HEIGHT * len(shown))
    )
    left_out = len(lines) - len(shown)
    return Chart(
        drawing,
        f"{quantity.name} of each flow",
        f"A row for each flow, {_order(left_out)}; the darker, the more. Where there was no sample it is blank.",
        f"Field of colours: {quantity.name} of {len(shown)} flows over time, in {scale.unit}. Lowest mean: "
        f"{shown[-1].label}, {shown[-1].mean / scale.divisor:.3g}; highest: "
        f"{shown[0].label}, {shown[0].mean / scale.divisor:.3g}.",
    )


def _outermost(lines: Sequence[_Line]) -> list[_Line]:
    """In order of their means, the highest first; of too many those at both ends."""
    ordered = sorted(lines, key=lambda line: line.mean, reverse=True)
    if len(ordered) <= MOST_ROWS:
        return ordered
    return ordered[: MOST_ROWS // 2] + ordered[-MOST_ROWS // 2 :]


def _order(left_out: int) -> str:
    if not left_out:
        return "the highest mean first"
    return f"those with the highest and the lowest means; {left_out} between them are left out"
