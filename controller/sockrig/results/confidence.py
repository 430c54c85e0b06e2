"""How sure a mean is, and a difference of two means: confidence intervals by Student's t. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, variance

from scipy.special import stdtrit

USUAL_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """``middle`` plus or minus ``half_width``, in the unit of the values; ``level`` is the confidence, 0 to 1."""

    middle: float
    half_width: float
    level: float
    count: int
    """Values that it was made of."""

    @property
    def lowest(self) -> float:
        """The lower bound."""
        return self.middle - self.half_width

    @property
    def highest(self) -> float:
        """The upper bound."""
        return self.middle + self.half_width

    @property
    def relative_half_width(self) -> float | None:
        """Half the width over the middle's magnitude; None for a middle of 0 with a width."""
        if self.half_width == 0:
            return 0.0
        return abs(self.half_width / self.middle) if self.middle else None

    def contains(self, value: float) -> bool:
        """Whether ``value`` lies within, bounds included."""
        return self.lowest <= value <= self.highest


def mean_interval(values: Sequence[float], level: float = USUAL_LEVEL) -> ConfidenceInterval | None:
    """The mean of independent values with its interval; None for fewer than two.

    ``mean +- t(n - 1) * s / sqrt(n)``: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.2.
    """
    count = len(values)
    if count < 2:
        return None
    error = (variance(values) / count) ** 0.5
    return ConfidenceInterval(fmean(values), _quantile(count - 1, level) * error, level, count)


def difference_interval(
    before: Sequence[float], after: Sequence[float], level: float = USUAL_LEVEL
) -> ConfidenceInterval | None:
    """The mean of ``after`` less that of ``before``, which need not vary alike; None for fewer than two on a side.

    Welch's t with the degrees of freedom of Welch and Satterthwaite: NIST/SEMATECH e-Handbook, 1.3.5.3.
    """
    return _difference(before, after, len(before), len(after), level)


def difference_of_courses(
    before: Sequence[float], after: Sequence[float], level: float = USUAL_LEVEL
) -> ConfidenceInterval | None:
    """:func:`difference_interval` of values that follow each other in time, and so resemble their neighbours.

    Each side counts as its :func:`effective_count` of independent values, which widens the interval; None where that
    is fewer than two on a side.
    """
    return _difference(before, after, effective_count(before), effective_count(after), level)


def effective_count(values: Sequence[float]) -> float:
    """How many independent values say as much of the mean as these, which follow each other in time.

    ``n (1 - r) / (1 + r)`` for a first-order autoregressive series with lag-1 autocorrelation ``r``: Wilks,
    Statistical Methods in the Atmospheric Sciences, section 5.2.4; after Bayley and Hammersley, The "effective" number
    of independent observations in an autocorrelated time series, 1946. A negative ``r`` counts as 0: it would make the
    interval narrower than that of independent values.
    """
    count = len(values)
    if count < 2:
        return float(count)
    middle = fmean(values)
    apart = [value - middle for value in values]
    total = sum(one * one for one in apart)
    if total == 0:
        return float(count)
    correlation = sum(one * other for one, other in pairwise(apart)) / total
    correlation = max(0.0, correlation)
    return count * (1 - correlation) / (1 + correlation)


def _difference(
    before: Sequence[float], after: Sequence[float], count_before: float, count_after: float, level: float
) -> ConfidenceInterval | None:
    """Welch's interval where the values count as so many independent ones."""
    if min(len(before), len(after), count_before, count_after) < 2:
        return None
    counts = (count_before, count_after)
    errors = [variance(values) / number for values, number in zip((before, after), counts, strict=True)]
    middle, total = fmean(after) - fmean(before), sum(errors)
    count = len(before) + len(after)
    if total == 0:
        return ConfidenceInterval(middle, 0.0, level, count)
    shares = [error / total for error in errors]  # of the order of 1, so that squares do not vanish
    freedom = 1 / sum(share**2 / (number - 1) for share, number in zip(shares, counts, strict=True))
    return ConfidenceInterval(middle, _quantile(freedom, level) * total**0.5, level, count)


def _quantile(degrees_of_freedom: float, level: float) -> float:
    """Student's t below which the upper tail leaves (1 - level) / 2."""
    return float(stdtrit(degrees_of_freedom, (1 + level) / 2))
