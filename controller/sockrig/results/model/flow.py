"""What a flow carried, how long it took and what it cost, interval by interval and worker by worker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from sockrig.results.part import part_of_document
from sockrig_wire.model.flows import Histogram, TcpInfo


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What one end of a flow carried within the measured window: payload, without the warm-up."""

    bytes: int
    """Bytes of payload."""
    packets: int
    """Datagrams, messages or blocks, without duplicates."""
    bits_per_second: float | None
    """Payload bits over the window; null where the window has no length."""
    packets_per_second: float | None
    """Packets over the window; null where the window has no length."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class DelayBin:
    """How many values lie between two times; bins of several flows and runs have the same ends, and can be added."""

    from_seconds: float
    """Its lower end."""
    to_seconds: float
    """Its upper end."""
    count: int
    """Values in it; at least one."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class DelaySpread:
    """How a time is spread, from merged histograms of three significant digits; negative values stay as measured."""

    count: int
    """How many values were measured."""
    min_seconds: float
    """The smallest, exact."""
    p50_seconds: float
    """The median."""
    p90_seconds: float
    """90 % are not above it."""
    p99_seconds: float
    """99 % are not above it."""
    p999_seconds: float
    """99.9 % are not above it."""
    max_seconds: float
    """The largest, exact."""
    mean_seconds: float
    """The arithmetic mean, exact."""
    uncertainty_seconds: float | None
    """How far each value may be off because two clocks took part, which may also have drifted until the flow's end;
    null where one clock timed all, or nobody knows."""
    valid: bool
    """False where the uncertainty exceeds the median, or is not known though two clocks took part."""
    distribution: tuple[DelayBin, ...] = ()
    """All values, in ascending bins no wider than a sixteenth of what they hold; empty bins are left out."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class CpuResult:
    """Processor time of one worker, or of all workers of one end of a flow."""

    user_seconds: float
    """In Python and libraries; the sum over the workers."""
    system_seconds: float
    """In the kernel; the sum over the workers."""
    waited_seconds: float
    """Runnable while another had the core; the sum over the workers."""
    wall_seconds: float
    """Elapsed; the longest of the workers."""
    busy_ratio: float | None
    """Of the time in which it could run, how much it ran: the busiest process of that end. Threads of one process count
    together, so that they can exceed 1."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalResult:
    """One slot of the flow's course, over all its workers. Samples may be dropped under pressure; results never are."""

    at_seconds: float
    """The slot's end, from the flow's start (its warm-up included)."""
    interval_seconds: float
    """The slot's real length."""
    measured: bool
    """False within the warm-up."""
    complete: bool
    """False where a worker's sample is missing, so that the figures are too low."""
    sent: Traffic | None = None
    """The source's figures."""
    received: Traffic | None = None
    """The destination's figures."""
    transactions_per_second: float | None = None
    """Answers to the source."""
    connections_per_second: float | None = None
    """Connections of the source that were established, used once and closed."""
    retransmits: int | None = None
    """TCP segments sent again since the slot before."""
    tcp_round_trip_seconds: float | None = None
    """TCP's smoothed round trip at the slot's end; over several connections their mean."""
    congestion_window: int | None = None
    """Segments that TCP may have under way at the slot's end; over several connections their sum."""
    delivery_rate_bits_per_second: float | None = None
    """At which TCP's last segments were acknowledged; over several connections their sum."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFigures:
    """One worker's own figures, of the measured window."""

    agent: str
    """Name of the agent that it ran on."""
    role: str
    """Its end of the flow: source or destination."""
    worker: int
    """Its number; source worker i talks to destination worker i."""
    window_seconds: float
    """Length of the measured window."""
    bytes: int
    """Bytes of payload, sent by a source, received by a destination."""
    packets: int
    """Datagrams, messages or blocks, without duplicates."""
    lost_packets: int | None
    """Requests that were never answered."""
    transactions: int | None
    """Answers that came."""
    connections: int | None
    """Connections established, used once and closed; of tcp-hold those that it opened to hold them."""
    cpu: CpuResult
    """Its processor time."""
    tcp_info: TcpInfo | None
    """The last TCP_INFO of its connection (tcp(7))."""
    offloads: tuple[str, ...]
    """What was in force."""
    rate_limited: bool
    """It kept the rate that was asked for, and would have sent more."""
    clock: str | None
    """What stamped arrivals: monotonic or kernel."""
    error: str | None
    """Why it ended before its time."""
    held_connections: int | None = None
    """Connections still held at the window's end."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowResult:
    """One flow from one agent to another, over all its workers."""

    name: str
    """Unique within the run."""
    group: str
    """The name that the scenario gave it, shared by all flows of that line; empty where it gave none."""
    kind: str
    """One of tcp-stream, udp-stream, tcp-rr, udp-rr, tcp-connect and tcp-hold, or one that a package added."""
    source: str
    """Name of the agent that sends, asks or connects."""
    destination: str
    """Name of the agent that receives, answers or accepts."""
    direction: str = "forward"
    """Who connected: forward, the source to the destination; reverse, the destination to the source."""
    mode: str
    """How workers are carried: parallel (processes) or concurrent (threads)."""
    workers: int
    """At each end."""
    duration_seconds: float | None
    """The measured window, without the warm-up: the longest of the workers."""
    drain_seconds: float | None = None
    """Tmax: how long the receivers waited for late packets before they counted loss."""
    sent: Traffic | None = None
    """The source's figures."""
    received: Traffic | None = None
    """The destination's figures; its bits per second are the throughput."""
    lost_packets: int | None = None
    """Sent within the window and not in by Tmax; requests without an answer."""
    loss_ratio: float | None = None
    """Lost over sent, 0 to 1."""
    duplicate_packets: int | None = None
    """Arrived once more."""
    reordered_packets: int | None = None
    """Arrived below the next expected sequence number."""
    reordered_ratio: float | None = None
    """Reordered over received without duplicates, 0 to 1."""
    late_packets: int | None = None
    """Too old to be told from duplicates when they arrived."""
    corrupt_blocks: int | None = None
    """Blocks whose check sum was wrong."""
    kernel_drops: int | None = None
    """Buffers that the receiving kernel dropped because the socket was full; with GRO one holds many datagrams."""
    jitter_seconds: float | None = None
    """Smoothed change of transit time."""
    one_way_delay: DelaySpread | None = None
    """Receive less send on corrected clocks."""
    round_trip: DelaySpread | None = None
    """Answer less the intended time of the request."""
    round_trips_per_minute: float | None = None
    """How many such round trips fit a minute one after the other: 60 s over their median."""
    connect_time: DelaySpread | None = None
    """From connect(2) to the established connection."""
    transactions: int | None = None
    """Answers within the window."""
    transactions_per_second: float | None = None
    """Answers over the window."""
    connections: int | None = None
    """Connections established, used once and closed within the window; of tcp-hold all that were opened before it."""
    connections_per_second: float | None = None
    """Connections over the window; null where they were opened before it."""
    failed_connections: int | None = None
    """Connections that could not be established or used; of those that were opened and broke,
    ``held_connections`` tells."""
    held_connections: int | None = None
    """Of the connections that were opened before the window, those that were still there at its end and left no request
    without an answer."""
    retransmits: int | None = None
    """TCP segments sent again, at both ends."""
    tcp_info: TcpInfo | None = None
    """The last TCP_INFO (tcp(7)) of the source's connections: sums of counts, windows, rates and times held back, means
    of round trips, and the smallest of the smallest."""
    limited_by: str | None = None
    """One of sender cpu, receiver cpu, receive window, send buffer, network and requested rate; null if unclear."""
    bound: str | None = None
    """What the busiest end spent its time on: cpu or io."""
    mode_advice: str | None = None
    """Which mode suits this work, and why."""
    offloads: tuple[str, ...] | None = None
    """What was in force at any worker."""
    sender_cpu: CpuResult | None = None
    """Processor time of the source's workers."""
    receiver_cpu: CpuResult | None = None
    """Processor time of the destination's workers."""
    intervals: tuple[IntervalResult, ...] = ()
    """The course of the flow."""
    worker_results: tuple[WorkerFigures, ...] = ()
    """Each worker's own figures."""
    problems: tuple[str, ...] = ()
    """Workers that failed or gave no result, and why; the figures are of those that did."""
    definitions: Mapping[str, str] = field(default_factory=dict)
    """For each key above that has a figure, the name of its definition."""
    histograms: Annotated[tuple[Histogram, ...], Field(exclude=True)] = ()
    """Merged over the workers, for percentiles over several flows; not part of the document."""
