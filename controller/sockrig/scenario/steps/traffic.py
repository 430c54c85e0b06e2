"""Steps of generated traffic, and what must hold of it."""

from typing import Annotated, Self

from pydantic import Field, StrictStr, model_validator

from sockrig.scenario.document import Path
from sockrig.scenario.expectations import Expectation, parse_expectation
from sockrig.scenario.fields import NOT_EMPTY, OneOrMany, listed
from sockrig.scenario.flow import Flow
from sockrig.scenario.kinds import kinds_with, metrics_of
from sockrig.scenario.part import Part, checked, problem_at
from sockrig.scenario.steps.step import StepPart
from sockrig.scenario.suggestions import did_you_mean
from sockrig.scenario.units import shown

ExpectationText = Annotated[StrictStr, checked(parse_expectation), Field(examples=["loss <= 0.5 %"])]


class TrafficStep(StepPart):
    """What the steps with generated traffic have in common; all flows of a step start together."""

    expect: OneOrMany[ExpectationText] = ()
    """What must hold: METRIC OPERATOR VALUE, such as ``call.rtt.p99 <= 50 ms`` of the flows named call,
    ``each(throughput) >= 10 Mbit/s`` of every flow, or ``throughput >= 95 % of baseline``."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """All flows of the step."""
        raise NotImplementedError

    @staticmethod
    def flow_path(index: int) -> Path:
        """Where the flow of that index stands within the step."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _expectations_fit_flows(self) -> Self:
        for index, text in enumerate(listed(self.expect)):
            self._check_expectation(parse_expectation(text), index)
        return self

    def _check_expectation(self, expectation: Expectation, index: int) -> None:
        names = [flow.name for flow in self.flows if flow.name is not None]
        if expectation.flow is not None and expectation.flow not in names:
            guess = did_you_mean(expectation.flow, names)
            named = ", ".join(names) or "none"
            message = f"no flow of this step is named {shown(expectation.flow)}; {guess}named here: {named}"
            raise problem_at(self, f"{expectation.text}: {message}", "expect", index)
        kinds = {flow.kind: metrics_of(flow.kind) for flow in self.flows if expectation.flow in {None, flow.name}}
        if not any(expectation.metric in metrics for metrics in kinds.values()):
            has = "; ".join(f"{name} has {', '.join(metrics)}" for name, metrics in kinds.items())
            others = ", ".join(kinds_with(expectation.metric))
            message = f"{' and '.join(kinds)} cannot tell {expectation.metric}: {has}; {others} can"
            raise problem_at(self, f"{expectation.text}: {message}", "expect", index)


class FlowStep(TrafficStep):
    """One flow, or a list of flows that start together."""

    flow: OneOrMany[Flow]
    """The traffic."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """All flows of the step."""
        return listed(self.flow)

    @staticmethod
    def flow_path(index: int) -> Path:
        """Where the flow of that index stands within the step."""
        return ("flow", index)


class TogetherItem(Part):
    """One of the things that start together."""

    flow: Flow
    """The traffic."""


class TogetherStep(TrafficStep):
    """Several flows that start together, each with its own delay."""

    together: Annotated[tuple[TogetherItem, ...], NOT_EMPTY]
    """The flows."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """All flows of the step."""
        return tuple(item.flow for item in self.together)

    @staticmethod
    def flow_path(index: int) -> Path:
        """Where the flow of that index stands within the step."""
        return ("together", index, "flow")
