"""Whether runs differ by more than noise: metric by metric, flow by flow. Pure.

Between two runs, a metric with a course (throughput, transactions) is compared by its measured, complete intervals.
Neighbouring intervals resemble each other, so they count as fewer independent values
(:func:`~sockrig.results.confidence.effective_count`). A metric without a course (a percentile, a loss) is one value a
run, and one value says nothing of noise. Where a step is repeated on both sides, each repetition is one value of every
metric. Where there are several runs on both sides, each run is one value (the mean of its repetitions): that also
covers what changes from run to run, and is the best answer.

The capacity that a search has found is a metric of its step. What became of probes is compared pair by pair
(:mod:`sockrig.results.reach_comparison`).

Every verdict is at 95 %: of many comparisons where nothing changed, one in twenty is taken for a difference.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import fmean
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from sockrig.results import quantities
from sockrig.results.confidence import ConfidenceInterval, difference_interval, difference_of_courses
from sockrig.results.model.flow import DelaySpread, FlowResult, IntervalResult, Traffic
from sockrig.results.model.run import RunResult
from sockrig.results.model.search import SearchResult
from sockrig.results.reach_comparison import NO_REACH, ReachComparison, compare_reach
from sockrig.results.step_names import plain_name
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
    """By what a flow of one run is known in another.

    ``step`` is its name without the number of a repetition; ``place`` tells flows of one step apart that are else
    alike, from 1.
    """

    step: str
    group: str
    kind: str
    source: str
    destination: str
    direction: str
    place: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    """One metric of one flow or step: its mean on either side, the difference, and what that means.

    ``half_width`` is that of the difference's confidence interval at 95 %, None where the values do not tell;
    ``values`` says of what they were: intervals, repetitions or runs. Figures are in ``unit``.
    """

    metric: str
    dimension: Annotated[Dimension, Field(exclude=True)]
    unit: str
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


@dataclass(frozen=True, slots=True)
class StepComparison:
    """All metrics that a step itself has on both sides."""

    step: str
    metrics: tuple[MetricComparison, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsComparison:
    """What changed from the runs before to the runs after; flows that are on one side only are named."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    flows: tuple[FlowComparison, ...]
    steps: tuple[StepComparison, ...] = ()
    reach: ReachComparison = NO_REACH
    only_before: tuple[FlowKey, ...]
    only_after: tuple[FlowKey, ...]


Part = TypeVar("Part")
Key = TypeVar("Key", bound=Hashable)

_Side = Sequence[Sequence[Part]]
"""For each run of a side what it has, several where a step is repeated."""
_ThoseOf = Callable[[RunResult], Iterable[tuple[Key, Part]]]


@dataclass(frozen=True, slots=True)
class _Metric(Generic[Part]):
    name: str
    dimension: Dimension
    more_is_better: bool
    figure: Callable[[Part], float | None]
    course: Callable[[Part], Sequence[float]] | None = None


def compare(before: Sequence[RunResult], after: Sequence[RunResult]) -> RunsComparison:
    """Compare the runs of two sides, one or more on each."""
    flows_before, flows_after = _by_run(before, _flows_of), _by_run(after, _flows_of)
    steps_before, steps_after = _by_run(before, _searches_of), _by_run(after, _searches_of)
    return RunsComparison(
        before=tuple(run.run_id for run in before),
        after=tuple(run.run_id for run in after),
        flows=tuple(
            FlowComparison(key, _metrics(_METRICS, flows_before[key], flows_after[key]))
            for key in flows_before
            if key in flows_after
        ),
        steps=tuple(
            StepComparison(name, _metrics((_CAPACITY,), steps_before[name], steps_after[name]))
            for name in steps_before
            if name in steps_after
        ),
        reach=compare_reach(before, after),
        only_before=tuple(key for key in flows_before if key not in flows_after),
        only_after=tuple(key for key in flows_after if key not in flows_before),
    )


def _by_run(runs: Sequence[RunResult], those_of: "_ThoseOf[Key, Part]") -> "Mapping[Key, _Side[Part]]":
    """What each run has under each key; several where a step is repeated."""
    found: dict[Key, list[list[Part]]] = {}
    for run in runs:
        of_run: dict[Key, list[Part]] = {}
        for key, part in those_of(run):
            of_run.setdefault(key, []).append(part)
        for key, parts in of_run.items():
            found.setdefault(key, []).append(parts)
    return found


def _flows_of(run: RunResult) -> Iterator[tuple[FlowKey, FlowResult]]:
    for step in run.steps:
        alike: Counter[FlowKey] = Counter()
        for flow in step.flows:
            key = FlowKey(plain_name(step), flow.group, flow.kind, flow.source, flow.destination, flow.direction)
            alike[key] += 1
            yield replace(key, place=alike[key]), flow


def _searches_of(run: RunResult) -> Iterator[tuple[str, SearchResult]]:
    return ((plain_name(step), step.search) for step in run.steps if step.search is not None)


def _metrics(
    metrics: "Sequence[_Metric[Part]]", before: "_Side[Part]", after: "_Side[Part]"
) -> tuple[MetricComparison, ...]:
    compared = (_compared(metric, before, after) for metric in metrics)
    return tuple(one for one in compared if one is not None)


def _compared(metric: "_Metric[Part]", before: "_Side[Part]", after: "_Side[Part]") -> MetricComparison | None:
    of_runs = _figures(metric, before), _figures(metric, after)
    if not all(of_runs):
        return None
    values, interval = "runs", None
    if all(len(runs) > 1 for runs in of_runs):
        earlier, later = ([fmean(of_run) for of_run in runs] for runs in of_runs)
        interval = difference_interval(earlier, later)
    else:
        earlier, later = ([figure for of_run in runs for figure in of_run] for runs in of_runs)
        if any(len(of_run) > 1 for of_run in (*before, *after)):
            values, interval = "repetitions", difference_interval(earlier, later)
        elif metric.course is not None and len(before) == len(after) == 1:
            values = "intervals"
            interval = difference_of_courses(metric.course(before[0][0]), metric.course(after[0][0]))
    mean_before, mean_after = fmean(earlier), fmean(later)
    difference = mean_after - mean_before
    return MetricComparison(
        metric=metric.name,
        dimension=metric.dimension,
        unit=quantities.BASE_UNITS[metric.dimension],
        before=mean_before,
        after=mean_after,
        difference=difference,
        relative_difference=difference / abs(mean_before) if mean_before else None,
        half_width=None if interval is None else interval.half_width,
        values=values,
        verdict=_verdict(metric, mean_before, difference, interval),
    )


def _figures(metric: "_Metric[Part]", side: "_Side[Part]") -> list[list[float]]:
    """Those that there are, run by run."""
    of_runs = ([value for part in parts if (value := metric.figure(part)) is not None] for parts in side)
    return [figures for figures in of_runs if figures]


def _course(value_of: Callable[[IntervalResult], float | None]) -> Callable[[FlowResult], Sequence[float]]:
    """The course of a metric within a flow."""

    def of(flow: FlowResult) -> Sequence[float]:
        whole = (interval for interval in flow.intervals if interval.measured and interval.complete)
        # The last slot of a flow may be a short one, which one burst or one pause decides.
        longest = max((interval.interval_seconds for interval in flow.intervals), default=0.0)
        return [
            value
            for interval in whole
            if interval.interval_seconds > longest / 2 and (value := value_of(interval)) is not None
        ]

    return of


def _verdict(
    metric: "_Metric[Part]", before: float, difference: float, interval: ConfidenceInterval | None
) -> Comparison:
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


def _spread_metrics(
    name: str, spread_of: Callable[[FlowResult], DelaySpread | None]
) -> tuple[_Metric[FlowResult], ...]:
    def of(read: Callable[[DelaySpread], float]) -> Callable[[FlowResult], float | None]:
        def figure(flow: FlowResult) -> float | None:
            spread = spread_of(flow)
            return read(spread) if spread is not None and spread.valid else None

        return figure

    return (
        _Metric(f"{name} p50", Dimension.TIME, False, of(lambda spread: spread.p50_seconds)),
        _Metric(f"{name} p99", Dimension.TIME, False, of(lambda spread: spread.p99_seconds)),
    )


_METRICS: Sequence[_Metric[FlowResult]] = (
    _Metric(
        "throughput",
        Dimension.BITS_PER_SECOND,
        True,
        lambda flow: None if _asks(flow) else _bits(flow.received),
        _course(lambda interval: _bits(interval.received)),
    ),
    _Metric(
        "packet rate",
        Dimension.PACKETS_PER_SECOND,
        True,
        # Packets of a byte stream are blocks: their rate says no more than the throughput.
        lambda flow: None if _asks(flow) or flow.duplicate_packets is None else _packets(flow.received),
        _course(lambda interval: _packets(interval.received)),
    ),
    _Metric(
        "transactions",
        Dimension.PER_SECOND,
        True,
        lambda flow: flow.transactions_per_second,
        _course(lambda interval: interval.transactions_per_second),
    ),
    _Metric(
        "connections",
        Dimension.PER_SECOND,
        True,
        lambda flow: flow.connections_per_second,
        _course(lambda interval: interval.connections_per_second),
    ),
    _Metric("held connections", Dimension.COUNT, True, lambda flow: flow.held_connections),
    *_spread_metrics("round trip", lambda flow: flow.round_trip),
    *_spread_metrics("connect time", lambda flow: flow.connect_time),
    *_spread_metrics("one-way delay", lambda flow: flow.one_way_delay),
    _Metric("jitter", Dimension.TIME, False, lambda flow: flow.jitter_seconds),
    _Metric("loss", Dimension.RATIO, False, lambda flow: flow.loss_ratio),
    _Metric("retransmits", Dimension.COUNT, False, lambda flow: flow.retransmits),
)

_CAPACITY: _Metric[SearchResult] = _Metric(
    "capacity",
    Dimension.BITS_PER_SECOND,
    True,
    lambda search: None if (found := search.goals[0].conditional_throughput) is None else found.bits_per_second,
)
