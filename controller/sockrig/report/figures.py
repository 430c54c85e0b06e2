"""Which figures of a flow people are shown, under which heading and in which order. Pure.

A figure that a flow does not have is None. Counts of what should not happen (duplicates, corrupt blocks) are shown
only where it did; the throughput of request/response is left to the document, as its rates and times say more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sockrig.results import quantities
from sockrig.results.model.flow import DelaySpread, FlowResult, Traffic
from sockrig.results.model.run import AgentResult, RunResult
from sockrig.results.model.step import RepeatedFigure, RepetitionSummary, StepResult

UNCERTAIN = "±"


@dataclass(frozen=True, slots=True)
class Figure:
    """One column of a table, or one item of a line."""

    heading: str
    text_of: Callable[[FlowResult], str | None]
    is_number: bool = True


def figures_of(flows: Sequence[FlowResult], of: Sequence[Figure] | None = None) -> tuple[Figure, ...]:
    """The figures that at least one of the flows has, of these or of the usual ones."""
    figures = _FIGURES if of is None else of
    return tuple(figure for figure in figures if any(figure.text_of(flow) is not None for flow in flows))


def labels_of(flows: Sequence[FlowResult]) -> tuple[str, ...]:
    """What to call each flow among these: the shortest form that tells them apart.

    Its two ends; the name that the scenario gave it before them; or its whole name.
    """
    ends = tuple(f"{flow.source} > {flow.destination}" for flow in flows)
    named = tuple(f"{flow.group} {end}".strip() for flow, end in zip(flows, ends, strict=True))
    one_group = len({flow.group for flow in flows}) <= 1
    for labels in (ends, named) if one_group else (named,):
        if len(set(labels)) == len(flows):
            return labels
    return tuple(flow.name for flow in flows)


def figure_label(figure: RepeatedFigure, summary: RepetitionSummary) -> str:
    """What to call a figure of repetitions: its metric, after the name of its step where there are several."""
    several = len({one.step for one in summary.figures}) > 1
    return f"{figure.step}: {figure.metric}" if several else figure.metric


def within(value_seconds: float, uncertainty_seconds: float | None) -> str:
    """A time with how far it may be off; alone where nothing is known of that, or where it cannot be off."""
    shown = quantities.time(value_seconds)
    if not uncertainty_seconds:
        return shown
    return f"{shown} {UNCERTAIN} {quantities.time(uncertainty_seconds)}"


def clock_words(agent: AgentResult) -> str:
    """How an agent's clock stands to the controller's; "" where that was never measured."""
    if agent.clock_offset_seconds is None:
        return ""
    if agent.clock_uncertainty_seconds == 0:
        return "the controller's own clock"
    offset = f"clock {within(agent.clock_offset_seconds, agent.clock_uncertainty_seconds)}"
    if agent.clock_drift_ppm is None or agent.clock_drift_uncertainty_ppm is None:
        return offset
    return f"{offset}, drift {drift_words(agent.clock_drift_ppm, agent.clock_drift_uncertainty_ppm)}"


def drift_words(ppm: float, uncertainty_ppm: float) -> str:
    """How fast a clock's offset grows, with how far that may be off."""
    return f"{quantities.significant(ppm)} {UNCERTAIN} {quantities.significant(uncertainty_ppm)} ppm"


def skew_words(result: RunResult | StepResult) -> str:
    """How tightly the sources started: what the hosts explain, then what the clocks do; "" where nothing started."""
    if result.start_skew_seconds is None:
        return ""
    words = f"start skew {within(result.start_skew_seconds, result.start_skew_uncertainty_seconds)}"
    late = result.start_lateness
    if late is None:
        return words
    median, last = quantities.time(late.median_seconds), quantities.time(late.max_seconds)
    if len(late.by_agent) == 1:
        return f"{words} ({last} after T)"
    return f"{words} (half within {median} of T, {late.latest_agent} last after {last})"


def _asks(flow: FlowResult) -> bool:
    return flow.transactions is not None or flow.connections is not None


def _bit_rate(flow: FlowResult, traffic: Traffic | None) -> str | None:
    if _asks(flow) or traffic is None or traffic.bits_per_second is None:
        return None
    return quantities.bit_rate(traffic.bits_per_second)


def _packet_rate(flow: FlowResult) -> str | None:
    if _asks(flow) or flow.duplicate_packets is None:
        return None  # packets of a byte stream are blocks: their rate says no more than the throughput
    if flow.received is None or flow.received.packets_per_second is None:
        return None
    return quantities.packet_rate(flow.received.packets_per_second)


def _loss(flow: FlowResult) -> str | None:
    if flow.loss_ratio is None:
        return None
    ratio = quantities.share(flow.loss_ratio)
    return f"{ratio} ({quantities.count(flow.lost_packets)})" if flow.lost_packets else ratio


def _delay(flow: FlowResult) -> str | None:
    delay = flow.one_way_delay
    if delay is None:
        return None
    shown = within(delay.p50_seconds, delay.uncertainty_seconds)
    return shown if delay.valid else f"{shown} (invalid)"


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else quantities.time(seconds)


def _median(spread: DelaySpread | None) -> str | None:
    return None if spread is None else quantities.time(spread.p50_seconds)


def _tail(spread: DelaySpread | None) -> str | None:
    return None if spread is None else quantities.time(spread.p99_seconds)


def _events(per_second: float | None) -> str | None:
    return None if per_second is None else quantities.event_rate(per_second)


def _count(number: float | None) -> str | None:
    return None if number is None else quantities.count(number)


def _held(flow: FlowResult) -> str | None:
    """How many of those that were asked for."""
    if flow.held_connections is None:
        return None
    asked = (flow.connections or 0) + (flow.failed_connections or 0)
    return f"{quantities.count(flow.held_connections)} of {quantities.count(asked)}"


def _trouble(count: int | None) -> str | None:
    return quantities.count(count) if count else None


_FIGURES = (
    Figure("received", lambda flow: _bit_rate(flow, flow.received)),
    Figure("sent", lambda flow: _bit_rate(flow, flow.sent)),
    Figure("packets", _packet_rate),
    Figure("transactions", lambda flow: _events(flow.transactions_per_second)),
    Figure("connections", lambda flow: _events(flow.connections_per_second)),
    Figure("held", _held),
    Figure("rtt p50", lambda flow: _median(flow.round_trip)),
    Figure("rtt p99", lambda flow: _tail(flow.round_trip)),
    Figure("round trips/min", lambda flow: _count(flow.round_trips_per_minute)),
    Figure("connect p50", lambda flow: _median(flow.connect_time)),
    Figure("connect p99", lambda flow: _tail(flow.connect_time)),
    Figure("loss", _loss),
    Figure("jitter", lambda flow: _time(flow.jitter_seconds)),
    Figure("delay p50", _delay),
    Figure("retransmits", lambda flow: _count(flow.retransmits)),
    Figure("duplicates", lambda flow: _trouble(flow.duplicate_packets)),
    Figure("reordered", lambda flow: _trouble(flow.reordered_packets)),
    Figure("late", lambda flow: _trouble(flow.late_packets)),
    Figure("corrupt", lambda flow: _trouble(flow.corrupt_blocks)),
    Figure("kernel drops", lambda flow: _trouble(flow.kernel_drops)),
    Figure("failed", lambda flow: _trouble(flow.failed_connections)),
    Figure("limited by", lambda flow: flow.limited_by, is_number=False),
    Figure("bound", lambda flow: flow.bound, is_number=False),
)
