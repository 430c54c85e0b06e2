"""How fast an agent's clock runs away from the controller's, and how sure that is. Pure.

Two readings of the offset, far apart in time, tell how much it changed between them. Each is right to within its bound;
so the mean drift between the two is right to within the sum of both bounds over the time between, however unevenly the
clocks drifted on the way. The longer a session lasts, the better it is known.
"""

from collections import deque
from dataclasses import dataclass

from sockrig.fleet.clock_reading import ClockReading

SLOT_NANOSECONDS = 10 * 10**9
"""Of every ten seconds the reading with the smallest round trip is kept."""

SLOTS_KEPT = 60
"""Ten minutes: long against the readings' bounds, short against the hours in which a room gets warmer."""

UNKNOWN_DRIFT_PPM = 100.0
"""What two clocks of which nothing is known may drift apart: a computer's quartz is good to about 50 ppm."""

LEAST_DRIFT_PPM = 15.0
"""What a clock may drift however well it is known: its next minutes need not be like its last (RFC 5905, PHI)."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Growth of the offset, agent's clock minus controller's, in parts per million: microseconds a second."""

    ppm: float
    uncertainty_ppm: float

    @property
    def most_ppm(self) -> float:
        """The fastest that the two may drift apart from now on."""
        return max(LEAST_DRIFT_PPM, abs(self.ppm) + self.uncertainty_ppm)


class DriftMeter:
    """Keeps the best readings of the last minutes, and compares the best of the oldest third with the newest's."""

    def __init__(self) -> None:
        self._best: deque[ClockReading] = deque(maxlen=SLOTS_KEPT)

    def add(self, reading: ClockReading) -> None:
        """Take in one more reading; they come in the order of their times."""
        if self._best and _slot(self._best[-1]) == _slot(reading):
            if reading.round_trip_nanoseconds >= self._best[-1].round_trip_nanoseconds:
                return
            self._best.pop()
        self._best.append(reading)

    @property
    def drift(self) -> Drift | None:
        """The mean drift; None while it is not known better than that of two clocks of which nothing is known."""
        readings = tuple(self._best)
        third = -(-len(readings) // 3)
        early, late = _surest(readings[:third]), _surest(readings[-third:])
        if early is None or late is None or late.at_nanoseconds <= early.at_nanoseconds:
            return None
        apart = late.at_nanoseconds - early.at_nanoseconds
        uncertainty_ppm = (early.uncertainty_nanoseconds + late.uncertainty_nanoseconds) * 1e6 / apart
        if uncertainty_ppm >= UNKNOWN_DRIFT_PPM:
            return None
        return Drift((late.offset_nanoseconds - early.offset_nanoseconds) * 1e6 / apart, uncertainty_ppm)


def _slot(reading: ClockReading) -> int:
    return reading.at_nanoseconds // SLOT_NANOSECONDS


def _surest(readings: tuple[ClockReading, ...]) -> ClockReading | None:
    return min(readings, key=lambda reading: reading.round_trip_nanoseconds, default=None)
