"""The result document: one frozen dataclass per object of its JSON, one field per key.

The docstring under a field is its description in the JSON Schema (:mod:`sockrig.results.descriptions`). A figure
that does not apply, or that nobody could measure, is None and becomes ``null``; nothing is invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from sockrig.results.part import part_of_document as _part_of_document
from sockrig.results.search_model import SearchResult
from sockrig_wire.model.flows import Histogram, TcpInfo


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
class DelayBin:
    """How many values lie between two times; bins of several flows and runs have the same ends, and can be added."""

    from_seconds: float
    """Its lower end."""
    to_seconds: float
    """Its upper end."""
    count: int
    """Values in it; at least one."""


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
    """How far each value may be off because two clocks took part, which may also have drifted until the flow's end;
    null where one clock timed all, or nobody knows."""
    valid: bool
    """False where the uncertainty exceeds the median, or is not known though two clocks took part."""
    distribution: tuple[DelayBin, ...] = ()
    """All values, in ascending bins no wider than a sixteenth of what they hold; empty bins are left out."""


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


@_part_of_document
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


class ReachVerdict(StrEnum):
    """What became of a probe, as both ends together know it."""

    OPEN = "open"
    """The answer came back."""
    DROPPED = "dropped"
    """It was sent, never came in, and nobody said why."""
    REJECTED = "rejected"
    """It was sent, and an ICMP error or a TCP reset came back."""
    RETURN_PATH_LOST = "return path lost"
    """It came in, and its answer did not get back."""
    INVALID = "invalid"
    """Nobody could listen, or nobody can know: it proves nothing."""
    CLOSED = "closed"
    """The host refused it: nothing is on that port."""
    REFUSED_LOCALLY = "refused locally"
    """The sender's own system did not let it out."""


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
    verdict: ReachVerdict
    """What became of it."""
    expected: str | None = None
    """What the scenario wants: allow, deny, deny:drop or deny:reject."""
    met: bool | None = None
    """Whether the verdict is what was expected; null where nothing was, or where the probe proves nothing."""
    detail: str = ""
    """What was seen, in words."""
    address: str | None = None
    """Where the destination was probed."""
    listened: bool | None = None
    """Whether the destination listened; null where it was not asked to."""
    seen: bool | None = None
    """Whether the probe came in at the destination; null where nobody can tell."""
    seen_from: str | None = None
    """The address that it came from, as the destination saw it."""
    round_trip_seconds: float | None = None
    """To the answer, the agents' own time included: of TCP's handshake, or of the datagram that was answered."""
    attempts: int | None = None
    """Datagrams sent, or SYN segments."""
    icmp_type: int | None = None
    """Of the ICMP error that came back, or ICMPv6's over IPv6."""
    icmp_code: int | None = None
    """Of the same."""
    icmp_name: str | None = None
    """Both in words, such as port unreachable."""
    offender: str | None = None
    """The address that sent the ICMP error."""
    errno_name: str | None = None
    """What the system said: of the sender's socket, or to the destination that could not listen or answer."""


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
    """What was found, for people."""
    measured_value: float | str | None = None
    """The same in base units (seconds, bit/s, packets/s, bytes, ratio, count, per second), or a word; null where there
    are no data."""
    where: str | None = None
    """The flow that decides, or is furthest from what is asked, for people; null where no single flow is to name."""
    asked: str | None = None
    """What is asked once the baseline's value is in it, for people; null where the text says all of it."""
    asked_value: float | str | None = None
    """What was measured was compared with this, in base units, or a word; null where the baseline has no data."""
    baseline_value: float | str | None = None
    """What the baseline had measured, in base units, or a word; null where it has no part in it."""

    @property
    def finding(self) -> str:
        """What was measured; where it fails, also where, and what the baseline makes of what is asked."""
        if self.verdict is Verdict.PASSED:
            return f"measured {self.measured}"
        where = f" ({self.where})" if self.where else ""
        asked = f", asked for {self.asked}" if self.asked else ""
        return f"measured {self.measured}{where}{asked}"


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedFigure:
    """One metric over the repetitions of a step."""

    metric: str
    """As an expectation would name it."""
    step: str
    """Of which step it is, within the repetition."""
    values: tuple[float, ...]
    """Of each repetition that measured it whole, in base units (seconds, bit/s, ratio, count, per second)."""
    mean: float | None
    """The arithmetic mean; null where there are no values."""
    half_width: float | None
    """The mean's confidence interval is the mean plus and minus this; null for fewer than two values."""
    relative_half_width: float | None
    """The same over the mean; null for a mean of 0 that is not certain."""
    confidence: float
    """Of the interval, 0 to 1."""
    text: str
    """All of that, for people."""


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class RepetitionSummary:
    """What the repetitions of a step say together."""

    count: int
    """How many there were."""
    most: int
    """How many there might have been."""
    aim: str | None = None
    """Until when it was to be repeated; null where only a count was given."""
    reached: bool | None = None
    """Whether the aim was reached; null where there is none."""
    figures: tuple[RepeatedFigure, ...] = ()
    """The aim's metric and those of the step's expectations; without any, the throughput."""


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class StartLateness:
    """How long after their intended time sources started, each on its own agent's clock: no other clock takes part."""

    median_seconds: float
    """Half of them started no later."""
    max_seconds: float
    """The last of them."""
    latest_agent: str
    """Name of the agent on which that one ran."""
    by_agent: Mapping[str, float]
    """The last source of each agent, in seconds."""


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
    """Between the first and the last source to start, each against its own intended time on its agent's clock: what the
    hosts explain, the spread of their lateness."""
    start_skew_uncertainty_seconds: float | None = None
    """What the clocks explain: the intended times of the two least certain agents may have been so far apart. The true
    skew lies within this of the measured one."""
    start_lateness: StartLateness | None = None
    """How late the hosts were."""
    late_workers: tuple[str, ...] = ()
    """Workers that started well after their time, or well after most others."""
    flows: tuple[FlowResult, ...] = ()
    """Generated traffic."""
    reach: tuple[ReachResult, ...] = ()
    """Who could talk to whom."""
    sockets: tuple[SocketCallResult, ...] = ()
    """Scripted calls, in order."""
    search: SearchResult | None = None
    """What the network carries."""
    expectations: tuple[ExpectationResult, ...] = ()
    """What was to hold."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values of its own variables and those of its groups: the combination of a matrix."""
    repetition: int | None = None
    """Its number among the repetitions, from 1; null where it, or its group, is not repeated."""
    repetitions: RepetitionSummary | None = None
    """Of the step that follows all repetitions and tells what they say together."""
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
    """How far the offset may be off: half the smallest round trip, and what the clocks may have drifted since."""
    clock_drift_ppm: float | None = None
    """How fast the offset grew in the last minutes, in microseconds a second; null while that is not known."""
    clock_drift_uncertainty_ppm: float | None = None
    """How far the drift may be off."""
    start_lateness_seconds: float | None = None
    """How long after its intended time the latest of its sources started, in any step; null where none ran here."""
    problem: str | None = None
    """What happened to it."""


@_part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class LoadLatency:
    """What load did to the round trips of one probe: a step without other traffic, beside one with it."""

    probe: str
    """The name that the scenario gave the flow; empty where it gave none."""
    kind: str
    """Of the probe: tcp-rr or udp-rr."""
    source: str
    """Name of the agent that asks."""
    destination: str
    """Name of the agent that answers."""
    idle_step: str
    """The first step in which nothing but round trips was measured."""
    step: str
    """The step under load."""
    idle_round_trip_seconds: float
    """The median without load."""
    round_trip_seconds: float
    """The median under load."""
    growth_ratio: float
    """The one under load over the one without: 1 is no growth."""
    idle_round_trips_per_minute: float | None = None
    """60 s over the median without load."""
    round_trips_per_minute: float | None = None
    """60 s over the median under load."""


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
    scenario_text: str | None = None
    """The scenario itself, as it was given: before its variables were put in."""
    controller_version: str | None = None
    """Of the controller's software."""
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
    """What the clocks explain: how far that may be off."""
    start_lateness: StartLateness | None = None
    """How late the hosts were in that step."""
    late_workers: tuple[str, ...] = ()
    """Workers of any step that started well after their time, or well after most others."""
    steps: tuple[StepResult, ...] = ()
    """In order."""
    latency_under_load: tuple[LoadLatency, ...] = ()
    """What load did to round trips, where the same probe ran without and with it."""
    baseline: str | None = None
    """Id of the earlier run that expectations were compared with."""
    notices: tuple[str, ...] = ()
    """What else a reader should know."""
