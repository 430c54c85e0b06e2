"""Figures over several values: fairness and means. Pure."""

from collections.abc import Iterable, Sequence


def jain_index(values: Sequence[float]) -> float | None:
    """How evenly something is shared: 1 where all have the same, 1/n where one has it all.

    ``(sum x)^2 / (n * sum x^2)``. None where there are no values, or where nobody has anything: nothing was shared.

    Source: R. Jain, D. Chiu, W. Hawe, A Quantitative Measure of Fairness and Discrimination for Resource Allocation
    in Shared Computer Systems, DEC-TR-301, 1984.
    """
    largest = max(values, default=0.0)
    if largest <= 0:
        return None
    shares = [value / largest for value in values]  # of the order of 1, so that squares neither overflow nor vanish
    index = sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))
    return min(max(index, 1 / len(shares)), 1.0)  # rounding alone could leave the range


def weighted_mean(weighted: Iterable[tuple[float, float]]) -> float | None:
    """The mean of ``(value, weight)`` pairs; None where the weights are nothing together."""
    total = weight_sum = 0.0
    for value, weight in weighted:
        total += value * weight
        weight_sum += weight
    return total / weight_sum if weight_sum > 0 else None
