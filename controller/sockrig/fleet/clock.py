"""How far an agent's monotonic clock is from the controller's, and how sure that is. Pure.

Four timestamps of one ping give an offset and a round trip, as in NTP (RFC 5905 section 8): the offset is
((t1 - t0) + (t2 - t3)) / 2, and the true one lies within half the round trip of it whatever the two ways took. Of the
last eight samples the one with the smallest round trip is believed.
"""

from collections import deque
from dataclasses import dataclass

SAMPLES_KEPT = 8


@dataclass(frozen=True, slots=True)
class ClockEstimate:
    """Agent's clock minus controller's; the true offset is within ``uncertainty_nanoseconds`` of it."""

    offset_nanoseconds: int
    round_trip_nanoseconds: int

    @property
    def uncertainty_nanoseconds(self) -> int:
        """Half the round trip, rounded up."""
        return (self.round_trip_nanoseconds + 1) // 2


def estimate(sent: int, received: int, answered: int, returned: int) -> ClockEstimate:
    """What one exchange tells; ``sent`` and ``returned`` are the controller's clock, the others the agent's."""
    offset = ((received - sent) + (answered - returned)) // 2
    round_trip = max(0, (returned - sent) - (answered - received))
    return ClockEstimate(offset, round_trip)


class ClockFilter:
    """Keeps the last samples and believes the one with the smallest round trip."""

    def __init__(self) -> None:
        self._samples: deque[ClockEstimate] = deque(maxlen=SAMPLES_KEPT)

    def add(self, sample: ClockEstimate) -> None:
        """Take in one more sample."""
        self._samples.append(sample)

    @property
    def count(self) -> int:
        """Samples kept."""
        return len(self._samples)

    @property
    def best(self) -> ClockEstimate | None:
        """The believed sample; None before the first."""
        return min(self._samples, key=lambda sample: sample.round_trip_nanoseconds, default=None)
