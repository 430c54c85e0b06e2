"""What a flow's rate and pattern ask of a source at the least, so that it can be said to have kept them. Pure."""

from math import floor, sqrt
from typing import Final

from sockrig_wire.model.flows import BurstPattern, OnOffPattern, Pattern, PoissonPattern

_DEVIATIONS: Final = 3
"""A Poisson process falls short of its mean by more than three standard deviations once in 700 times."""


def fewest_packets(pattern: Pattern, packets_per_second: float | None, seconds: float) -> float | None:
    """The packets that a source sends in any stretch of that length if it is never late; None without any bound.

    The count of a Poisson process has its mean for its variance (RFC 2330 section 11.1).
    """
    if isinstance(pattern, BurstPattern):
        return floor(seconds / pattern.gap_seconds) * pattern.packets
    if packets_per_second is None:
        return None
    mean = packets_per_second * seconds
    match pattern:
        case PoissonPattern():
            return max(0.0, mean - _DEVIATIONS * sqrt(mean))
        case OnOffPattern(on_seconds, off_seconds):
            return floor(seconds / (on_seconds + off_seconds)) * on_seconds * packets_per_second
    return mean
