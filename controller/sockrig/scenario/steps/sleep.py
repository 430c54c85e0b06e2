"""A step that lets time pass."""

from sockrig.scenario.fields import Duration
from sockrig.scenario.steps.step import StepPart
from sockrig.scenario.units import Dimension, format_quantity


class SleepStep(StepPart):
    """Nothing, for a time."""

    sleep: Duration
    """For how long."""

    @property
    def usual_name(self) -> str:
        """What it does."""
        return f"sleep {format_quantity(self.sleep, Dimension.TIME)}"
