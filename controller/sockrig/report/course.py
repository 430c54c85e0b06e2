"""A flow's course: how what it is measured by went, interval by interval. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from statistics import fmean, median
from typing import Self

from sockrig.results.model.flow import FlowResult, IntervalResult, Traffic

_WHOLE_ENOUGH = 0.25
"""Of the usual interval of its flow an interval has at least so much to be part of the course."""


class Unit(Enum):
    """What a quantity's values are in."""

    BITS_PER_SECOND = auto()
    PER_SECOND = auto()
    SECONDS = auto()
    COUNT = auto()


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that every interval of a flow may tell.

    Attributes:
        name: for people.
        over_interval: whether it is of the whole interval; else it is what was so at its end.
        adds_up: whether the sum over flows has a meaning.
    """

    name: str
    unit: Unit
    of_interval: Callable[[IntervalResult], float | None]
    over_interval: bool = True
    adds_up: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    """A value; ``complete`` is False where a worker's sample was missing, so that it is too low."""

    at_seconds: float
    value: float
    complete: bool = True


def _bits(traffic: Traffic | None) -> float | None:
    return None if traffic is None else traffic.bits_per_second


THROUGHPUT = Quantity("throughput", Unit.BITS_PER_SECOND, lambda one: _bits(one.received))
SENT = Quantity("sent", Unit.BITS_PER_SECOND, lambda one: _bits(one.sent))
TRANSACTIONS = Quantity("transactions", Unit.PER_SECOND, lambda one: one.transactions_per_second)
CONNECTIONS = Quantity("connections", Unit.PER_SECOND, lambda one: one.connections_per_second)
RETRANSMITS = Quantity("retransmits", Unit.COUNT, lambda one: one.retransmits)
TCP_ROUND_TRIP = Quantity(
    "TCP round trip", Unit.SECONDS, lambda one: one.tcp_round_trip_seconds, over_interval=False, adds_up=False
)
CONGESTION_WINDOW = Quantity(
    "congestion window", Unit.COUNT, lambda one: one.congestion_window, over_interval=False, adds_up=False
)
DELIVERY_RATE = Quantity(
    "TCP delivery rate",
    Unit.BITS_PER_SECOND,
    lambda one: one.delivery_rate_bits_per_second,
    over_interval=False,
    adds_up=False,
)
OF_TCP = (RETRANSMITS, TCP_ROUND_TRIP, CONGESTION_WINDOW, DELIVERY_RATE)


def main_quantity(flow: FlowResult) -> Quantity:
    """What a flow is measured by: what was received, or how often it asked or connected."""
    if flow.connections is not None and flow.held_connections is None:
        return CONNECTIONS  # each of which carries a transaction as well
    if flow.transactions is not None:
        return TRANSACTIONS
    if any(THROUGHPUT.of_interval(one) is not None for one in flow.intervals):
        return THROUGHPUT
    return SENT


def course_of(flow: FlowResult, quantity: Quantity) -> tuple[Point, ...]:
    """The values that were told, in order; what is of a whole interval stands in its middle.

    The short rest at a flow's end is left out: its rate says more of how the last packets fell than of the flow.
    """
    enough_seconds = _WHOLE_ENOUGH * usual_interval_seconds([flow])
    return tuple(
        Point(
            one.at_seconds - (one.interval_seconds / 2 if quantity.over_interval else 0.0),
            value,
            one.complete,
        )
        for one in flow.intervals
        if one.interval_seconds >= enough_seconds and (value := quantity.of_interval(one)) is not None
    )


def thinned(points: Sequence[Point], most: int) -> tuple[Point, ...]:
    """At most so many points: neighbours are averaged."""
    if len(points) <= most:
        return tuple(points)
    size = -(-len(points) // most)
    return tuple(_mean(points[start : start + size]) for start in range(0, len(points), size))


def _mean(points: Sequence[Point]) -> Point:
    complete = [one for one in points if one.complete]
    return Point(
        fmean(one.at_seconds for one in points),
        fmean(one.value for one in complete or points),
        complete=bool(complete),
    )


def usual_interval_seconds(flows: Iterable[FlowResult]) -> float:
    """The median length of the flows' intervals, 0 where there is none."""
    lengths = [one.interval_seconds for flow in flows for one in flow.intervals]
    return median(lengths) if lengths else 0.0


@dataclass(frozen=True, slots=True)
class Slots:
    """So many slots of equal length from 0 on, in which the points of several flows can be compared."""

    width_seconds: float
    number: int

    @classmethod
    def of(cls, courses: Iterable[Sequence[Point]], interval_seconds: float, most: int) -> Self:
        """One for every interval up to the last point; where that is more than ``most``, one for several intervals."""
        last = max((points[-1].at_seconds for points in courses if points), default=0.0)
        intervals = int(last / interval_seconds) + 1 if interval_seconds > 0 else 1
        joined = -(-intervals // most)
        return cls(interval_seconds * joined or 1.0, -(-intervals // joined))

    def values(self, points: Sequence[Point]) -> list[float | None]:
        """The mean of the complete values in each slot; None where there is none."""
        found: list[list[float]] = [[] for _ in range(self.number)]
        for one in points:
            if one.complete:
                found[min(int(one.at_seconds / self.width_seconds), self.number - 1)].append(one.value)
        return [fmean(values) if values else None for values in found]
