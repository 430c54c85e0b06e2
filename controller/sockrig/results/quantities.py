"""Figures for people: a value in base units as a short text with its unit. Pure.

Three significant digits, as the histograms have, and a prefix that keeps the number below a thousand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sockrig.scenario.units import Dimension

_RATES = ("", "k", "M", "G", "T")
_TIMES = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
ABSENT = "-"

BASE_UNITS: Mapping[Dimension, str] = MappingProxyType(
    {
        Dimension.TIME: "s",
        Dimension.BITS_PER_SECOND: "bit/s",
        Dimension.PACKETS_PER_SECOND: "packets/s",
        Dimension.SIZE: "B",
        Dimension.RATIO: "1",
        Dimension.COUNT: "1",
        Dimension.PER_SECOND: "1/s",
    }
)
"""In which a figure is where a program reads it."""


def significant(value: float) -> str:
    """Three significant digits without an exponent for what lies below 1,000; whole numbers with commas above."""
    if abs(value) >= 999.5:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{value:.6f}".rstrip("0").rstrip(".") if "e" in text else text


def _prefixed(value: float, unit: str) -> str:
    for prefix in _RATES[:-1]:
        if abs(value) < 999.5:
            return f"{significant(value)} {prefix}{unit}"
        value /= 1000
    return f"{significant(value)} {_RATES[-1]}{unit}"


def bit_rate(bits_per_second: float) -> str:
    """Such as ``9.41 Gbit/s``."""
    return _prefixed(bits_per_second, "bit/s")


def packet_rate(packets_per_second: float) -> str:
    """Such as ``315 kpps``."""
    return _prefixed(packets_per_second, "pps")


def size(bytes: float) -> str:
    """Such as ``1.5 GB``, in powers of 1,000."""
    return _prefixed(bytes, "B")


def event_rate(per_second: float) -> str:
    """Such as ``48,210/s``."""
    return f"{significant(per_second)}/s"


def time(seconds: float) -> str:
    """Such as ``84.2 µs``; negative values keep their sign."""
    if seconds == 0:
        return "0 s"
    for unit, length in _TIMES:
        if abs(seconds) >= length * 0.9995:
            return f"{significant(seconds / length)} {unit}"
    return f"{significant(seconds / 1e-9)} ns"


def share(ratio: float) -> str:
    """Such as ``0.52 %``."""
    return f"{significant(ratio * 100)} %"


def count(number: float) -> str:
    """Such as ``1,234``."""
    return f"{number:,.0f}"


@dataclass(frozen=True, slots=True)
class Scale:
    """The one unit for all figures of an axis: what to divide values in base units by, and what the unit is called."""

    divisor: float
    unit: str


def rate_scale(largest: float, unit: str) -> Scale:
    """Of values up to ``largest``: the prefix that keeps it below a thousand."""
    divisor = 1.0
    for prefix in _RATES[:-1]:
        if abs(largest) / divisor < 999.5:
            return Scale(divisor, f"{prefix}{unit}")
        divisor *= 1000
    return Scale(divisor, f"{_RATES[-1]}{unit}")


def time_scale(largest_seconds: float) -> Scale:
    """Of times up to ``largest_seconds``."""
    for unit, length in _TIMES:
        if abs(largest_seconds) >= length * 0.9995:
            return Scale(length, unit)
    return Scale(1e-9, "ns") if largest_seconds else Scale(1.0, "s")


_IN_WORDS: Mapping[Dimension, Callable[[float], str]] = MappingProxyType(
    {
        Dimension.TIME: time,
        Dimension.BITS_PER_SECOND: bit_rate,
        Dimension.PACKETS_PER_SECOND: packet_rate,
        Dimension.SIZE: size,
        Dimension.RATIO: share,
        Dimension.PER_SECOND: event_rate,
    }
)


def in_words(value: float, dimension: Dimension) -> str:
    """A value of that dimension; a plain number, such as a mean of counts, with what is behind its point."""
    return _IN_WORDS.get(dimension, significant)(value)
