"""What can be expected of results: every metric by its name in expectations, and what it is over several flows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from sockrig.scenario.units import Dimension


class Whole(Enum):
    """What a metric is over several flows where an expectation asks for none in particular."""

    SUM = "the sum over the flows"
    SMALLEST = "that of the flow with the smallest"
    LARGEST = "that of the flow with the largest"
    POOLED = "over all packets or values of all flows together"
    SAME = "the word that all flows share"
    TOGETHER = "one figure of the flows together; no single flow has it"


class Aggregate(Enum):
    """What an expectation asks for instead: a figure of the flows' own figures, or that each of them holds."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; ``many_values``: each flow has many, of which an expectation names one, such as ``rtt.p99``."""

    dimension: Dimension
    whole: Whole
    many_values: bool = False

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """What may be asked of the flows' own figures.

        Only what is a sum by nature may be summed, and percentiles are never averaged: those of all flows together are
        the metric's own.
        """
        if self.whole is Whole.TOGETHER:
            return ()
        if self.whole is Whole.SAME:
            return (Aggregate.EACH,)
        always = (Aggregate.MIN, Aggregate.MAX, Aggregate.EACH)
        if self.whole is Whole.SUM:
            return (Aggregate.SUM, Aggregate.MEAN, *always)
        return always if self.many_values else (Aggregate.MEAN, *always)


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "throughput": Metric(Dimension.BITS_PER_SECOND, Whole.SUM),
        "sent_throughput": Metric(Dimension.BITS_PER_SECOND, Whole.SUM),
        "packets": Metric(Dimension.PACKETS_PER_SECOND, Whole.SUM),
        "sent_packets": Metric(Dimension.PACKETS_PER_SECOND, Whole.SUM),
        "bytes": Metric(Dimension.SIZE, Whole.SUM),
        "sent_bytes": Metric(Dimension.SIZE, Whole.SUM),
        "duration": Metric(Dimension.TIME, Whole.LARGEST),
        "loss": Metric(Dimension.RATIO, Whole.POOLED),
        "lost": Metric(Dimension.COUNT, Whole.SUM),
        "duplicates": Metric(Dimension.COUNT, Whole.SUM),
        "reordered": Metric(Dimension.COUNT, Whole.SUM),
        "reordered_ratio": Metric(Dimension.RATIO, Whole.POOLED),
        "late": Metric(Dimension.COUNT, Whole.SUM),
        "corrupt": Metric(Dimension.COUNT, Whole.SUM),
        "kernel_drops": Metric(Dimension.COUNT, Whole.SUM),
        "jitter": Metric(Dimension.TIME, Whole.LARGEST),
        "rtt": Metric(Dimension.TIME, Whole.POOLED, many_values=True),
        "delay": Metric(Dimension.TIME, Whole.POOLED, many_values=True),
        "connect_time": Metric(Dimension.TIME, Whole.POOLED, many_values=True),
        "round_trips_per_minute": Metric(Dimension.COUNT, Whole.POOLED),
        "clock_uncertainty": Metric(Dimension.TIME, Whole.LARGEST),
        "transactions": Metric(Dimension.PER_SECOND, Whole.SUM),
        "connections": Metric(Dimension.PER_SECOND, Whole.SUM),
        "failed_connections": Metric(Dimension.COUNT, Whole.SUM),
        "held_connections": Metric(Dimension.COUNT, Whole.SUM),
        "retransmits": Metric(Dimension.COUNT, Whole.SUM),
        "tcp_rtt": Metric(Dimension.TIME, Whole.LARGEST),
        "tcp_min_rtt": Metric(Dimension.TIME, Whole.SMALLEST),
        "cwnd": Metric(Dimension.COUNT, Whole.SUM),
        "delivery_rate": Metric(Dimension.BITS_PER_SECOND, Whole.SUM),
        "sender_cpu": Metric(Dimension.TIME, Whole.SUM),
        "receiver_cpu": Metric(Dimension.TIME, Whole.SUM),
        "sender_busy": Metric(Dimension.RATIO, Whole.LARGEST),
        "receiver_busy": Metric(Dimension.RATIO, Whole.LARGEST),
        "fairness": Metric(Dimension.RATIO, Whole.TOGETHER),
        "start_skew": Metric(Dimension.TIME, Whole.TOGETHER),
        "start_skew_uncertainty": Metric(Dimension.TIME, Whole.TOGETHER),
        "late_workers": Metric(Dimension.COUNT, Whole.TOGETHER),
        "capacity": Metric(Dimension.BITS_PER_SECOND, Whole.TOGETHER),
        "bound": Metric(Dimension.WORD, Whole.SAME),
        "limited_by": Metric(Dimension.WORD, Whole.SAME),
    }
)
"""By name. :data:`sockrig.results.measuring` says where in the result document each of them stands."""

CAPACITY = "capacity"
"""What a search finds, and no flow tells."""

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bound": ("io", "cpu"),
        "limited_by": ("sender cpu", "receiver cpu", "receive window", "send buffer", "network", "requested rate"),
    }
)
"""What the metrics say that are words."""

USUAL_PERCENTILE = "p50"
"""Meant where an expectation names none."""

_PERCENTILE = re.compile(r"p(?P<percent>[0-9]{1,2}(?:\.[0-9]{1,4})?)")
_NINES = re.compile(r"p99(?P<further>9{1,4})")
"""``p999`` is what people write for 99.9 %."""


def percent_of(name: str) -> float | None:
    """The percentage behind a percentile's name: 0 for ``min``, 100 for ``max``, 99.9 for ``p99.9`` and ``p999``.

    None for ``mean``, which is no percentile.

    Raises:
        ValueError: there is none of that name, and what was expected.
    """
    if name == "mean":
        return None
    if name in {"min", "max"}:
        return 0.0 if name == "min" else 100.0
    if nines := _NINES.fullmatch(name):
        return float(f"99.{nines['further']}")
    match = _PERCENTILE.fullmatch(name)
    if match is None or not float(match["percent"]):
        raise ValueError("expected min, mean, max or a percentile such as p50, p95, p99.9")
    return float(match["percent"])
