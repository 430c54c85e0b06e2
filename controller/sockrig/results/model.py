"""The result document: one frozen dataclass per object of its JSON, one field per key.

The docstring under a field is its description in the JSON Schema (:mod:`sockrig.results.descriptions`). A figure
that does not apply, or that nobody could measure, is None and becomes ``null``; nothing is invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field, with_config

from sockrig_wire.model.flows import Histogram, TcpInfo

_part_of_document = with_config(ConfigDict(json_schema_serialization_defaults_required=True))


class Verdict(StrEnum):
    """How a run, a step, an agent, a call or an expectation ended."""

    PASSED = "passed"
    FAILED = "failed"
    """An expectation was not met."""
    DEGRADED = "degraded"
    """Agents or workers were lost; what there is, is kept."""
    ERROR = "error"
    """It could not be carried out."""
    INTERRUPTED = "interrupted"
    """Its controller was stopped or died on the way; what was recorded until then, is kept."""


@_part_of_document
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


@_part_of_document
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
    """How far each value may be off because two clocks took part; null where one clock timed all, or nobody knows."""
    valid: bool
    """False where the uncertainty exceeds the median, or is not known though two clocks took part."""


@_part_of_document
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


@_part_of_document
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


@_part_of_document
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
    """Connections established, used once and closed."""
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


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowResult:
    """One flow from one agent to another, over all its workers."""

    name: str
    """Unique within the run."""
    group: str
    """The name that the scenario gave it, shared by all flows of that line; empty where it gave none."""
    kind: str
    """One of tcp-stream, udp-stream, tcp-rr, udp-rr and tcp-connect, or one that a package added."""
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
    connect_time: DelaySpread | None = None
    """From connect(2) to the established connection."""
    transactions: int | None = None
    """Answers within the window."""
    transactions_per_second: float | None = None
    """Answers over the window."""
    connections: int | None = None
    """Connections established, used once and closed within the window."""
    connections_per_second: float | None = None
    """Connections over the window."""
    failed_connections: int | None = None
    """Connections that could not be established or used."""
    retransmits: int | None = None
    """TCP segments sent again, at both ends."""
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


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class ReachResult:
    """Whether one host could talk to another on one port."""

    source: str
    """Name of the agent that probed."""
    destination: str
    """Name of the agent that was probed."""
    protocol: str
    """Either tcp or udp."""
    port: int
    """At the destination."""
    verdict: str
    """One of open, dropped, rejected, return path lost, invalid, closed and refused locally."""
    expected: str | None = None
    """What the scenario wants: allow or deny."""
    met: bool | None = None
    """Whether the verdict is what was expected; null where nothing was, or where the probe proves nothing."""
    detail: str = ""
    """What was seen, in words."""


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class SocketCallResult:
    """One call of a dialogue."""

    on: str
    """Name of the agent."""
    call: str
    """The call, in words."""
    result: str
    """What came of it, in words."""
    verdict: Verdict = Verdict.PASSED
    """Failed where it was not what the scenario expects, error where the call could not be carried out."""


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationResult:
    """One expectation, judged."""

    text: str
    """As the scenario has it."""
    verdict: Verdict
    """Passed or failed."""
    measured: str
    """What it was compared with, for people."""
    measured_value: float | str | None = None
    """The same in base units (seconds, bit/s, ratio, count, per second), or a word; null where there are no data."""


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step of the scenario."""

    name: str
    """As the scenario has it."""
    verdict: Verdict
    """The worst of its parts."""
    duration_seconds: float | None = None
    """From the step's beginning to its end."""
    start_skew_seconds: float | None = None
    """Between the first and the last worker to start, each against its own intended time."""
    start_skew_uncertainty_seconds: float | None = None
    """How far the skew may be off."""
    late_workers: tuple[str, ...] = ()
    """Workers that started well after their time."""
    flows: tuple[FlowResult, ...] = ()
    """Generated traffic."""
    reach: tuple[ReachResult, ...] = ()
    """Who could talk to whom."""
    sockets: tuple[SocketCallResult, ...] = ()
    """Scripted calls, in order."""
    expectations: tuple[ExpectationResult, ...] = ()
    """What was to hold."""
    problem: str | None = None
    """Why it could not be carried out, or not whole."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong, each thing once: in the step itself and in its flows."""
        of_flows = tuple(dict.fromkeys(problem for flow in self.flows for problem in flow.problems))
        if self.problem is None or self.problem == "; ".join(of_flows):
            return of_flows
        return (self.problem, *(problem for problem in of_flows if problem != self.problem))


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResult:
    """One agent of the run."""

    name: str
    """Its human name."""
    agent_id: str
    """Its stable id; empty where it never answered."""
    version: str
    """Of its software; empty where it never answered."""
    verdict: Verdict
    """Passed; degraded where it was lost on the way; error where it never was there."""
    clock_offset_seconds: float | None = None
    """The agent's monotonic clock less the controller's."""
    clock_uncertainty_seconds: float | None = None
    """How far the offset may be off: half the smallest round trip."""
    problem: str | None = None
    """What happened to it."""


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One execution of a scenario: the whole document."""

    run_id: str
    """Unique."""
    name: str
    """Of the run: its scenario's, unless it was given one of its own."""
    scenario: str | None = None
    """Where the scenario came from: a file's name, or the command that stands for one."""
    verdict: Verdict
    """The worst of its steps and agents."""
    started_at: datetime
    """On the controller's clock, with its time zone."""
    duration_seconds: float
    """From the beginning to the end of the run."""
    agents: tuple[AgentResult, ...] = ()
    """Who took part."""
    start_skew_seconds: float | None = None
    """The largest of the steps."""
    start_skew_uncertainty_seconds: float | None = None
    """How far that may be off."""
    late_workers: tuple[str, ...] = ()
    """Workers of any step that started well after their time."""
    steps: tuple[StepResult, ...] = ()
    """In order."""
    notices: tuple[str, ...] = ()
    """What else a reader should know."""
