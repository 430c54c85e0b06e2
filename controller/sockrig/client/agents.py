"""What follows from what a controller says of its agents."""

from collections.abc import Sequence
from dataclasses import dataclass

from sockrig_wire.errors import UnreachableError
from sockrig_wire.model.controller import AgentState, AgentStatus

_WITHOUT_A_PROBLEM = {
    AgentState.CONNECTING: "it has not answered yet",
    AgentState.READY: "it is ready",
    AgentState.LOST: "its session broke",
    AgentState.FAILED: "it could not be reached",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """What the controller knows of an agent's monotonic clock, from four timestamps a reading (RFC 5905, section 8)."""

    offset_seconds: float
    """Agent's clock minus the controller's."""
    uncertainty_seconds: float
    """The offset is right to within this: half the smallest round trip and what may have changed since, or 0 where both
    read the same clock."""
    drift_ppm: float | None = None
    """How fast the offset has grown in the last minutes, in microseconds a second; None while that is not known."""
    drift_uncertainty_ppm: float | None = None
    """The drift is right to within this."""


def clock_of(status: AgentStatus) -> Clock | None:
    """The agent's clock, or None while there is no estimate."""
    if status.clock_offset_seconds is None or status.clock_uncertainty_seconds is None:
        return None
    return Clock(
        status.clock_offset_seconds,
        status.clock_uncertainty_seconds,
        status.clock_drift_ppm,
        status.clock_drift_uncertainty_ppm,
    )


def unreachable(statuses: Sequence[AgentStatus]) -> UnreachableError:
    """One error that names every agent in ``statuses``, its address, what is wrong and what to do."""
    lines = (f"{each.name} at {each.address}: {each.problem or _WITHOUT_A_PROBLEM[each.state]}" for each in statuses)
    return UnreachableError(
        "; ".join(lines),
        where="agents" if len(statuses) > 1 else "agent",
        next="Check the addresses, that `sockrig agent` runs there, and that no firewall stands between.",
    )
