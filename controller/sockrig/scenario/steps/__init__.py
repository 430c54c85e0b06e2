"""The steps of a scenario, one kind of them a module; a step is told by the key that only its kind has."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Tag

from sockrig.scenario.part import known_by_key
from sockrig.scenario.steps.reach import ReachStep
from sockrig.scenario.steps.sockets import SocketsStep
from sockrig.scenario.steps.step import StepPart
from sockrig.scenario.steps.traffic import FlowStep, TogetherItem, TogetherStep, TrafficStep

__all__ = [
    "STEP_KINDS",
    "FlowStep",
    "ReachStep",
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
}

Step = Annotated[
    Annotated[SocketsStep, Tag("<sockets>")]
    | Annotated[FlowStep, Tag("<flow>")]
    | Annotated[TogetherStep, Tag("<together>")]
    | Annotated[ReachStep, Tag("<reach>")],
    *known_by_key("a step", STEP_KINDS),
]
"""One step; its kind is told by the key that it has."""
