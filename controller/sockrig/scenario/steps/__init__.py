"""The steps of a scenario, one kind of them a module; a step is told by the key that only its kind has."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Tag

from sockrig.scenario.part import known_by_key
from sockrig.scenario.steps.search import RateSearchStep
from sockrig.scenario.steps.sockets import SocketsStep
from sockrig.scenario.steps.step import StepPart
from sockrig.scenario.steps.traffic import FlowStep, TogetherItem, TogetherStep, TrafficStep

__all__ = [
    "NOT_SERVED",
    "STEP_KINDS",
    "FlowStep",
    "RateSearchStep",
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
    "search": RateSearchStep,
}
NOT_SERVED = ("reach",)
"""Steps of the grammar that this version does not carry out."""

Step = Annotated[
    Annotated[SocketsStep, Tag("<sockets>")]
    | Annotated[FlowStep, Tag("<flow>")]
    | Annotated[TogetherStep, Tag("<together>")]
    | Annotated[RateSearchStep, Tag("<search>")],
    *known_by_key("a step", STEP_KINDS, not_served=NOT_SERVED),
]
"""One step; its kind is told by the key that it has."""
