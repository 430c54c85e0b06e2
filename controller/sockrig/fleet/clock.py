"""How far an agent's monotonic clock is from the controller's, and how sure that is. Pure.

Of the last eight readings the one with the smallest bound is believed: half its round trip, and for every second since
then what the two clocks may have drifted apart (RFC 5905 section 10, the clock filter). As long as they are all fresh,
as after a burst, that is the one with the smallest round trip.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sockrig.fleet.clock_drift import UNKNOWN_DRIFT_PPM, Drift, DriftMeter
from sockrig.fleet.clock_reading import ClockReading

READINGS_KEPT = 8


@dataclass(frozen=True, slots=True)
class ClockEstimate:
    """Agent's clock minus controller's at one moment; the true offset is within ``uncertainty_nanoseconds`` of it.

    Attributes:
        round_trip_nanoseconds: of the reading that is believed.
        clock_id: names the agent's clock; empty where that is not known.
        exact: whether it is the controller's own clock.
        aged_nanoseconds: how much the bound has grown since the reading.
        drift: how fast the offset grows; None while that is not known, or where it cannot.
    """

    offset_nanoseconds: int
    round_trip_nanoseconds: int
    clock_id: str = ""
    exact: bool = False
    aged_nanoseconds: int = 0
    drift: Drift | None = None

    @property
    def uncertainty_nanoseconds(self) -> int:
        """Half the round trip, rounded up, and its age's share; 0 where both read the same clock."""
        return 0 if self.exact else (self.round_trip_nanoseconds + 1) // 2 + self.aged_nanoseconds

    def later(self, nanoseconds: int) -> "ClockEstimate":
        """The same estimate, so much later: its bound has grown."""
        return replace(self, aged_nanoseconds=self.aged_nanoseconds + grown(nanoseconds, self.drift))


def grown(nanoseconds: int, drift: Drift | None) -> int:
    """How much the bound of an offset grows in that time."""
    ppm = UNKNOWN_DRIFT_PPM if drift is None else drift.most_ppm
    return round(max(0, nanoseconds) * ppm / 1e6)


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


def uncertainty_over(
    begin: tuple[ClockEstimate, ClockEstimate], end: tuple[ClockEstimate, ClockEstimate] | None, nanoseconds: int
) -> int:
    """How far two agents' clocks, corrected by their offsets at the beginning, may be apart until the end.

    Two bounds hold, and the smaller is told. What was known at the beginning, grown by what the clocks may drift in
    that time; and what is known at the end: how far the offset was found to have moved, and how sure that finding is
    (on the way from there to here it is taken not to have been further off than at both ends).

    Args:
        begin: the estimates of both agents at the beginning.
        end: those at the end; None where they were not measured again.
        nanoseconds: the time between.
    """
    one, other = begin
    known = uncertainty_between(one, other)
    if one.clock_id and one.clock_id == other.clock_id:
        return known
    grown_bound = uncertainty_between(one.later(nanoseconds), other.later(nanoseconds))
    if end is None:
        return grown_bound
    moved = (end[0].offset_nanoseconds - end[1].offset_nanoseconds) - (
        one.offset_nanoseconds - other.offset_nanoseconds
    )
    return min(grown_bound, max(known, abs(moved) + uncertainty_between(*end)))


class ClockFilter:
    """Keeps the last readings and believes the surest; and keeps the drift.

    An agent whose ``clock_id`` is the controller's own reads the same clock: its offset is 0 and needs no estimate.
    """

    def __init__(self, clock_id: str = "", own_clock_id: str = "") -> None:
        self._clock_id = clock_id
        self._shared = bool(clock_id) and clock_id == own_clock_id
        self._readings: deque[ClockReading] = deque(maxlen=READINGS_KEPT)
        self._drift = DriftMeter()

    def add(self, reading: ClockReading) -> None:
        """Take in one more reading."""
        self._readings.append(reading)
        self._drift.add(reading)

    @property
    def count(self) -> int:
        """Readings kept."""
        return len(self._readings)

    def best(self, now: int) -> ClockEstimate | None:
        """What is believed ``now``, nanoseconds of the controller's clock; None before the first reading."""
        if not self._readings:
            return None
        if self._shared:
            trip = min(reading.round_trip_nanoseconds for reading in self._readings)
            return ClockEstimate(0, trip, self._clock_id, exact=True)
        drift = self._drift.drift

        def aged(reading: ClockReading) -> int:
            return grown(now - reading.at_nanoseconds, drift)

        best = min(self._readings, key=lambda reading: reading.uncertainty_nanoseconds + aged(reading))
        return ClockEstimate(
            best.offset_nanoseconds,
            best.round_trip_nanoseconds,
            self._clock_id,
            aged_nanoseconds=aged(best),
            drift=drift,
        )
