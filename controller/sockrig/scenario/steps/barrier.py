"""A step that waits until every agent answers."""

from sockrig.scenario.calls import AgentText
from sockrig.scenario.fields import Duration, OneOrMany
from sockrig.scenario.steps.step import StepPart

BARRIER_TIMEOUT_SECONDS = 15.0


class BarrierStep(StepPart):
    """Go on when all have answered."""

    barrier: OneOrMany[AgentText] | None
    """Who: a role, one of a role, or a list; nothing or ``all`` for every agent of the run."""
    timeout: Duration = BARRIER_TIMEOUT_SECONDS
    """How long they have."""

    @property
    def usual_name(self) -> str:
        """What it does."""
        return "barrier"
