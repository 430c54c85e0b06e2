"""A step of scripted sockets."""

from typing import Annotated

from pydantic import Field

from sockrig.scenario.calls import Call
from sockrig.scenario.document import MOST_STEPS
from sockrig.scenario.fields import NOT_EMPTY
from sockrig.scenario.steps.step import StepPart


class SocketsStep(StepPart):
    """Scripted sockets: calls in order, each on its own host."""

    sockets: Annotated[tuple[Call, ...], Field(max_length=MOST_STEPS), NOT_EMPTY]
    """The calls."""
