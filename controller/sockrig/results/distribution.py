"""How times are distributed: the bins of the result document, and what can be read from them. Pure.

A document cannot carry the thousands of bins that a flow's percentiles come from. Its own are wider, a sixteenth of
what they hold at most, and their ends depend on nothing but the values, so that those of several flows can be added.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from sockrig.results.model.flow import DelayBin
from sockrig_wire.histogram import lowest_of
from sockrig_wire.model.flows import Histogram

SIGNIFICANT_BITS = 5
"""Of a value in nanoseconds so many leading bits decide about its bin: 16 bins per power of two."""


def distribution_of(histogram: Histogram) -> tuple[DelayBin, ...]:
    """The values of a histogram of nanoseconds in the document's bins.

    Each bin of the histogram lies within one of these, for it has more significant bits: no value is moved.
    """
    counts: dict[tuple[int, int], int] = {}
    for bin_number, count in zip(histogram.bins, histogram.counts, strict=True):
        ends = _ends(lowest_of(bin_number), negative=bin_number < 0)
        counts[ends] = counts.get(ends, 0) + count
    return tuple(
        DelayBin(from_seconds=low / 1e9, to_seconds=high / 1e9, count=count)
        for (low, high), count in sorted(counts.items())
    )


def _ends(nanoseconds: int, *, negative: bool) -> tuple[int, int]:
    magnitude = abs(nanoseconds)
    shift = max(0, magnitude.bit_length() - SIGNIFICANT_BITS)
    low = (magnitude >> shift) << shift
    high = low + (1 << shift)
    return (-high, -low) if negative else (low, high)


def added(distributions: Iterable[Sequence[DelayBin]]) -> tuple[DelayBin, ...]:
    """Several distributions as one."""
    counts: dict[tuple[float, float], int] = {}
    for distribution in distributions:
        for one in distribution:
            ends = (one.from_seconds, one.to_seconds)
            counts[ends] = counts.get(ends, 0) + one.count
    return tuple(DelayBin(from_seconds=low, to_seconds=high, count=counts[low, high]) for low, high in sorted(counts))


@dataclass(frozen=True, slots=True)
class PercentilePoint:
    """``ratio`` (0 to 1) of the values are not above ``seconds``."""

    ratio: float
    seconds: float


def percentile_curve(distribution: Sequence[DelayBin]) -> tuple[PercentilePoint, ...]:
    """From the lowest bin to the highest: one point at the lower end of all values, one at every bin's upper end."""
    if not distribution:
        return ()
    total = sum(one.count for one in distribution)
    seen = accumulate(one.count for one in distribution)
    first = PercentilePoint(0.0, distribution[0].from_seconds)
    return (
        first,
        *(PercentilePoint(count / total, one.to_seconds) for count, one in zip(seen, distribution, strict=True)),
    )


def shares_between(distribution: Sequence[DelayBin], edges: Sequence[float]) -> tuple[float, ...]:
    """Which share of the values (0 to 1) lies between each two neighbours of ``edges``, in seconds and ascending.

    A bin that an edge cuts is taken as evenly filled.
    """
    total = sum(one.count for one in distribution)
    if not total:
        return (0.0,) * max(0, len(edges) - 1)
    uppers = [one.to_seconds for one in distribution]
    before = [0, *accumulate(one.count for one in distribution)]

    def not_above(seconds: float) -> float:
        index = bisect_left(uppers, seconds)
        if index == len(distribution):
            return float(total)
        one = distribution[index]
        inside = (seconds - one.from_seconds) / (one.to_seconds - one.from_seconds)
        return before[index] + one.count * min(max(inside, 0.0), 1.0)

    passed = [not_above(edge) for edge in edges]
    return tuple((after - earlier) / total for earlier, after in pairwise(passed))
