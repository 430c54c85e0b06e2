"""A step that searches for the largest rate that the network carries.

A buffer hides an overload: one that holds B seconds of traffic takes, without loss, what exceeds the rate by B over the
time of the warm-up and the trial. So for bounds within 1 % before a buffer of 50 ms, both together must last 5 s.
"""

from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from sockrig.scenario.document import Path
from sockrig.scenario.expectations import Expectation
from sockrig.scenario.fields import Duration, FlowRate, OneOrMany, Pause, listed
from sockrig.scenario.flow import Flow
from sockrig.scenario.goal import Goal
from sockrig.scenario.kinds import KINDS
from sockrig.scenario.metrics import CAPACITY
from sockrig.scenario.part import Part, problem_at
from sockrig.scenario.steps.traffic import TrafficStep
from sockrig_wire.kinds import FLOW_KINDS

MOST_TRIALS = 10_000
SEARCHABLE_KINDS = tuple(name for name, kind in KINDS.items() if FLOW_KINDS[name].one_way and "loss" in kind.metrics)
"""Kinds that go on sending where packets are lost, and count them."""


class SearchFlow(Flow):
    """Traffic whose rate and duration the search sets, anew in every trial."""

    duration: Duration = 1.0
    """Set by the search."""
    warmup: Pause = 0.5
    """Traffic before each trial: it uses up what a token bucket has saved, and fills buffers, which would hide loss."""

    @model_validator(mode="after")
    def _leaves_the_rate_to_the_search(self) -> Self:
        if self.kind not in SEARCHABLE_KINDS:
            kinds = " or ".join(SEARCHABLE_KINDS)
            raise problem_at(self, f"{self.kind} has no loss to search by: expected {kinds}", "kind")
        for key in ("rate", "duration", "delay"):
            if key in self.model_fields_set:
                raise problem_at(self, f"the search sets it: leave {key} out", key)
        if self.pattern != "constant":
            raise problem_at(self, "a search sends evenly: leave pattern out", "pattern")
        return self


class RateRange(Part):
    """The rates between which is searched, for each flow, of payload."""

    from_: FlowRate
    """The smallest."""
    to: FlowRate
    """The largest; the search begins with it."""

    @model_validator(mode="after")
    def _goes_upwards(self) -> Self:
        if (self.from_.bits_per_second is None) != (self.to.bits_per_second is None):
            raise problem_at(self, "expected a rate of the same unit as from", "to")
        if self.load(self.from_) >= self.load(self.to):
            raise problem_at(self, "expected a rate above that of from", "to")
        return self

    @property
    def in_packets(self) -> bool:
        """Whether the rates are in packets, not in bits, per second."""
        return self.to.bits_per_second is None

    @staticmethod
    def load(rate: FlowRate) -> float:
        """The rate in its own unit."""
        return rate.bits_per_second or rate.packets_per_second or 0.0


class Search(Part):
    """A search for a capacity, RFC 9971."""

    flow: OneOrMany[SearchFlow]
    """The traffic, without rate and duration; several flows go at once, each at the rate of the trial."""
    rate: RateRange
    """Where to search."""
    goal: OneOrMany[Goal] = "loss-tolerant"
    """When a rate counts as carried: ``rfc2544``, ``tst009``, ``loss-tolerant``, or one of your own; expectations are
    about the first."""
    most: Annotated[StrictInt, Field(ge=1, le=MOST_TRIALS)] = 60
    """Trials, after which it ends in any case."""
    within: Duration = 3600.0
    """The time after which it ends in any case."""


class RateSearchStep(TrafficStep):
    """A search for the largest rate that the network carries."""

    search: Search
    """What to search for, and with which traffic."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """All flows of each trial."""
        return listed(self.search.flow)

    @staticmethod
    def flow_path(index: int) -> Path:
        """Where the flow of that index stands within the step."""
        return ("search", "flow", index)

    def _check_expectation(self, expectation: Expectation, index: int) -> None:
        if expectation.metric != CAPACITY or expectation.flow is not None:
            message = f"{expectation.text}: a search tells {CAPACITY} alone, such as {CAPACITY} >= 95 Mbit/s"
            raise problem_at(self, message, "expect", index)
