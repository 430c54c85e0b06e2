"""What one exchange of four timestamps tells of an agent's clock. Pure.

As in NTP (RFC 5905 section 8): the offset is ((t1 - t0) + (t2 - t3)) / 2, and the true one lies within half the round
trip of it, whatever the two ways took.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One exchange: agent's clock minus controller's, how long it took, and when that was on the controller's clock."""

    offset_nanoseconds: int
    round_trip_nanoseconds: int
    at_nanoseconds: int = 0

    @property
    def uncertainty_nanoseconds(self) -> int:
        """How far the offset may have been off at that time: half the round trip, rounded up."""
        return (self.round_trip_nanoseconds + 1) // 2


def clock_reading(sent: int, received: int, answered: int, returned: int) -> ClockReading:
    """What one exchange tells; ``sent`` and ``returned`` are the controller's clock, the others the agent's."""
    offset = ((received - sent) + (answered - returned)) // 2
    round_trip = max(0, (returned - sent) - (answered - received))
    return ClockReading(offset, round_trip, returned)
