"""What every step of a scenario has in common."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from sockrig.scenario.fields import Duration, Title
from sockrig.scenario.part import Part
from sockrig.scenario.repetition import Repeat

Value = StrictStr | StrictBool | StrictInt | StrictFloat
"""Of a variable."""


def _in_files_only(value: Any) -> None:
    if value is not None:
        raise ValueError("a matrix is for files: in Python, make the steps in a loop, each with its vars")


class StepPart(Part):
    """One step."""

    name: Title | None = None
    """For people."""
    vars: Mapping[StrictStr, Value] = Field(default_factory=dict)
    """Variables of this step alone, with their values; they stand before those of the scenario, and in its name."""
    matrix: Annotated[Mapping[StrictStr, tuple[Value, ...]] | None, BeforeValidator(_in_files_only)] = None
    """Variables with lists of values: the step is there once for each combination of them."""
    repeat: Repeat | None = None
    """How often it is carried out: a count, or until a metric is known well enough."""
    deadline: Duration | None = None
    """How long it may take in all, repetitions included; without it, as long as its parts may take."""
    continue_on_failure: StrictBool | None = None
    """True: the run goes on whatever becomes of it. False: it ends also where an expectation fails. Without it, as its
    group or the scenario says: an error ends the run, an expectation that fails does not."""

    @property
    def usual_name(self) -> str | None:
        """What it is called where it has no name; None for its number."""
        return None
