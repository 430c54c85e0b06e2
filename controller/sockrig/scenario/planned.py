"""What is to be done, with real agents in their roles: the plan that orchestration carries out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sockrig.scenario.expectations import Expectation
from sockrig.scenario.requirement import Requirement
from sockrig.search.goals import SearchGoal
from sockrig.search.strategy import SearchLimits
from sockrig_wire.kinds import KIND_CAPABILITY
from sockrig_wire.model.flows import FlowSpec
from sockrig_wire.model.sockets import Family, ShutdownHow, SocketAddress, Transport


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What the expansion knows of an agent.

    ``addresses`` are those that it advertises to its peers; ``capabilities`` are None where nobody has asked it yet.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    capabilities: tuple[str, ...] | None = None

    @property
    def added_kinds(self) -> tuple[str, ...] | None:
        """The kinds of traffic that other packages added to it; None where that is not known."""
        if self.capabilities is None:
            return None
        kinds = (each for each in self.capabilities if each.startswith(KIND_CAPABILITY))
        return tuple(each.removeprefix(KIND_CAPABILITY) for each in kinds)


@dataclass(frozen=True, slots=True)
class ToSocket:
    """The address of a socket of the dialogue."""

    name: str


@dataclass(frozen=True, slots=True)
class ToSender:
    """Where a letter came from."""

    letter: str


@dataclass(frozen=True, slots=True)
class ToAgent:
    """A port of an agent, at its advertised address."""

    agent: str
    port: int


@dataclass(frozen=True, slots=True)
class ToAddress:
    """An address, or a name that the calling agent's host resolves."""

    host: str
    port: int


Target = ToSocket | ToSender | ToAgent | ToAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAction:
    """Open a socket, then bind, listen and connect as far as set; ``name`` is empty where it gets none."""

    name: str
    transport: Transport
    family: Family
    bind: SocketAddress | None = None
    listen: int | None = None
    connect: Target | None = None


@dataclass(frozen=True, slots=True)
class AcceptAction:
    """Accept a connection at ``listener``; ``name`` is empty where it gets none."""

    listener: str
    name: str


@dataclass(frozen=True, slots=True)
class SendAction:
    """Send all of ``data``; a stream has no target."""

    socket: str
    data: bytes
    stream: bool
    target: Target | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveAction:
    """Receive once; a stream goes on while what came is the beginning of what is expected.

    ``expected`` None takes anything; ``encoding`` is empty where bytes are compared and shown; ``letter`` is empty
    where what comes gets no name.
    """

    socket: str
    max_bytes: int
    stream: bool
    expected: bytes | None
    encoding: str
    letter: str


@dataclass(frozen=True, slots=True)
class ShutdownAction:
    """End halves of a connection."""

    socket: str
    how: ShutdownHow


@dataclass(frozen=True, slots=True)
class CloseAction:
    """Close a socket."""

    socket: str


@dataclass(frozen=True, slots=True)
class CheckAction:
    """Compare what an earlier call brought: ``subject`` is a letter or a socket, ``property`` like ``sender.port``."""

    subject: str
    property: str
    expected: int | str


Action = OpenAction | AcceptAction | SendAction | ReceiveAction | ShutdownAction | CloseAction | CheckAction


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call on one agent; ``expected_error`` is an errno's name, empty where it is to succeed."""

    agent: str
    text: str
    action: Action
    timeout_seconds: float
    expected_error: str = ""


@dataclass(frozen=True, slots=True)
class SocketStep:
    """A dialogue: calls in order. All names in it are known to exist when they are used."""

    name: str
    calls: tuple[PlannedCall, ...]


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """One flow between two agents; ``group`` is the name that the scenario gave, or empty."""

    group: str
    spec: FlowSpec
    source: str
    destination: str


@dataclass(frozen=True, slots=True)
class FlowStep:
    """Flows that start together, and what must hold of them."""

    name: str
    flows: tuple[FlowPlan, ...]
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStep:
    """A search for the largest rate that all flows at once get through; a load is the rate of each of them."""

    name: str
    flows: tuple[FlowPlan, ...]
    """Without rates; each trial sets them."""
    goals: tuple[SearchGoal, ...]
    limits: SearchLimits
    in_packets: bool
    """Loads are packets, not bits, per second."""
    expectations: tuple[Expectation, ...]


PlannedStep = SocketStep | FlowStep | SearchStep
"""One step of a plan; :mod:`sockrig.orchestration.steps` carries each kind out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole run; ``agents`` are those that take part, in the order of their roles."""

    name: str
    agents: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]]
    require: Requirement
    steps: tuple[PlannedStep, ...]
