"""When each packet is meant to leave: open loop, on absolute deadlines that nothing moves.

Packet *i* is due at ``start + i / rate``, however late the ones before it went, so that a delay is made up for and
never adds up. Times are integers in units of 2**-32 ns, so that the deadlines and the count of what is due by now
agree to the nanosecond: over a day at ten million packets per second the rounding comes to 0.1 microseconds.
"""

from typing import Final

BATCH_NANOSECONDS: Final = 100_000
"""The time that one batch covers: its packets leave together, so this is how far traffic may be from even.

Ten thousand batches a second are affordable for an interpreter, and up to 20,000 packets per second each one still
leaves at a time of its own; waking up is hardly more precise than this on a general-purpose kernel (prctl(2),
``PR_SET_TIMERSLACK``: 50 microseconds).
"""

_FRACTION_BITS: Final = 32


class Pacer:
    """Says how many packets may go, and when to look again. Times are nanoseconds of one monotonic clock.

    Args:
        start_at_nanoseconds: when the first packet is due.
        packets_per_second: the rate.
        limit_per_batch: the most that can go at once.

    Raises:
        ValueError: the rate is not above 0 and below 10**18, or the limit is below 1.
    """

    def __init__(self, start_at_nanoseconds: int, packets_per_second: float, limit_per_batch: int) -> None:
        if not 0 < packets_per_second < 10**18:
            raise ValueError(f"the rate must be above 0 and below 10**18 packets per second, not {packets_per_second}")
        if limit_per_batch < 1:
            raise ValueError(f"a batch holds at least one packet, not {limit_per_batch}")
        self._start = start_at_nanoseconds
        numerator, denominator = packets_per_second.as_integer_ratio()
        self._gap = ((10**9 << _FRACTION_BITS) * denominator + numerator // 2) // numerator
        self._limit = limit_per_batch
        self._batch = max(1, min(limit_per_batch, int(packets_per_second * BATCH_NANOSECONDS / 10**9)))
        self._sent = 0

    @property
    def batch_packets(self) -> int:
        """How many packets leave together while nothing is late."""
        return self._batch

    def due(self, now: int) -> int:
        """How many packets may go at ``now``, at most a batch of the greatest size.

        A sender that is late gets more than :attr:`batch_packets`, so that it catches up in few calls.
        """
        # Packet i is due if i * gap, its fraction dropped, is at most the time that has passed.
        reached = (((now - self._start + 1) << _FRACTION_BITS) - 1) // self._gap + 1
        return max(0, min(reached - self._sent, self._limit))

    def sent(self, count: int) -> None:
        """Take note that the next ``count`` packets have gone."""
        self._sent += count

    def wait_until(self) -> int:
        """When the next whole batch is due; in the past for a sender that is late.

        With batches of one packet that is when the next one was meant to leave.
        """
        return self._deadline(self._sent + self._batch - 1)

    def _deadline(self, number: int) -> int:
        return self._start + (number * self._gap >> _FRACTION_BITS)
