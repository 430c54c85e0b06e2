"""From the kernel's times of arrival to the clock of everything else.

The kernel stamps what it receives on CLOCK_REALTIME (SO_TIMESTAMPNS, socket(7)), which whoever keeps the host's time
may set at any moment; all times of traffic are on CLOCK_MONOTONIC. Both run at the same speed, so that what lies
between them only changes when the first one is set. It is read anew every few milliseconds, and at once when a time of
arrival turns out to lie in the future.
"""

import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_KEPT_NANOSECONDS: Final = 10_000_000
_READINGS: Final = 3
"""The quickest of so many is kept: whoever lost the core between two clocks has read nonsense."""


class KernelClock:
    """Says when, on CLOCK_MONOTONIC, something happened on CLOCK_REALTIME. The clocks are arguments for tests."""

    def __init__(
        self,
        monotonic_clock: Callable[[], int] = time.monotonic_ns,
        real_time_clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._monotonic_clock = monotonic_clock
        self._real_time_clock = real_time_clock
        self._offset = 0
        self._valid_until = -1

    def monotonic(self, real_times: NDArray[np.int64], now: int) -> NDArray[np.int64]:
        """The times on CLOCK_MONOTONIC; ``now``, on that clock, is after all of them."""
        if now >= self._valid_until or int(real_times[-1]) + self._offset > now:
            self._read()
            self._valid_until = now + _KEPT_NANOSECONDS
        return real_times + self._offset

    def _read(self) -> None:
        quickest = None
        for _ in range(_READINGS):
            before, real_time, after = self._monotonic_clock(), self._real_time_clock(), self._monotonic_clock()
            if quickest is None or after - before < quickest:
                quickest = after - before
                self._offset = (before + after) // 2 - real_time
