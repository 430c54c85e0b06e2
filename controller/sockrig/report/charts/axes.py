"""Axes: the unit that suits the values, and ticks that people would choose. Pure but for Altair's classes."""

from collections.abc import Iterable
from math import ceil, floor, log10
from typing import Any

import altair as alt

from sockrig.report.course import Quantity, Unit
from sockrig.results import quantities
from sockrig.results.quantities import Scale

NUMBERS = ",.4~r"
"""Plain numbers of up to four digits, without an exponent (d3-format)."""

_LOG_FROM = 20.0
"""Values that differ by this factor are drawn on a logarithmic axis, where they can be."""

TIME_TITLE = "time since the start (s)"


def scale_of(quantity: Quantity, values: Iterable[float]) -> Scale:
    """The unit for these values of a quantity."""
    largest = max((abs(value) for value in values), default=0.0)
    match quantity.unit:
        case Unit.BITS_PER_SECOND:
            return quantities.rate_scale(largest, "bit/s")
        case Unit.PER_SECOND:
            return Scale(1.0, "1/s")
        case Unit.SECONDS:
            return quantities.time_scale(largest)
        case Unit.COUNT:
            return Scale(1.0, _UNITS_OF_COUNTS.get(quantity.name, "count"))


_UNITS_OF_COUNTS = {"retransmits": "per interval", "congestion window": "segments"}


def title_of(name: str, scale: Scale) -> str:
    """What stands beside an axis: ``throughput (Mbit/s)``."""
    return f"{name} ({scale.unit})"


def from_zero(title: str) -> alt.Y:
    """An axis upwards that begins at 0."""
    return alt.Y("y:Q", title=title, axis=alt.Axis(format=NUMBERS, tickCount=5), scale=alt.Scale(zero=True, nice=True))


def suits_log(low: float, high: float) -> bool:
    """Whether values between these are better seen on a logarithmic axis; what is not positive cannot be."""
    return low > 0 and high / low >= _LOG_FROM


def log_ticks(low: float, high: float) -> list[float]:
    """Ticks at powers of ten; within three of them at 1, 2 and 5 times as much."""
    first, last = floor(log10(low)), ceil(log10(high))
    factors = (1, 2, 5) if last - first <= 3 else (1,)
    ticks = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
    return [round(tick, 12) for tick in ticks if low <= tick <= high]


def time_axis(title: str, low: float, high: float, *, field: str, grid: bool = True) -> dict[str, Any]:
    """The axis and scale of times between two bounds, logarithmic where that suits, as arguments of a channel."""
    if suits_log(low, high):
        return {
            "shorthand": f"{field}:Q",
            "title": title,
            "scale": alt.Scale(type="log", domain=[low, high], nice=False),
            "axis": alt.Axis(format=NUMBERS, values=log_ticks(low, high), grid=grid),
        }
    return {
        "shorthand": f"{field}:Q",
        "title": title,
        "scale": alt.Scale(domain=[low, high], zero=False, nice=True),
        "axis": alt.Axis(format=NUMBERS, tickCount=5, grid=grid),
    }
