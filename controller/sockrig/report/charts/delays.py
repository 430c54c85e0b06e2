"""How times are spread: percentiles on an axis that opens up towards the tail, and their distribution."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

import altair as alt

from sockrig.report.charts import palette
from sockrig.report.charts.axes import NUMBERS, suits_log, time_axis, title_of
from sockrig.report.charts.chart import HEIGHT, WIDTH, Chart, table_of, told_apart
from sockrig.report.charts.timeline import series
from sockrig.report.figures import labels_of
from sockrig.results import quantities
from sockrig.results.distribution import added, percentile_curve, shares_between
from sockrig.results.model.flow import DelayBin, DelaySpread, FlowResult
from sockrig.results.quantities import Scale

TIMES = (("round_trip", "round trip"), ("one_way_delay", "one-way delay"), ("connect_time", "time to connect"))
"""Which times a flow may have, and what they are called."""

_BINS_PER_DECADE = 24
"""About 10 % wide each, so that none is narrower than those of the document."""

_BINS = 30
_OUTERMOST = 0.001
"""Of the values at each end so many are not in the histogram: a few stragglers would press all others together."""

_ALL = "all flows together"


@dataclass(frozen=True, slots=True)
class _Spread:
    label: str
    bins: tuple[DelayBin, ...]
    highest_seconds: float
    uncertainty_seconds: float
    valid: bool

    @property
    def count(self) -> int:
        return sum(one.count for one in self.bins)


def delay_charts(flows: Sequence[FlowResult], key: str, name: str) -> tuple[Chart, ...]:
    """The percentiles and the distribution of one of :data:`TIMES`; nothing where no flow has it."""
    labels = told_apart(labels_of(flows))
    spreads = [
        _spread(label, spread)
        for label, flow in zip(labels, flows, strict=True)
        if (spread := getattr(flow, key)) is not None and spread.distribution
    ]
    if not spreads:
        return ()
    shown, left_out = _chosen(spreads)
    low = min(one.bins[0].from_seconds for one in shown)
    high = max(one.highest_seconds for one in shown)
    scale = quantities.time_scale(max(abs(low), abs(high)))
    caption = " ".join(part for part in (left_out, _of_clocks(shown)) if part)
    return (
        _percentiles(shown, name, scale, caption),
        _distribution(shown, name, scale, caption),
    )


def _spread(label: str, spread: DelaySpread) -> _Spread:
    return _Spread(
        label if spread.valid else f"{label} (invalid)",
        spread.distribution,
        spread.max_seconds,
        spread.uncertainty_seconds or 0.0,
        spread.valid,
    )


def _chosen(spreads: Sequence[_Spread]) -> tuple[list[_Spread], str]:
    """Of many flows: all together, and those with the lowest and the highest 99th percentile."""
    if len(spreads) <= palette.MOST_SERIES:
        return list(spreads), ""
    ordered = sorted(spreads, key=_tail)
    together = _Spread(
        _ALL,
        added(one.bins for one in spreads),
        max(one.highest_seconds for one in spreads),
        max(one.uncertainty_seconds for one in spreads),
        all(one.valid for one in spreads),
    )
    return (
        [together, ordered[-1], ordered[0]],
        f"All {len(spreads)} flows together, and the two with the highest and the lowest 99th percentile.",
    )


def _tail(spread: _Spread) -> float:
    return min(_value_at(spread, 0.99), spread.highest_seconds)


def _value_at(spread: _Spread, ratio: float) -> float:
    """What this share of the values is not above, as far as the document's bins tell."""
    return next(point.seconds for point in percentile_curve(spread.bins) if point.ratio >= ratio)


def _of_clocks(spreads: Sequence[_Spread]) -> str:
    uncertain = max(one.uncertainty_seconds for one in spreads)
    facts = []
    if uncertain:
        facts.append(f"Two clocks took part: every value may be off by {quantities.time(uncertain)} (shaded).")
    if not all(one.valid for one in spreads):
        facts.append("Invalid: the clocks' uncertainty exceeds the median.")
    return " ".join(facts)


def _percentiles(spreads: Sequence[_Spread], name: str, scale: Scale, caption: str) -> Chart:
    """Percentiles to the right, each nine as far from the next: as HdrHistogram's plots have them."""
    rows, lowest, highest = [], None, 0.0
    most = max(one.count for one in spreads)
    for one in spreads:
        for point in percentile_curve(one.bins):
            seconds = min(point.seconds, one.highest_seconds)
            low, high = seconds - one.uncertainty_seconds, seconds + one.uncertainty_seconds
            rows.append(
                {
                    "x": _nines(point.ratio, one.count),
                    "y": seconds / scale.divisor,
                    "low": low / scale.divisor,
                    "high": high / scale.divisor,
                    "flow": one.label,
                }
            )
            lowest = low if lowest is None else min(lowest, low)
            highest = max(highest, high)
    assert lowest is not None, "a spread has values"
    until = max(2.0, ceil(log10(most) * 10) / 10)
    axis = time_axis(title_of(name, scale), lowest / scale.divisor, highest / scale.divisor, field="y")
    ticks = [0.0, log10(2), *(float(nines) for nines in range(1, int(until) + 1))]
    base = alt.Chart(table_of(rows)).encode(
        x=alt.X(
            "x:Q",
            title="percentile (% of values that are not above)",
            scale=alt.Scale(domain=[0, until], nice=False),
            axis=alt.Axis(values=ticks, labelExpr=_percent_labels(ticks), labelOverlap="greedy"),
        )
    )
    labels = [one.label for one in spreads]
    layers = [base.mark_line(strokeWidth=2).encode(y=alt.Y(**axis), **series(labels))]
    if any(one.uncertainty_seconds for one in spreads):
        band = base.mark_area(fillOpacity=0.18, strokeOpacity=0).encode(
            y=alt.Y(**{**axis, "shorthand": "low:Q"}), y2=alt.Y2("high:Q"), color=series(labels)["color"]
        )
        layers.insert(0, band)
    told = "; ".join(f"{one.label}: 99 % are not above {quantities.time(_tail(one))}" for one in spreads)
    return Chart(
        alt.layer(*layers).properties(width=WIDTH, height=HEIGHT),
        f"percentiles of the {name}",
        caption,
        f"Line chart of the percentiles of the {name}, in {scale.unit}. {told}.",
    )


def _nines(ratio: float, count: int) -> float:
    """How many nines a percentile has: 0.9 is 1, 0.99 is 2; the largest of n values is where 1 of n is above."""
    above = max(1 - ratio, 1 / count)
    return -log10(above)


def _percent_labels(ticks: Sequence[float]) -> str:
    """A Vega expression: the tick at each place as a percentage."""
    texts = ["0", "50", "90", "99", *(f"99.{'9' * (nines - 2)}" for nines in range(3, len(ticks)))]
    cases = [f"datum.value < {tick + 0.01:.3f} ? '{text}'" for tick, text in zip(ticks, texts, strict=False)]
    return " : ".join([*cases, "''"])


def _distribution(spreads: Sequence[_Spread], name: str, scale: Scale, caption: str) -> Chart:
    low = min(_value_at(one, _OUTERMOST) for one in spreads)
    high = max(_value_at(one, 1 - _OUTERMOST) for one in spreads)
    cut = any(one.bins[0].from_seconds < low or one.bins[-1].to_seconds > high for one in spreads)
    edges = _edges(low, high)
    rows = [
        {"x": edge / scale.divisor, "y": share * 100, "flow": one.label}
        for one in spreads
        for edge, share in zip(edges, (*shares_between(one.bins, edges), 0.0), strict=True)
    ]
    axis = time_axis(title_of(name, scale), edges[0] / scale.divisor, edges[-1] / scale.divisor, field="x", grid=False)
    base = alt.Chart(table_of(rows)).encode(
        x=alt.X(**axis),
        y=alt.Y("y:Q", title="share of the values (%)", axis=alt.Axis(format=NUMBERS, tickCount=5)),
    )
    labels = [one.label for one in spreads]
    layers = [base.mark_line(interpolate="step-after", strokeWidth=2).encode(**series(labels))]
    if len(spreads) == 1:
        layers.insert(0, base.mark_area(interpolate="step-after", fillOpacity=0.18, color=palette.SERIES[0]))
    modes = []
    for one in spreads:
        shares = shares_between(one.bins, edges)
        top = shares.index(max(shares))
        modes.append(f"{one.label}: most around {quantities.time((edges[top] + edges[top + 1]) / 2)}")
    return Chart(
        alt.layer(*layers).properties(width=WIDTH, height=HEIGHT),
        f"distribution of the {name}",
        " ".join(
            part
            for part in (caption.replace(" (shaded)", ""), "The outermost 0.1 % lie beyond the axis." if cut else "")
            if part
        ),
        f"Histogram of the {name}, in {scale.unit}. {'; '.join(modes)}.",
    )


def _edges(low: float, high: float) -> list[float]:
    """The ends of bins that look equally wide on the axis that is drawn."""
    if high <= low:
        low, high = low - 0.05 * abs(low), high + 0.05 * abs(high) + 1e-9
    if suits_log(low, high):
        count = max(4, ceil(log10(high / low) * _BINS_PER_DECADE))
        return [low * (high / low) ** (number / count) for number in range(count + 1)]
    return [low + (high - low) * number / _BINS for number in range(_BINS + 1)]
