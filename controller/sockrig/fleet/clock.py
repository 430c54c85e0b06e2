"""How far an agent's monotonic clock is from the controller's, and how sure that is. Pure.

Four timestamps of one ping give an offset and a round trip, as in NTP (RFC 5905 section 8): the offset is
((t1 - t0) + (t2 - t3)) / 2, and the true one lies within half the round trip of it whatever the two ways took. Of the
last eight samples the one with the smallest round trip is believed.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

SAMPLES_KEPT = 8


@dataclass(frozen=True, slots=True)
class ClockEstimate:
    """Agent's clock minus controller's; the true offset is within ``uncertainty_nanoseconds`` of it.

    ``clock_id`` names the agent's clock, where that is known; ``exact`` is True where it is the controller's own.
    """

    offset_nanoseconds: int
    round_trip_nanoseconds: int
    clock_id: str = ""
    exact: bool = False

    @property
    def uncertainty_nanoseconds(self) -> int:
        """Half the round trip, rounded up; 0 where both read the same clock."""
        return 0 if self.exact else (self.round_trip_nanoseconds + 1) // 2


def estimate(sent: int, received: int, answered: int, returned: int) -> ClockEstimate:
    """What one exchange tells; ``sent`` and ``returned`` are the controller's clock, the others the agent's."""
    offset = ((received - sent) + (answered - returned)) // 2
    round_trip = max(0, (returned - sent) - (answered - received))
    return ClockEstimate(offset, round_trip)


def agreed(estimates: Mapping[str, ClockEstimate]) -> dict[str, ClockEstimate]:
    """The estimates of several agents, with one offset for all that read the same clock: the surest of them.

    Each keeps its own round trip, since an order takes as long as ever to reach it.
    """
    surest: dict[str, ClockEstimate] = {}
    for one in estimates.values():
        known = surest.setdefault(one.clock_id, one)
        if one.uncertainty_nanoseconds < known.uncertainty_nanoseconds:
            surest[one.clock_id] = one
    return {
        agent: replace(one, offset_nanoseconds=surest[one.clock_id].offset_nanoseconds) if one.clock_id else one
        for agent, one in estimates.items()
    }


def uncertainty_between(one: ClockEstimate, other: ClockEstimate) -> int:
    """How far, in nanoseconds, two agents' corrected clocks may be apart: 0 where they read the same one."""
    if one.clock_id and one.clock_id == other.clock_id:
        return 0
    return one.uncertainty_nanoseconds + other.uncertainty_nanoseconds


class ClockFilter:
    """Keeps the last samples and believes the one with the smallest round trip.

    An agent whose ``clock_id`` is the controller's own reads the same clock: its offset is 0 and needs no estimate.
    """

    def __init__(self, clock_id: str = "", own_clock_id: str = "") -> None:
        self._clock_id = clock_id
        self._shared = bool(clock_id) and clock_id == own_clock_id
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
        best = min(self._samples, key=lambda sample: sample.round_trip_nanoseconds, default=None)
        if best is None:
            return None
        offset = 0 if self._shared else best.offset_nanoseconds
        return ClockEstimate(offset, best.round_trip_nanoseconds, self._clock_id, exact=self._shared)
