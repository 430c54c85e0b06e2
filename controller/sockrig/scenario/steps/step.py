"""What every step of a scenario has in common."""

from sockrig.scenario.fields import Title
from sockrig.scenario.part import Part


class StepPart(Part):
    """One step."""

    name: Title | None = None
    """For people."""
