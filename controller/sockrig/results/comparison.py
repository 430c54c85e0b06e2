"""Whether runs differ by more than noise: metric by metric, flow by flow. Pure.

Between two runs, a metric with a course (throughput, transactions) is compared by its measured, complete intervals.
Neighbouring intervals resemble each other, so they count as fewer independent values
(:func:`~sockrig.results.confidence.effective_count`). A metric without a course (a percentile, a loss) is one value a
run, and one value says nothing of noise. Where there are several runs on both sides, each run is one value of every
metric: that also covers what changes from run to run, and is the better answer.

Every verdict is at 95 %: of many comparisons where nothing changed, one in twenty is taken for a difference.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from sockrig.results.confidence import ConfidenceInterval, difference_interval, difference_of_courses
from sockrig.results.model import DelaySpread, FlowResult, IntervalResult, RunResult, Traffic
from sockrig.scenario.units import Dimension

RESOLUTION = 0.0005
"""Relative difference below which two figures are the same: figures are told with three significant digits."""


class Comparison(StrEnum):
    """What a difference means."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no difference beyond noise"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class FlowKey:
    """By what a flow of one run is known in another."""

    step: str
    group: str
    kind: str
    source: str
    destination: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    """One metric of one flow: its mean on either side, the difference, and what that means.

    ``half_width`` is that of the difference's confidence interval at 95 %, None where the values do not tell;
    ``values`` says of what they were: intervals or runs.
    """

    metric: str
    dimension: Dimension
    before: float
    after: float
    difference: float
    relative_difference: float | None
    half_width: float | None
    values: str
    verdict: Comparison


@dataclass(frozen=True, slots=True)
class FlowComparison:
    """All metrics that a flow has on both sides."""

    flow: FlowKey
    metrics: tuple[MetricComparison, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsComparison:
    """What changed from the runs before to the runs after; flows that are on one side only are named."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    flows: tuple[FlowComparison, ...]
    only_before: tuple[FlowKey, ...]
    only_after: tuple[FlowKey, ...]


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    dimension: Dimension
    more_is_better: bool
    figure: Callable[[FlowResult], float | None]
    course: Callable[[IntervalResult], float | None] | None = None


def compare(before: Sequence[RunResult], after: Sequence[RunResult]) -> RunsComparison:
    """Compare the runs of two sides, one or more on each."""
    flows_before, flows_after = _flows(before), _flows(after)
    both = [key for key in flows_before if key in flows_after]
    return RunsComparison(
        before=tuple(run.run_id for run in before),
        after=tuple(run.run_id for run in after),
        flows=tuple(FlowComparison(key, _metrics(flows_before[key], flows_after[key])) for key in both),
        only_before=tuple(key for key in flows_before if key not in flows_after),
        only_after=tuple(key for key in flows_after if key not in flows_before),
    )


def _flows(runs: Sequence[RunResult]) -> Mapping[FlowKey, Sequence[FlowResult]]:
    """The flows of all runs; those that one run has several times (a repeated step) count as often."""
    found: dict[FlowKey, list[FlowResult]] = {}
    for run in runs:
        for step in run.steps:
            for flow in step.flows:
                key = FlowKey(step.name, flow.group, flow.kind, flow.source, flow.destination, flow.direction)
                found.setdefault(key, []).append(flow)
    return found


def _metrics(before: Sequence[FlowResult], after: Sequence[FlowResult]) -> tuple[MetricComparison, ...]:
    compared = (_compared(metric, before, after) for metric in _METRICS)
    return tuple(one for one in compared if one is not None)


def _compared(metric: _Metric, before: Sequence[FlowResult], after: Sequence[FlowResult]) -> MetricComparison | None:
    figures_before, figures_after = _figures(metric, before), _figures(metric, after)
    if not figures_before or not figures_after:
        return None
    mean_before, mean_after = fmean(figures_before), fmean(figures_after)
    difference = mean_after - mean_before
    if len(figures_before) > 1 and len(figures_after) > 1:
        interval, values = difference_interval(figures_before, figures_after), "runs"
    elif len(before) == len(after) == 1 and metric.course is not None:
        courses = _course(metric.course, before[0]), _course(metric.course, after[0])
        interval, values = difference_of_courses(*courses), "intervals"
    else:
        interval, values = None, "runs"
    return MetricComparison(
        metric=metric.name,
        dimension=metric.dimension,
        before=mean_before,
        after=mean_after,
        difference=difference,
        relative_difference=difference / abs(mean_before) if mean_before else None,
        half_width=None if interval is None else interval.half_width,
        values=values,
        verdict=_verdict(metric, mean_before, difference, interval),
    )


def _figures(metric: _Metric, flows: Sequence[FlowResult]) -> list[float]:
    return [value for flow in flows if (value := metric.figure(flow)) is not None]


def _course(course: Callable[[IntervalResult], float | None], flow: FlowResult) -> list[float]:
    whole = (interval for interval in flow.intervals if interval.measured and interval.complete)
    # The last slot of a flow may be a short one, which one burst or one pause decides.
    longest = max((interval.interval_seconds for interval in flow.intervals), default=0.0)
    return [
        value
        for interval in whole
        if interval.interval_seconds > longest / 2 and (value := course(interval)) is not None
    ]


def _verdict(metric: _Metric, before: float, difference: float, interval: ConfidenceInterval | None) -> Comparison:
    if abs(difference) <= abs(before) * RESOLUTION:
        return Comparison.NO_DIFFERENCE
    if interval is None:
        return Comparison.CANNOT_TELL
    if abs(difference) <= interval.half_width:
        return Comparison.NO_DIFFERENCE
    return Comparison.BETTER if (difference > 0) == metric.more_is_better else Comparison.WORSE


def _bits(traffic: Traffic | None) -> float | None:
    return None if traffic is None else traffic.bits_per_second


def _packets(traffic: Traffic | None) -> float | None:
    return None if traffic is None else traffic.packets_per_second


def _asks(flow: FlowResult) -> bool:
    return flow.transactions is not None or flow.connections is not None


def _spread_metrics(name: str, spread_of: Callable[[FlowResult], DelaySpread | None]) -> tuple[_Metric, ...]:
    def of(read: Callable[[DelaySpread], float]) -> Callable[[FlowResult], float | None]:
        def figure(flow: FlowResult) -> float | None:
            spread = spread_of(flow)
            return read(spread) if spread is not None and spread.valid else None

        return figure

    return (
        _Metric(f"{name} p50", Dimension.TIME, False, of(lambda spread: spread.p50_seconds)),
        _Metric(f"{name} p99", Dimension.TIME, False, of(lambda spread: spread.p99_seconds)),
    )


_METRICS = (
    _Metric(
        "throughput",
        Dimension.BITS_PER_SECOND,
        True,
        lambda flow: None if _asks(flow) else _bits(flow.received),
        lambda interval: _bits(interval.received),
    ),
    _Metric(
        "packet rate",
        Dimension.PACKETS_PER_SECOND,
        True,
        # Packets of a byte stream are blocks: their rate says no more than the throughput.
        lambda flow: None if _asks(flow) or flow.duplicate_packets is None else _packets(flow.received),
        lambda interval: _packets(interval.received),
    ),
    _Metric(
        "transactions",
        Dimension.PER_SECOND,
        True,
        lambda flow: flow.transactions_per_second,
        lambda interval: interval.transactions_per_second,
    ),
    _Metric(
        "connections",
        Dimension.PER_SECOND,
        True,
        lambda flow: flow.connections_per_second,
        lambda interval: interval.connections_per_second,
    ),
    _Metric("held connections", Dimension.COUNT, True, lambda flow: flow.held_connections),
    *_spread_metrics("round trip", lambda flow: flow.round_trip),
    *_spread_metrics("connect time", lambda flow: flow.connect_time),
    *_spread_metrics("one-way delay", lambda flow: flow.one_way_delay),
    _Metric("jitter", Dimension.TIME, False, lambda flow: flow.jitter_seconds),
    _Metric("loss", Dimension.RATIO, False, lambda flow: flow.loss_ratio),
    _Metric("retransmits", Dimension.COUNT, False, lambda flow: flow.retransmits),
)
