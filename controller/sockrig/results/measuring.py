"""What the metrics of expectations are in the result document: of one flow, over several, and of a whole step. Pure.

Rates and counts are sums over the flows, ratios are all over all, percentiles come from merged histograms, fairness is
Jain's index, jitter is that of the worst flow, and a word must be that of every flow
(:class:`~sockrig.scenario.metrics.Whole`). What nobody measured is None.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from sockrig.results.model.flow import CpuResult, DelaySpread, FlowResult, Traffic
from sockrig.results.model.step import StepResult
from sockrig.results.statistics import jain_index
from sockrig.scenario.metrics import METRICS, Whole, percent_of
from sockrig_wire.histogram import merge, percentile
from sockrig_wire.model.flows import Histogram, TcpInfo

Value = float | str


def of_flow(metric: str, which: str | None, flow: FlowResult) -> Value | None:
    """The flow's own figure.

    Args:
        metric: its name.
        which: the percentile, ``min``, ``max`` or ``mean``, for a metric with many values.
        flow: whose.
    """
    if metric in _WORDS:
        return _WORDS[metric](flow)
    if metric in _SPREADS:
        return _spread_over(metric, which or "mean", [flow])
    return _FIGURES[metric](flow) if metric in _FIGURES else None


def over_flows(metric: str, which: str | None, flows: Sequence[FlowResult]) -> Value | None:
    """The one figure of these flows."""
    whole = METRICS[metric].whole
    if whole is Whole.SAME:
        words = {_WORDS[metric](flow) for flow in flows} or {None}
        return None if words == {None} else ", ".join(sorted(word or "unclear" for word in words))
    if metric in _SPREADS:
        return _spread_over(metric, which or "mean", flows)
    if metric in _OF_ALL:
        return _OF_ALL[metric](flows)
    told = _told(_FIGURES[metric](flow) for flow in flows) if metric in _FIGURES else []
    if not told:
        return None
    if whole is Whole.SUM:
        return sum(told)
    return min(told) if whole is Whole.SMALLEST else max(told)


def has_spread(metric: str, flow: FlowResult) -> bool:
    """Whether the flow has many values of it, be it that not every percentile can be had from what is kept of them."""
    return getattr(flow, _SPREADS[metric]) is not None


def of_step(metric: str, step: StepResult) -> float | None:
    """A figure of the step that belongs to none of its flows."""
    if step.start_skew_seconds is None:
        return None
    return {
        "start_skew": step.start_skew_seconds,
        "start_skew_uncertainty": step.start_skew_uncertainty_seconds,
        "late_workers": len(step.late_workers),
    }[metric]


OF_STEP = frozenset({"start_skew", "start_skew_uncertainty", "late_workers"})
"""The metrics that :func:`of_step` has."""


def _told(figures: Iterable[float | None]) -> list[float]:
    return [figure for figure in figures if figure is not None]


def _spread_over(metric: str, which: str, flows: Sequence[FlowResult]) -> float | None:
    """A percentile over all values of all flows."""
    key = _SPREADS[metric]
    merged = merge(key, [one for flow in flows for one in flow.histograms if one.name == key])
    if merged is not None:
        return _nanoseconds(merged, which) / 1e9
    # A result read from a document has no histograms: one flow's own figures are then still exact.
    spreads = [spread for flow in flows if (spread := getattr(flow, key)) is not None]
    return _figure_of(spreads[0], which) if len(spreads) == 1 else None


def _nanoseconds(histogram: Histogram, which: str) -> float:
    percent = percent_of(which)
    return histogram.sum / sum(histogram.counts) if percent is None else percentile(histogram, percent)


def _figure_of(spread: DelaySpread, which: str) -> float | None:
    """What a document has of it; no other percentile can be had from these."""
    kept = {
        0.0: spread.min_seconds,
        50.0: spread.p50_seconds,
        90.0: spread.p90_seconds,
        99.0: spread.p99_seconds,
        99.9: spread.p999_seconds,
        100.0: spread.max_seconds,
        None: spread.mean_seconds,
    }
    return kept.get(percent_of(which))


def _traffic(traffic: Traffic | None, key: str) -> float | None:
    figure: float | None = None if traffic is None else getattr(traffic, key)
    return figure


def _cpu_seconds(cpu: CpuResult | None) -> float | None:
    return None if cpu is None else cpu.user_seconds + cpu.system_seconds


def _busy(cpu: CpuResult | None) -> float | None:
    return None if cpu is None else cpu.busy_ratio


def _tcp(info: TcpInfo | None, key: str) -> float | None:
    figure: float | None = None if info is None else getattr(info, key)
    return figure


def _loss(flows: Sequence[FlowResult]) -> float | None:
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


def _reordered_ratio(flows: Sequence[FlowResult]) -> float | None:
    """All reordered over all received without duplicates."""
    counted = [flow for flow in flows if flow.reordered_ratio is not None and flow.received is not None]
    received = sum(flow.received.packets for flow in counted if flow.received is not None)
    return sum(flow.reordered_packets or 0 for flow in counted) / received if received > 0 else None


def _round_trips_per_minute(flows: Sequence[FlowResult]) -> float | None:
    median_seconds = _spread_over("rtt", "p50", flows)
    return 60 / median_seconds if median_seconds else None


def _fairness(flows: Sequence[FlowResult]) -> float | None:
    return jain_index(_told(_traffic(flow.received, "bits_per_second") for flow in flows))


_WORDS: Mapping[str, Callable[[FlowResult], str | None]] = MappingProxyType(
    {"bound": lambda flow: flow.bound, "limited_by": lambda flow: flow.limited_by}
)
_SPREADS: Mapping[str, str] = MappingProxyType(
    {"rtt": "round_trip", "delay": "one_way_delay", "connect_time": "connect_time"}
)
"""The keys of a flow, which are the names of the histograms as well."""
_OF_ALL: Mapping[str, Callable[[Sequence[FlowResult]], float | None]] = MappingProxyType(
    {
        "loss": _loss,
        "reordered_ratio": _reordered_ratio,
        "round_trips_per_minute": _round_trips_per_minute,
        "fairness": _fairness,
    }
)
"""What is no sum, nor that of one flow."""
_FIGURES: Mapping[str, Callable[[FlowResult], float | None]] = MappingProxyType(
    {
        "throughput": lambda flow: _traffic(flow.received, "bits_per_second"),
        "sent_throughput": lambda flow: _traffic(flow.sent, "bits_per_second"),
        "packets": lambda flow: _traffic(flow.received, "packets_per_second"),
        "sent_packets": lambda flow: _traffic(flow.sent, "packets_per_second"),
        "bytes": lambda flow: _traffic(flow.received, "bytes"),
        "sent_bytes": lambda flow: _traffic(flow.sent, "bytes"),
        "duration": lambda flow: flow.duration_seconds,
        "loss": lambda flow: flow.loss_ratio,
        "lost": lambda flow: flow.lost_packets,
        "duplicates": lambda flow: flow.duplicate_packets,
        "reordered": lambda flow: flow.reordered_packets,
        "reordered_ratio": lambda flow: flow.reordered_ratio,
        "late": lambda flow: flow.late_packets,
        "corrupt": lambda flow: flow.corrupt_blocks,
        "kernel_drops": lambda flow: flow.kernel_drops,
        "jitter": lambda flow: flow.jitter_seconds,
        "round_trips_per_minute": lambda flow: flow.round_trips_per_minute,
        "clock_uncertainty": lambda flow: flow.one_way_delay.uncertainty_seconds if flow.one_way_delay else None,
        "transactions": lambda flow: flow.transactions_per_second,
        "connections": lambda flow: flow.connections_per_second,
        "failed_connections": lambda flow: flow.failed_connections,
        "held_connections": lambda flow: flow.held_connections,
        "retransmits": lambda flow: flow.retransmits,
        "tcp_rtt": lambda flow: _tcp(flow.tcp_info, "round_trip_seconds"),
        "tcp_min_rtt": lambda flow: _tcp(flow.tcp_info, "minimum_round_trip_seconds"),
        "cwnd": lambda flow: _tcp(flow.tcp_info, "congestion_window"),
        "delivery_rate": lambda flow: _tcp(flow.tcp_info, "delivery_rate_bits_per_second"),
        "sender_cpu": lambda flow: _cpu_seconds(flow.sender_cpu),
        "receiver_cpu": lambda flow: _cpu_seconds(flow.receiver_cpu),
        "sender_busy": lambda flow: _busy(flow.sender_cpu),
        "receiver_busy": lambda flow: _busy(flow.receiver_cpu),
    }
)
"""A flow's own figure of every metric that has one number."""
