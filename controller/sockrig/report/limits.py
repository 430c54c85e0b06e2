"""Who limited what: what held flows back, what their ends spent, and how TCP stood. Pure."""

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from sockrig.report.figures import Figure, labels_of
from sockrig.results import quantities
from sockrig.results.model.flow import CpuResult, FlowResult
from sockrig_wire.model.flows import TcpInfo

_MOST_NAMED = 4


def limit_lines(flows: Sequence[FlowResult]) -> list[str]:
    """For each limit, the flows that it held: ``sender cpu: a > b, c > d and 3 more``; the one that held most first."""
    held: dict[str, list[str]] = {}
    for flow, label in zip(flows, labels_of(flows), strict=True):
        if flow.limited_by is not None:
            held.setdefault(flow.limited_by, []).append(label)
    return [
        f"{limit}: {_named(labels, len(flows))}" for limit, labels in sorted(held.items(), key=lambda one: -len(one[1]))
    ]


def advice_lines(flows: Sequence[FlowResult]) -> list[str]:
    """One sentence for each mode that suits some of the flows, of the first such flow."""
    by_mode: dict[str, tuple[str, str]] = {}
    for flow, label in zip(flows, labels_of(flows), strict=True):
        if flow.mode_advice is not None:
            by_mode.setdefault(flow.mode_advice.split(" ", 1)[0], (label, flow.mode_advice))
    if len(by_mode) == 1:
        return [advice for _, advice in by_mode.values()]
    return [f"{label}: {advice}" for label, advice in by_mode.values()]


def _named(labels: Sequence[str], flows: int) -> str:
    if len(labels) == flows > 1:
        return f"all {flows} flows"
    if len(labels) <= _MOST_NAMED:
        return ", ".join(labels)
    return f"{', '.join(labels[:_MOST_NAMED])} and {len(labels) - _MOST_NAMED} more"


def _busy(cpu: CpuResult | None) -> str | None:
    return None if cpu is None or cpu.busy_ratio is None else f"{cpu.busy_ratio * 100:.0f} %"


def _waited(flow: FlowResult) -> str | None:
    ends = [cpu for cpu in (flow.sender_cpu, flow.receiver_cpu) if cpu is not None]
    waited = max((cpu.waited_seconds for cpu in ends), default=0.0)
    return quantities.time(waited) if waited else None


def _of_connections(flow: FlowResult) -> list[TcpInfo]:
    """TCP_INFO of the sources, for what a source knows better: else that of either end."""
    told = [worker for worker in flow.worker_results if worker.tcp_info is not None]
    sources = [worker for worker in told if worker.role == "source"] or told
    return [worker.tcp_info for worker in sources if worker.tcp_info is not None]


def _over(
    read: Callable[[TcpInfo], float | None],
    combine: Callable[[Iterable[float]], float],
    in_words: Callable[[float], str],
) -> Callable[[FlowResult], str | None]:
    """One figure of all connections of a flow."""

    def text_of(flow: FlowResult) -> str | None:
        values = [value for info in _of_connections(flow) if (value := read(info)) is not None]
        return in_words(combine(values)) if values else None

    return text_of


def _share_of_busy(read: Callable[[TcpInfo], float | None]) -> Callable[[FlowResult], str | None]:
    """Of the time with data in flight, over all connections."""

    def text_of(flow: FlowResult) -> str | None:
        told = [(value, info.busy_seconds) for info in _of_connections(flow) if (value := read(info)) is not None]
        busy = sum(seconds or 0.0 for _, seconds in told)
        return f"{sum(value for value, _ in told) / busy * 100:.0f} %" if busy else None

    return text_of


LIMITS = (
    Figure("limited by", lambda flow: flow.limited_by, is_number=False),
    Figure("bound", lambda flow: flow.bound, is_number=False),
    Figure("sender CPU", lambda flow: _busy(flow.sender_cpu)),
    Figure("receiver CPU", lambda flow: _busy(flow.receiver_cpu)),
    Figure("waited for a core", _waited),
    Figure("workers", lambda flow: f"{flow.workers} {flow.mode}", is_number=False),
    Figure("offloads", lambda flow: ", ".join(flow.offloads) if flow.offloads else None, is_number=False),
)
"""Of every flow: what held it, how busy its ends were, and what was in force."""

TCP_STATE = (
    Figure("smallest rtt", _over(lambda info: info.minimum_round_trip_seconds, min, quantities.time)),
    Figure("rtt", _over(lambda info: info.round_trip_seconds, fmean, quantities.time)),
    Figure("congestion window", _over(lambda info: info.congestion_window, sum, quantities.count)),
    Figure("delivery rate", _over(lambda info: info.delivery_rate_bits_per_second, sum, quantities.bit_rate)),
    Figure("retransmits", _over(lambda info: info.retransmits, sum, quantities.count)),
    Figure("data in flight", _over(lambda info: info.busy_seconds, sum, quantities.time)),
    Figure("held by receive window", _share_of_busy(lambda info: info.receive_window_limited_seconds)),
    Figure("held by send buffer", _share_of_busy(lambda info: info.send_buffer_limited_seconds)),
)
"""TCP_INFO (tcp(7)) at the end of a flow's connections: sums over them, of round trips the smallest and the mean."""
