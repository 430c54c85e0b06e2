"""The steps of another file. The loader puts them in place of this step, as a group."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StrictStr, Tag

from sockrig.scenario.part import Part, tag_of_form
from sockrig.scenario.steps.step import StepPart, Value


class IncludedFile(Part):
    """A scenario's file, and values for its variables."""

    file: StrictStr
    """Its name, as seen from the folder of the file that includes it."""
    vars: Mapping[StrictStr, Value] = Field(default_factory=dict)
    """Values for variables of that file."""


class IncludeStep(StepPart):
    """All steps of another scenario, whose roles this one has too."""

    include: Annotated[
        Annotated[StrictStr, Tag("<name>")] | Annotated[IncludedFile, Tag("<file>")],
        tag_of_form({str: "<name>", object: "<file>"}),
    ]
    """The file's name, as seen from the folder of this one; or that with values for its variables."""
