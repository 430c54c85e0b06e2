"""What a controller tells its clients (controller.proto): the state of agents, and what happens in a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from sockrig_wire.model.flows import Sample
from sockrig_wire.model.session import HostFacts, LimitsInForce

NO_HOST_FACTS = HostFacts("", "", "", 0)
NO_LIMITS = LimitsInForce(0, 0, 0.0, 0)


class AgentState(Enum):
    """What a controller knows of an agent; ``LOST`` was ready once, ``FAILED`` never."""

    CONNECTING = auto()
    READY = auto()
    LOST = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """One agent; the clock's offset is the agent's monotonic clock minus the controller's, the drift its growth."""

    name: str
    address: str
    state: AgentState
    problem: str = ""
    agent_id: str = ""
    version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    advertised_addresses: tuple[str, ...] = ()
    host: HostFacts = NO_HOST_FACTS
    clock_offset_seconds: float | None = None
    clock_uncertainty_seconds: float | None = None
    round_trip_seconds: float | None = None
    limits: LimitsInForce = NO_LIMITS
    clock_drift_ppm: float | None = None
    clock_drift_uncertainty_ppm: float | None = None


@dataclass(frozen=True, slots=True)
class StepStarted:
    """Step ``index`` (from 0) of ``count`` begins; ``at_most``: there may be fewer than ``count``."""

    index: int
    count: int
    name: str
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class PhaseReached:
    """The step is in this phase; ``waiting_for`` names agents that have not got there, 0 seconds is not known."""

    phase: str
    waiting_for: tuple[str, ...] = ()
    lasts_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FlowProgress:
    """A sample of a worker on ``agent`` whose other end is on ``peer``."""

    agent: str
    peer: str
    sample: Sample


@dataclass(frozen=True, slots=True)
class ReachProgress:
    """So many probes of a reach step are done, of so many."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step's verdict and its result in one line."""

    index: int
    name: str
    verdict: str
    summary: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should read; ``level`` is info, warning or error."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class ResultPart:
    """A part of the result document's JSON that fits a message."""

    json: bytes
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTrial:
    """A trial of a search is over; rates are those of all its flows, bounds those of the first goal so far."""

    number: int
    most_trials: int
    bits_per_second: float
    packets_per_second: float
    duration_seconds: float
    loss_ratio: float
    lower_bound_bits_per_second: float | None = None
    upper_bound_bits_per_second: float | None = None


RunEventBody = (
    StepStarted | PhaseReached | FlowProgress | StepFinished | Notice | ResultPart | ReachProgress | SearchTrial
)


@dataclass(frozen=True, slots=True)
class WatchRunResponse:
    """Something happened ``at_seconds`` after the run began."""

    at_seconds: float
    body: RunEventBody
