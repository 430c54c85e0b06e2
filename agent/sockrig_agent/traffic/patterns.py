"""When packets leave that do not leave evenly: at random, in bursts, or in phases.

Open loop like :mod:`.pacing`, on absolute deadlines that nothing moves, whatever the pattern. Times are nanoseconds of
one monotonic clock.
"""

import zlib
from typing import Final, Protocol

import numpy as np

from sockrig_agent.traffic.engine import Assignment
from sockrig_agent.traffic.pacing import BATCH_NANOSECONDS, Pacer
from sockrig_wire.model.flows import BurstPattern, ConstantPattern, OnOffPattern, PoissonPattern

_SECOND: Final = 10**9
_CHUNK: Final = 4096
"""So many random deadlines are drawn at once."""


class Pacing(Protocol):
    """Says how many packets may go, and when to look again."""

    def due(self, now: int) -> int:
        """How many packets may go at ``now``, at most a batch of the greatest size."""

    def sent(self, count: int) -> None:
        """Take note that the next ``count`` packets have gone."""

    def wait_until(self) -> int:
        """When the next packets are due; in the past for a sender that is late.

        With batches of one packet that is when the next one was meant to leave.
        """


def pacing_of(assignment: Assignment, size_bytes: float, start_at: int, limit_per_batch: int) -> Pacing | None:
    """What the worker's rate and pattern ask for; None is as fast as it goes.

    Args:
        assignment: the worker's.
        size_bytes: of one packet, or their mean.
        start_at: when the first packet may leave.
        limit_per_batch: the most that can go at once.
    """
    spec, rate = assignment.spec, assignment.packets_per_second(size_bytes)
    match spec.pattern:
        case BurstPattern(packets, gap_seconds):
            return BurstPacer(start_at, packets, round(gap_seconds * _SECOND), limit_per_batch)
        case OnOffPattern(on_seconds, off_seconds):
            on, off = round(on_seconds * _SECOND), round(off_seconds * _SECOND)
            return OnOffPacer(start_at, rate, on, off, limit_per_batch)
        case PoissonPattern() if rate is not None:
            seed = (zlib.crc32(spec.name.encode()), assignment.worker)
            return PoissonPacer(start_at, rate, limit_per_batch, np.random.default_rng(seed))
        case ConstantPattern() if rate is not None:
            return Pacer(start_at, rate, limit_per_batch)
    return None


class PoissonPacer:
    """Packets at random distances: a Poisson process, whose gaps are exponentially distributed (RFC 2330 section 11.1).

    Args:
        start_at_nanoseconds: when the process begins; the first packet follows a gap later.
        packets_per_second: the mean rate.
        limit_per_batch: the most that can go at once.
        random: draws the gaps; seeded, so that a flow is the same each time and no two workers are alike.
    """

    def __init__(
        self, start_at_nanoseconds: int, packets_per_second: float, limit_per_batch: int, random: np.random.Generator
    ) -> None:
        self._mean_gap = _SECOND / packets_per_second
        self._limit = limit_per_batch
        self._batch = max(1, min(limit_per_batch, _CHUNK, int(BATCH_NANOSECONDS / self._mean_gap)))
        self._random = random
        self._deadlines = np.array([start_at_nanoseconds], np.int64)
        self._next = 1

    def due(self, now: int) -> int:
        """How many packets may go at ``now``, at most a batch of the greatest size."""
        while int(self._deadlines[-1]) <= now and self._deadlines.size - self._next < self._limit:
            self._draw()
        return max(0, min(int(np.searchsorted(self._deadlines, now, "right")) - self._next, self._limit))

    def sent(self, count: int) -> None:
        """Take note that the next ``count`` packets have gone."""
        self._next += count

    def wait_until(self) -> int:
        """When the next packets are due; in the past for a sender that is late."""
        while self._next + self._batch > self._deadlines.size:
            self._draw()
        return int(self._deadlines[self._next + self._batch - 1])

    def _draw(self) -> None:
        """Forget what has gone, and draw more; the last deadline stays, for the next to follow it."""
        kept = self._deadlines[min(self._next, self._deadlines.size - 1) :]
        self._next -= self._deadlines.size - kept.size
        gaps = np.rint(self._random.exponential(self._mean_gap, _CHUNK)).astype(np.int64)
        self._deadlines = np.concatenate([kept, kept[-1] + np.cumsum(gaps)])


class BurstPacer:
    """So many packets at once, again and again.

    Args:
        start_at_nanoseconds: when the first burst is due.
        packets: of one burst.
        gap_nanoseconds: from the beginning of one burst to that of the next.
        limit_per_batch: the most that can go at once.
    """

    def __init__(self, start_at_nanoseconds: int, packets: int, gap_nanoseconds: int, limit_per_batch: int) -> None:
        self._start = start_at_nanoseconds
        self._packets = packets
        self._gap = gap_nanoseconds
        self._limit = limit_per_batch
        self._sent = 0

    def due(self, now: int) -> int:
        """How many packets may go at ``now``, at most a batch of the greatest size."""
        bursts = (now - self._start) // self._gap + 1
        return max(0, min(bursts * self._packets - self._sent, self._limit))

    def sent(self, count: int) -> None:
        """Take note that the next ``count`` packets have gone."""
        self._sent += count

    def wait_until(self) -> int:
        """When the next packet's burst is due; in the past for a sender that is late."""
        return self._start + self._sent // self._packets * self._gap


class OnOffPacer:
    """Packets at an even rate, or as fast as they go, while it is on; then nothing, and from the beginning.

    The packets are paced on a clock that stands still while it is off. What is late at the end of a phase has a moment
    to go, no longer than a batch may take; the rest goes with the next.

    Args:
        start_at_nanoseconds: when the first phase begins, which is on.
        packets_per_second: the rate while it is on; None is as fast as it goes.
        on_nanoseconds: the length of a phase.
        off_nanoseconds: the length of the pause after it.
        limit_per_batch: the most that can go at once.
    """

    def __init__(
        self,
        start_at_nanoseconds: int,
        packets_per_second: float | None,
        on_nanoseconds: int,
        off_nanoseconds: int,
        limit_per_batch: int,
    ) -> None:
        self._start = start_at_nanoseconds
        self._on = on_nanoseconds
        self._period = on_nanoseconds + off_nanoseconds
        self._limit = limit_per_batch
        self._pacer = None if packets_per_second is None else Pacer(0, packets_per_second, limit_per_batch)
        self._looked_at = start_at_nanoseconds

    def due(self, now: int) -> int:
        """How many packets may go at ``now``, at most a batch of the greatest size."""
        self._looked_at = now
        phase, within = divmod(now - self._start, self._period)
        if phase < 0 or within >= self._on + (BATCH_NANOSECONDS if self._pacer else 0):
            return 0
        return self._pacer.due(phase * self._on + min(within, self._on - 1)) if self._pacer else self._limit

    def sent(self, count: int) -> None:
        """Take note that the next ``count`` packets have gone."""
        if self._pacer is not None:
            self._pacer.sent(count)

    def wait_until(self) -> int:
        """When the next packets are due, or the phase ends; in the past for a sender that is late."""
        phase, within = divmod(self._looked_at - self._start, self._period)
        opens_at = self._start + (phase + 1) * self._period
        if self._pacer is None:
            return opens_at
        paced_phase, paced_within = divmod(self._pacer.wait_until(), self._on)
        deadline = self._start + paced_phase * self._period + paced_within
        if within < self._on:
            return min(deadline, opens_at - self._period + self._on)
        return (
            deadline
            if self._looked_at >= deadline and within < self._on + BATCH_NANOSECONDS
            else max(deadline, opens_at)
        )
