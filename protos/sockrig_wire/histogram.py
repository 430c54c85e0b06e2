"""HdrHistogram bins of three significant digits, extended to negative values.

A value *v* >= 0 falls into the bin that HdrHistogram's counts array has at 3 significant digits and a lowest
discernible value of 1 (2048 sub-buckets: http://hdrhistogram.org, HdrHistogram_c ``counts_index_for``): exact below
2048, then 1024 bins per power of two. A negative value -v has the bin ``-1 - bin(v)``, so that bins order as values
do; nothing is clamped. This module is plain integer arithmetic; the traffic layer has the same over whole arrays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from sockrig_wire.model.flows import Histogram

SUB_BUCKET_BITS = 11
HALF_COUNT = 1 << (SUB_BUCKET_BITS - 1)


def bin_of(value: int) -> int:
    """The bin that ``value`` falls into."""
    if value < 0:
        return -1 - bin_of(-value)
    shift = max(0, value.bit_length() - SUB_BUCKET_BITS)
    return (shift << (SUB_BUCKET_BITS - 1)) + (value >> shift)


def lowest_of(bin_number: int) -> int:
    """The smallest magnitude in the bin, with the bin's sign."""
    if bin_number < 0:
        return -lowest_of(-1 - bin_number)
    if bin_number < 2 * HALF_COUNT:
        return bin_number
    shift = (bin_number >> (SUB_BUCKET_BITS - 1)) - 1
    return (bin_number - (shift << (SUB_BUCKET_BITS - 1))) << shift


def middle_of(bin_number: int) -> int:
    """The value that stands for all values of the bin: the middle of its range."""
    if bin_number < 0:
        return -middle_of(-1 - bin_number)
    if bin_number < 2 * HALF_COUNT:
        return bin_number
    return (lowest_of(bin_number) + lowest_of(bin_number + 1)) // 2


def merge(name: str, histograms: Iterable[Histogram]) -> Histogram | None:
    """All of them as one, exactly; None where there is nothing to merge."""
    counts: dict[int, int] = {}
    minimum: int | None = None
    maximum: int | None = None
    total = 0.0
    for histogram in histograms:
        if not histogram.bins:
            continue
        for bin_number, count in zip(histogram.bins, histogram.counts, strict=True):
            counts[bin_number] = counts.get(bin_number, 0) + count
        minimum = histogram.minimum if minimum is None else min(minimum, histogram.minimum)
        maximum = histogram.maximum if maximum is None else max(maximum, histogram.maximum)
        total += histogram.sum
    if minimum is None or maximum is None:
        return None
    bins = tuple(sorted(counts))
    return Histogram(name, bins, tuple(counts[b] for b in bins), minimum, maximum, total)


def percentile(histogram: Histogram, percent: float) -> int:
    """The value that ``percent`` of the values do not exceed, within three significant digits.

    0 gives the exact minimum and 100 the exact maximum, as HdrHistogram does for the highest equivalent value.

    Raises:
        ValueError: the histogram is empty or ``percent`` is not within 0 to 100.
    """
    if not histogram.bins:
        raise ValueError("an empty histogram has no percentiles")
    if not 0 <= percent <= 100:
        raise ValueError(f"a percentile lies between 0 and 100, not at {percent}")
    if percent == 0:
        return histogram.minimum
    if percent == 100:
        return histogram.maximum
    # The percentage is meant as it is written: in binary, 99.9 / 100 * 1000 is a little more than 999.
    rank = Fraction(str(percent)) * sum(histogram.counts) / 100
    seen = 0
    for bin_number, count in zip(histogram.bins, histogram.counts, strict=True):
        seen += count
        if seen >= rank:
            return min(max(middle_of(bin_number), histogram.minimum), histogram.maximum)
    return histogram.maximum


@dataclass(frozen=True, slots=True)
class Spread:
    """A histogram's figures, in its own unit."""

    count: int
    minimum: int
    mean: float
    p50: int
    p90: int
    p99: int
    p999: int
    maximum: int


def spread_of(histogram: Histogram) -> Spread:
    """The figures that reports show.

    Raises:
        ValueError: the histogram is empty.
    """
    count = sum(histogram.counts)
    p50, p90, p99, p999 = (percentile(histogram, percent) for percent in (50, 90, 99, 99.9))
    return Spread(count, histogram.minimum, histogram.sum / count, p50, p90, p99, p999, histogram.maximum)
