"""Whether an expectation holds: one table says what each metric is over several flows. Pure.

Rates and counts are sums, loss is all lost over all sent, percentiles come from merged histograms, fairness is Jain's
index, jitter is that of the worst flow, and a word must be that of every flow. A metric without data fails its
expectation and says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from types import MappingProxyType

from sockrig.results import quantities
from sockrig.results.model import DelaySpread, ExpectationResult, FlowResult, Traffic, Verdict
from sockrig.results.statistics import jain_index
from sockrig.scenario.expectations import Expectation, Operator
from sockrig.scenario.units import Dimension
from sockrig_wire.histogram import merge, percentile
from sockrig_wire.model.flows import Histogram

_HELD_BY_EQUALS = frozenset({Operator.AT_LEAST, Operator.AT_MOST, Operator.EQUAL})
_ROUNDING = 1e-9
"""Relative difference up to which two values are equal: what sums of floats lose, and far below any measurement."""

_SHOW: Mapping[Dimension, Callable[[float], str]] = MappingProxyType(
    {
        Dimension.TIME: quantities.time,
        Dimension.BITS_PER_SECOND: quantities.bit_rate,
        Dimension.PACKETS_PER_SECOND: quantities.packet_rate,
        Dimension.SIZE: quantities.size,
        Dimension.RATIO: quantities.share,
        Dimension.COUNT: quantities.count,
        Dimension.PER_SECOND: quantities.event_rate,
    }
)

_PERCENT: Mapping[str, float] = MappingProxyType(
    {"min": 0.0, "p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9, "max": 100.0}
)


def evaluate(
    expectation: Expectation, flows: Sequence[FlowResult], *, start_skew_seconds: float | None
) -> ExpectationResult:
    """Judge one expectation on the flows of its step: all of them, or those that bear the name it gives."""
    meant = [flow for flow in flows if expectation.flow is None or flow.group == expectation.flow]
    if expectation.metric == "start_skew":
        value: float | str | None = start_skew_seconds
        missing = "no start skew was measured"
    elif not meant:
        value = None
        missing = f"no flow {expectation.flow!r}" if expectation.flow else "no flows"
    else:
        value = _METRICS[expectation.metric](meant, expectation.percentile) if expectation.metric in _METRICS else None
        missing = _why_missing(expectation, meant)
    if value is None:
        return ExpectationResult(text=expectation.text, verdict=Verdict.FAILED, measured=f"no data: {missing}")
    return ExpectationResult(
        text=expectation.text,
        verdict=Verdict.PASSED if _holds(expectation, value) else Verdict.FAILED,
        measured=_shown(expectation, value),
        measured_value=value if isinstance(value, str) else float(value),
    )


def _holds(expectation: Expectation, value: float | str) -> bool:
    wanted = expectation.value
    if isinstance(value, str) or isinstance(wanted, str):
        return value == wanted
    if isclose(value, wanted, rel_tol=_ROUNDING):
        return expectation.operator in _HELD_BY_EQUALS
    if expectation.operator in {Operator.AT_LEAST, Operator.MORE}:
        return value > wanted
    return expectation.operator in {Operator.AT_MOST, Operator.LESS} and value < wanted


def _shown(expectation: Expectation, value: float | str) -> str:
    if isinstance(value, str):
        return value
    if expectation.metric == "fairness":
        return quantities.significant(value)
    return shown_in(expectation.dimension, value)


def shown_in(dimension: Dimension, value: float) -> str:
    """A value in the base unit of its dimension, for people."""
    return _SHOW[dimension](value)


def _why_missing(expectation: Expectation, flows: Sequence[FlowResult]) -> str:
    problems = [problem for flow in flows for problem in flow.problems]
    if problems:
        return problems[0]
    return f"{', '.join(sorted({flow.kind for flow in flows}))} did not measure {expectation.metric}"


@dataclass(frozen=True, slots=True)
class _Sum:
    """The sum over the flows that have the figure."""

    figure: Callable[[FlowResult], float | None]

    def __call__(self, flows: Sequence[FlowResult], _: str | None) -> float | None:
        told = _told(self.figure(flow) for flow in flows)
        return sum(told) if told else None


@dataclass(frozen=True, slots=True)
class _Spread:
    """A percentile over all flows."""

    histogram: str
    spread: Callable[[FlowResult], DelaySpread | None]

    def __call__(self, flows: Sequence[FlowResult], which: str | None) -> float | None:
        which = which or "p50"
        merged = merge(self.histogram, [one for flow in flows for one in flow.histograms if one.name == self.histogram])
        if merged is not None:
            return _nanoseconds(merged, which) / 1e9
        # A result read from a document has no histograms: one flow's own figures are then still exact.
        spreads = [spread for flow in flows if (spread := self.spread(flow)) is not None]
        return _figure_of(spreads[0], which) if len(spreads) == 1 else None


@dataclass(frozen=True, slots=True)
class _Word:
    """The word that all flows share; several words show as such and equal none."""

    figure: Callable[[FlowResult], str | None]

    def __call__(self, flows: Sequence[FlowResult], _: str | None) -> str | None:
        words = {self.figure(flow) for flow in flows}
        if words == {None}:
            return None
        return ", ".join(sorted(word or "unclear" for word in words))


def _nanoseconds(histogram: Histogram, which: str) -> float:
    if which == "mean":
        return histogram.sum / sum(histogram.counts)
    return percentile(histogram, _PERCENT[which])


def _figure_of(spread: DelaySpread, which: str) -> float:
    return {
        "min": spread.min_seconds,
        "p50": spread.p50_seconds,
        "p90": spread.p90_seconds,
        "p99": spread.p99_seconds,
        "p999": spread.p999_seconds,
        "max": spread.max_seconds,
        "mean": spread.mean_seconds,
    }[which]


def _told(figures: Iterable[float | None]) -> list[float]:
    return [figure for figure in figures if figure is not None]


def _bits(traffic: Traffic | None) -> float | None:
    return None if traffic is None else traffic.bits_per_second


def _loss(flows: Sequence[FlowResult], _: str | None) -> float | None:
    """All lost over all sent."""
    counted = [flow for flow in flows if flow.loss_ratio is not None and flow.lost_packets is not None]
    sent = sum(_asked(flow) for flow in counted)
    return sum(flow.lost_packets or 0 for flow in counted) / sent if sent > 0 else None


def _asked(flow: FlowResult) -> float:
    """What the flow's loss is a part of: requests, or packets sent to a worker that gave its result."""
    if flow.lost_packets and flow.loss_ratio:
        return flow.lost_packets / flow.loss_ratio
    if flow.transactions is not None:
        return flow.transactions
    return flow.sent.packets if flow.sent is not None else 0


def _fairness(flows: Sequence[FlowResult], _: str | None) -> float | None:
    return jain_index(_told(_bits(flow.received) for flow in flows))


def _jitter(flows: Sequence[FlowResult], _: str | None) -> float | None:
    return max(_told(flow.jitter_seconds for flow in flows), default=None)


_METRICS: Mapping[str, Callable[[Sequence[FlowResult], str | None], float | str | None]] = MappingProxyType(
    {
        "throughput": _Sum(lambda flow: _bits(flow.received)),
        "sent_throughput": _Sum(lambda flow: _bits(flow.sent)),
        "loss": _loss,
        "lost": _Sum(lambda flow: flow.lost_packets),
        "duplicates": _Sum(lambda flow: flow.duplicate_packets),
        "reordered": _Sum(lambda flow: flow.reordered_packets),
        "late": _Sum(lambda flow: flow.late_packets),
        "corrupt": _Sum(lambda flow: flow.corrupt_blocks),
        "kernel_drops": _Sum(lambda flow: flow.kernel_drops),
        "failed_connections": _Sum(lambda flow: flow.failed_connections),
        "retransmits": _Sum(lambda flow: flow.retransmits),
        "transactions": _Sum(lambda flow: flow.transactions_per_second),
        "connections": _Sum(lambda flow: flow.connections_per_second),
        "jitter": _jitter,
        "rtt": _Spread("round_trip", lambda flow: flow.round_trip),
        "delay": _Spread("one_way_delay", lambda flow: flow.one_way_delay),
        "connect_time": _Spread("connect_time", lambda flow: flow.connect_time),
        "fairness": _fairness,
        "bound": _Word(lambda flow: flow.bound),
        "limited_by": _Word(lambda flow: flow.limited_by),
    }
)
