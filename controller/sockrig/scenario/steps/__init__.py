"""The steps of a scenario, one kind of them a module; a step is told by the key that only its kind has."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Tag

from sockrig.scenario.part import known_by_key
from sockrig.scenario.steps.barrier import BarrierStep
from sockrig.scenario.steps.group import GroupStep
from sockrig.scenario.steps.include import IncludedFile, IncludeStep
from sockrig.scenario.steps.reach import ReachStep
from sockrig.scenario.steps.search import RateSearchStep
from sockrig.scenario.steps.sleep import SleepStep
from sockrig.scenario.steps.sockets import SocketsStep
from sockrig.scenario.steps.step import StepPart
from sockrig.scenario.steps.traffic import FlowStep, TogetherItem, TogetherStep, TrafficStep

__all__ = [
    "STEP_KINDS",
    "BarrierStep",
    "FlowStep",
    "GroupStep",
    "IncludeStep",
    "IncludedFile",
    "RateSearchStep",
    "ReachStep",
    "SleepStep",
    "SocketsStep",
    "Step",
    "StepPart",
    "TogetherItem",
    "TogetherStep",
    "TrafficStep",
]

STEP_KINDS: Mapping[str, type[StepPart]] = {
    "sockets": SocketsStep,
    "flow": FlowStep,
    "together": TogetherStep,
    "reach": ReachStep,
    "search": RateSearchStep,
    "steps": GroupStep,
    "include": IncludeStep,
    "sleep": SleepStep,
    "barrier": BarrierStep,
}

Step = Annotated[
    Annotated[SocketsStep, Tag("<sockets>")]
    | Annotated[FlowStep, Tag("<flow>")]
    | Annotated[TogetherStep, Tag("<together>")]
    | Annotated[ReachStep, Tag("<reach>")]
    | Annotated[RateSearchStep, Tag("<search>")]
    | Annotated[GroupStep, Tag("<steps>")]
    | Annotated[IncludeStep, Tag("<include>")]
    | Annotated[SleepStep, Tag("<sleep>")]
    | Annotated[BarrierStep, Tag("<barrier>")],
    *known_by_key("a step", STEP_KINDS),
]
"""One step; its kind is told by the key that it has."""

GroupStep.model_rebuild(_types_namespace={"Step": Step})
