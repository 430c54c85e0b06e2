"""How long packets were under way: their histogram, and their jitter in order of arrival.

Delays are kept until there are many of them, because numpy judges a thousand for little more than it takes for ten.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sockrig_agent.traffic.meters.histogram import HistogramRecorder
from sockrig_agent.traffic.meters.jitter import JitterMeter
from sockrig_wire.model.flows import Histogram

_KEPT: Final = 1024


class DelayMeter:
    """The delays of one flow in nanoseconds, in constant memory. The clocks need not agree for the jitter."""

    def __init__(self) -> None:
        self.count = 0
        """Of packets."""
        self._histogram = HistogramRecorder()
        self._jitter = JitterMeter()
        self._kept: NDArray[np.int64] = np.empty(_KEPT, np.int64)
        self._kept_count = 0
        self._each = 1

    @property
    def jitter_seconds(self) -> float:
        """After the last packet, as RFC 3550 has it; 0 before the second."""
        self._judge()
        return self._jitter.jitter_seconds

    def observe_equal(self, delay: int, count: int) -> None:
        """Take ``count`` packets, at least one, that were all under way for ``delay``."""
        self._judge()
        self.count += count
        self._jitter.observe_equal(delay, count)
        self._histogram.record_one(delay, count)

    def observe(self, delays: NDArray[np.int64], each: int = 1) -> None:
        """Take the delays of a batch in order of arrival; every one is that of ``each`` packets."""
        size, kept = delays.size, self._kept_count
        if each != self._each or kept + size > _KEPT:
            self._judge()
            self._each, kept = each, 0
        self.count += size * each
        if size > _KEPT:
            self._take(delays)
            return
        self._kept[kept : kept + size] = delays
        self._kept_count = kept + size

    def snapshot(self, name: str) -> Histogram:
        """Their histogram so far."""
        self._judge()
        return self._histogram.snapshot(name)

    def _judge(self) -> None:
        """Judge what was kept."""
        if self._kept_count:
            self._take(self._kept[: self._kept_count])
            self._kept_count = 0

    def _take(self, delays: NDArray[np.int64]) -> None:
        self._jitter.observe(delays, self._each)
        self._histogram.record(delays, self._each)
