"""Nanosecond values counted in the bins of :mod:`sockrig_wire.histogram`, a whole batch at once.

The bins of HdrHistogram are already in a double's bits. Its exponent and the ten highest bits of its mantissa, read as
one integer, grow by 1024 per power of two and by one per bin within it; less a constant that integer is the bin of
every value from 1024 up, and below 2048 a value is its own bin.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sockrig_wire.histogram import HALF_COUNT, SUB_BUCKET_BITS, bin_of
from sockrig_wire.model.flows import Histogram

_MANTISSA_BITS: Final = 52
_EXPONENT_BIAS: Final = 1023
"""Both of IEEE 754 binary64, which holds every integer below 2**53 exactly."""

_BITS_BELOW_BIN: Final = _MANTISSA_BITS - (SUB_BUCKET_BITS - 1)
_ABOVE_BIN: Final = (_EXPONENT_BIAS + SUB_BUCKET_BITS - 2) * HALF_COUNT
"""How far a double's upper bits lie above the bin: for 2**p they are (p + 1023) * 1024, the bin is (p - 9) * 1024."""

_FIRST_SHARED: Final = 2 * HALF_COUNT
"""The first value that shares its bin with the next one."""

_BINS_PER_SIGN: Final = bin_of(1 << 63) + 1
"""Bins of the magnitudes from 0 to 2**63, the largest that an int64 can have."""


def bins_of(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """:func:`sockrig_wire.histogram.bin_of` for every value, exactly."""
    magnitudes = np.abs(values).view(np.uint64)  # -2**63 has no positive int64, but its bits read unsigned are 2**63
    # A double rounds what is above 2**53. Clearing every bit that has a set bit eleven places above it leaves the
    # eleven highest as they are and the next one 0, so that no rounding carries into them.
    kept = magnitudes & ~(magnitudes >> np.uint64(SUB_BUCKET_BITS))
    bins = np.where(magnitudes < _FIRST_SHARED, magnitudes.view(np.int64), _bins_of_doubles(kept))
    signs: NDArray[np.int64] = values >> 63  # all ones or none
    return bins ^ signs  # -1 - bin is ~bin


def _bins_of_doubles(values: NDArray[Any]) -> NDArray[np.int64]:
    """The bins of integers that lie above 1023 and are doubles, or round to one within their bin."""
    upper: NDArray[np.int64] = values.astype(np.float64).view(np.int64) >> _BITS_BELOW_BIN
    return upper - _ABOVE_BIN


class HistogramRecorder:
    """Counts values in constant memory; smallest, largest and sum are exact."""

    def __init__(self) -> None:
        self._counts = np.zeros(2 * _BINS_PER_SIGN, dtype=np.int64)  # the bin b at b + _BINS_PER_SIGN
        self._cells = self._counts.data  # the same memory as a memoryview, faster for one value
        self._count = 0
        self._sum = 0
        self._minimum = 0
        self._maximum = 0

    @property
    def count(self) -> int:
        """How many values were recorded."""
        return self._count

    def record(self, values: NDArray[np.int64], each: int = 1) -> None:
        """Count all of ``values``, every one ``each`` times."""
        if values.size == 0:
            return
        minimum, maximum = int(values.min()), int(values.max())
        self._extend(minimum, maximum)
        self._count += values.size * each
        self._sum += _exact_sum(values, max(-minimum, maximum)) * each
        # Nearly every batch has no value that needs care, and its bins then cost a third.
        simple = minimum >= _FIRST_SHARED and maximum < 1 << (_MANTISSA_BITS + 1)
        bins = _bins_of_doubles(values) if simple else bins_of(values)
        np.add.at(self._counts, bins + _BINS_PER_SIGN, each)

    def record_one(self, value: int, count: int = 1) -> None:
        """Count one value, or ``count`` that are equal, without the price of an array."""
        self._extend(value, value)
        self._count += count
        self._sum += value * count
        self._cells[bin_of(value) + _BINS_PER_SIGN] += count

    def snapshot(self, name: str) -> Histogram:
        """What was recorded so far: only bins that hold something, ascending."""
        if self._count == 0:
            return Histogram(name, (), (), 0, 0, 0.0)
        lowest, highest = bin_of(self._minimum), bin_of(self._maximum)
        counts = self._counts[lowest + _BINS_PER_SIGN : highest + _BINS_PER_SIGN + 1]
        (filled,) = np.nonzero(counts)
        return Histogram(
            name=name,
            bins=tuple((filled + lowest).tolist()),
            counts=tuple(counts[filled].tolist()),
            minimum=self._minimum,
            maximum=self._maximum,
            sum=float(self._sum),
        )

    def _extend(self, minimum: int, maximum: int) -> None:
        """Widen the range; to be called before the values are counted."""
        if self._count == 0:
            self._minimum, self._maximum = minimum, maximum
            return
        self._minimum = min(self._minimum, minimum)
        self._maximum = max(self._maximum, maximum)


def _exact_sum(values: NDArray[np.int64], largest_magnitude: int) -> int:
    """The sum as a Python integer, in two halves where 64 bits could overflow."""
    if largest_magnitude * values.size < 1 << 63:
        return int(values.sum())
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFF_FFFF).sum())
