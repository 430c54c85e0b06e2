"""A step and what only steps have: calls, expectations, repetitions, and how late its sources started."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sockrig.results.model.flow import FlowResult
from sockrig.results.model.reach import ReachResult
from sockrig.results.model.search import SearchResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.part import part_of_document


@part_of_document
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


@part_of_document
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


@part_of_document
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


@part_of_document
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


@part_of_document
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


@part_of_document
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
