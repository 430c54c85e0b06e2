"""What is to be done, with real agents in their roles: the plan that orchestration carries out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sockrig.scenario.expectations import Expectation
from sockrig.scenario.ports import Port
from sockrig.scenario.repetition import Aim
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
class AnyStep:
    """What every planned step has.

    ``name`` is its own, without those of the groups that it is in; ``variables`` are its own and those of its groups;
    ``deadline_seconds`` is None where it has only that of its kind; ``continue_on_failure`` is None where an error ends
    the run and a failed expectation does not.
    """

    name: str
    variables: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    deadline_seconds: float | None = field(default=None, kw_only=True)
    continue_on_failure: bool | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class SocketStep(AnyStep):
    """A dialogue: calls in order. All names in it are known to exist when they are used."""

    calls: tuple[PlannedCall, ...]


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """One flow between two agents; ``group`` is the name that the scenario gave, or empty."""

    group: str
    spec: FlowSpec
    source: str
    destination: str


@dataclass(frozen=True, slots=True)
class FlowStep(AnyStep):
    """Flows that start together, and what must hold of them."""

    flows: tuple[FlowPlan, ...]
    expectations: tuple[Expectation, ...]


class ReachExpectation(StrEnum):
    """What a reach step wants of every cell."""

    ALLOW = "allow"
    """Answers come back."""
    DENY = "deny"
    """Nothing gets through, however it is kept from it."""
    DENY_DROP = "deny:drop"
    """Nothing gets through, and nobody says so."""
    DENY_REJECT = "deny:reject"
    """Nothing gets through, and somebody says so."""


@dataclass(frozen=True, slots=True)
class ReachCell:
    """One question: whether ``source`` can talk to ``destination`` on one port of it."""

    source: str
    destination: str
    port: Port


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachStep(AnyStep):
    """Cells that are probed at the same time; with ``listen`` their destinations answer."""

    cells: tuple[ReachCell, ...]
    listen: bool
    family: Family
    timeout_seconds: float
    attempts: int
    expected: ReachExpectation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStep(AnyStep):
    """A search for the largest rate that all flows at once get through; a load is the rate of each of them."""

    flows: tuple[FlowPlan, ...]
    """Without rates; each trial sets them."""
    goals: tuple[SearchGoal, ...]
    limits: SearchLimits
    in_packets: bool
    """Loads are packets, not bits, per second."""
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class SleepStep(AnyStep):
    """Time that passes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class BarrierStep(AnyStep):
    """Agents that all must answer before it goes on."""

    agents: tuple[str, ...]
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class GroupStep(AnyStep):
    """Steps in order that have a name together."""

    steps: "tuple[PlannedStep, ...]"


@dataclass(frozen=True, slots=True)
class RepeatedMetric:
    """What is measured in every repetition: a metric, of the step of that name within the repetition."""

    step: str
    metric: Expectation


@dataclass(frozen=True, slots=True)
class RepeatedStep(AnyStep):
    """A step again and again: from ``least`` on only while the aim is not reached, and ``most`` times at the most.

    ``confidence`` is that of all intervals; the aim's metric, where there is one, comes first in ``metrics``.
    """

    step: "SingleStep | GroupStep"
    least: int
    most: int
    aim: Aim | None
    confidence: float
    metrics: tuple[RepeatedMetric, ...]


SingleStep = SocketStep | FlowStep | ReachStep | SearchStep | SleepStep | BarrierStep
"""One step that is carried out; :mod:`sockrig.orchestration.steps` does each kind."""

PlannedStep = SingleStep | GroupStep | RepeatedStep
"""One step of a plan; :mod:`sockrig.orchestration.sequence` goes through them."""

WITHIN = " / "
"""Between the name of a group and that of a step in it."""


def single_steps(*steps: PlannedStep, within: str = "", repeated: bool = True) -> Iterator[tuple[str, SingleStep]]:
    """All steps that are carried out, each once, with their names within these steps.

    Args:
        steps: they.
        within: what the names begin with.
        repeated: whether those are told too that are repeated within these steps.
    """
    for step in steps:
        match step:
            case GroupStep():
                yield from single_steps(*step.steps, within=f"{within}{step.name}{WITHIN}", repeated=repeated)
            case RepeatedStep():
                if repeated:
                    yield from single_steps(step.step, within=within)
            case _:
                yield within + step.name, step


@dataclass(frozen=True, slots=True)
class StepCount:
    """How many steps there are to carry out, at the least and at the most; a repeated one's summary counts as one."""

    least: int
    most: int


def count_steps(*steps: PlannedStep) -> StepCount:
    """The steps that a run has, with all repetitions."""
    least = most = 0
    for step in steps:
        match step:
            case GroupStep():
                inner = count_steps(*step.steps)
                least, most = least + inner.least, most + inner.most
            case RepeatedStep():
                inner = count_steps(step.step)
                least, most = least + step.least * inner.least + 1, most + step.most * inner.most + 1
            case _:
                least, most = least + 1, most + 1
    return StepCount(least, most)


def count_flows(*steps: PlannedStep) -> int:
    """The flows that a run has at the most, with all repetitions."""
    total = 0
    for step in steps:
        match step:
            case GroupStep():
                total += count_flows(*step.steps)
            case RepeatedStep():
                total += step.most * count_flows(step.step)
            case FlowStep():
                total += len(step.flows)
    return total


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole run; ``agents`` are those that take part, in the order of their roles."""

    name: str
    agents: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]]
    require: Requirement
    steps: tuple[PlannedStep, ...]
