"""The frames of the one stream between an agent and a controller (session.proto)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sockrig_wire.model.failures import Error
from sockrig_wire.model.flows import (
    FlowPrepared,
    PrepareFlow,
    Sample,
    StartFlows,
    StopFlows,
    WorkerFailed,
    WorkerResult,
)
from sockrig_wire.model.reach import CloseReach, OpenReach, ProbeReach, ReachCount, ReachOpened, ReachProbed, ReachSeen
from sockrig_wire.model.sockets import SocketCall, SocketReply


@dataclass(frozen=True, slots=True)
class HostFacts:
    """The host an agent runs on; agents with the same ``clock_id`` read the same monotonic clock."""

    hostname: str
    system: str
    python: str
    cores: int
    clock_id: str = ""


@dataclass(frozen=True, slots=True)
class LimitsInForce:
    """Caps that the agent keeps whatever a controller asks."""

    sockets: int
    workers: int
    duration_seconds: float
    message_bytes: int


@dataclass(frozen=True, slots=True)
class OpenRunSummary:
    """One line of the snapshot of what is open on an agent."""

    run_id: str
    controller_id: str
    epoch: int
    sockets: int
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What an agent says first."""

    agent_id: str
    boot_id: str
    name: str
    version: str
    protocol: int
    labels: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    advertised_addresses: tuple[str, ...] = ()
    host: HostFacts
    limits: LimitsInForce
    open_runs: tuple[OpenRunSummary, ...] = ()


@dataclass(frozen=True, slots=True)
class Welcome:
    """The controller's answer; of its own runs in the snapshot those not named in ``keep_runs`` are closed."""

    controller_id: str
    epoch: int
    version: str
    keep_runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The controller will not have this agent, and why."""

    error: Error


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Take a lease; with no frame for longer than the grace the agent closes all that the run opened."""

    grace_seconds: float


@dataclass(frozen=True, slots=True)
class CloseRun:
    """Close all that the run opened."""


@dataclass(frozen=True, slots=True)
class CancelCommand:
    """Give up a command that is still being carried out."""

    command_id: str


CommandBody = (
    OpenRun
    | CloseRun
    | SocketCall
    | PrepareFlow
    | StartFlows
    | StopFlows
    | CancelCommand
    | OpenReach
    | ProbeReach
    | CloseReach
)


@dataclass(frozen=True, slots=True)
class Command:
    """One order. A repeated ``id`` gets the first answer again; ``deadline_seconds`` of 0 is none."""

    id: str
    run_id: str
    epoch: int
    body: CommandBody
    deadline_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """The command succeeded and has nothing to tell."""


@dataclass(frozen=True, slots=True)
class RunClosed:
    """How much was still open."""

    sockets: int
    workers: int


ReplyBody = Error | Done | SocketReply | FlowPrepared | RunClosed | ReachOpened | ReachProbed | ReachSeen


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one command."""

    command_id: str
    body: ReplyBody


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The agent closed a run by itself."""

    reason: str


EventBody = Sample | WorkerResult | WorkerFailed | RunEnded | ReachCount


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. ``sequence`` counts from 1 per agent boot and controller; 0 is droppable progress."""

    sequence: int
    run_id: str
    body: EventBody


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """All events up to this sequence number have arrived."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Ping:
    """A heartbeat, and the first of the clock's four timestamps."""

    number: int
    sent_at_nanoseconds: int


@dataclass(frozen=True, slots=True)
class Pong:
    """The agent's answer: the ping's own time, its arrival and the answer's departure."""

    number: int
    ping_sent_at_nanoseconds: int
    received_at_nanoseconds: int
    sent_at_nanoseconds: int


@dataclass(frozen=True, slots=True)
class AgentFrame:
    """What an agent says."""

    body: Hello | Reply | Event | Pong


@dataclass(frozen=True, slots=True)
class ControllerFrame:
    """What a controller says."""

    body: Welcome | Refusal | Command | Ping | Acknowledge
