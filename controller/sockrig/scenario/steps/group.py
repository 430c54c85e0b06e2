"""Several steps as one: to repeat them, to sweep over them, to name them."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from sockrig.scenario.document import MOST_STEPS
from sockrig.scenario.fields import NOT_EMPTY
from sockrig.scenario.steps.step import StepPart

if TYPE_CHECKING:
    from sockrig.scenario.steps import Step


class GroupStep(StepPart):
    """Steps that belong together, in order."""

    steps: Annotated[tuple["Step", ...], Field(max_length=MOST_STEPS), NOT_EMPTY]
    """They."""
