"""Interarrival jitter as RFC 3550 defines it, over whole batches.

RFC 3550 section 6.4.1: with the transit time of packet *i* (its arrival minus its sending, on clocks that need not
agree: a constant offset cancels) and ``D`` the difference between the transit times of two packets that arrived one
after the other, ``J(i) = J(i-1) + (|D(i-1, i)| - J(i-1)) / 16``, starting at 0. Order is that of arrival.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

_KEPT: Final = 15 / 16
"""What a step keeps of the jitter before it."""

_CHUNK: Final = 1024
"""Steps taken at once."""


@cache
def _weights(each: int) -> NDArray[np.float64]:
    """What each of a chunk's steps adds to the jitter at its end, where ``each - 1`` steps without a change follow it.

    One step each: the last adds 1/16, every earlier one 15/16 of the next. They only ever decrease with age, so that
    no length of a flow can make them overflow or cancel.
    """
    ages = np.arange(_CHUNK - 1, -1, -1, dtype=np.float64) * each + (each - 1)
    weights: NDArray[np.float64] = _KEPT**ages / 16
    return weights


class JitterMeter:
    """The running jitter of one flow."""

    def __init__(self) -> None:
        self._last_transit: int | None = None
        self._jitter_nanoseconds = 0.0

    @property
    def jitter_seconds(self) -> float:
        """The jitter after the last packet; 0 before the second."""
        return self._jitter_nanoseconds / 1e9

    def observe_equal(self, transit: int, count: int) -> None:
        """Take ``count`` packets, at least one, that were all under way for ``transit`` nanoseconds."""
        if self._last_transit is not None:
            difference = abs(transit - self._last_transit)
            self._jitter_nanoseconds += (difference - self._jitter_nanoseconds) / 16
        self._jitter_nanoseconds *= _KEPT ** (count - 1)
        self._last_transit = transit

    def observe(self, transits: NDArray[np.int64], each: int = 1) -> None:
        """Take the transit times of a batch, in nanoseconds and in order of arrival; every one is that of ``each``."""
        if transits.size == 0:
            return
        self.observe_equal(int(transits[0]), each)
        differences = np.abs(transits[1:] - transits[:-1]).astype(np.float64)
        for begin in range(0, differences.size, _CHUNK):
            chunk = differences[begin : begin + _CHUNK]
            added = float(np.dot(_weights(each)[_CHUNK - chunk.size :], chunk))
            self._jitter_nanoseconds = self._jitter_nanoseconds * _KEPT ** (chunk.size * each) + added
        self._last_transit = int(transits[-1])
