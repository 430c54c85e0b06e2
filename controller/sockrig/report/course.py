"""A flow's course: how what it is measured by went, interval by interval. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from statistics import fmean

from sockrig.results.model import FlowResult, IntervalResult, Traffic


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
    if flow.transactions is not None:
        return TRANSACTIONS
    if flow.connections is not None:
        return CONNECTIONS
    if any(THROUGHPUT.of_interval(one) is not None for one in flow.intervals):
        return THROUGHPUT
    return SENT


def course_of(flow: FlowResult, quantity: Quantity) -> tuple[Point, ...]:
    """The values that were told, in order; what is of a whole interval stands in its middle."""
    return tuple(
        Point(
            one.at_seconds - (one.interval_seconds / 2 if quantity.over_interval else 0.0),
            value,
            one.complete,
        )
        for one in flow.intervals
        if (value := quantity.of_interval(one)) is not None
    )


def values_in_slots(points: Sequence[Point], until_seconds: float, slots: int) -> list[float | None]:
    """The mean of the complete values in each of so many equal slots from 0; None where there is none."""
    found: list[list[float]] = [[] for _ in range(slots)]
    for one in points:
        if one.complete:
            index = int(one.at_seconds / until_seconds * slots) if until_seconds > 0 else 0
            found[min(max(index, 0), slots - 1)].append(one.value)
    return [fmean(values) if values else None for values in found]


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


def longest_interval_seconds(flows: Iterable[FlowResult]) -> float:
    """The longest interval of any of the flows, 0 where there is none."""
    return max((one.interval_seconds for flow in flows for one in flow.intervals), default=0.0)
