"""The kinds of flow that a scenario may ask for, and what each of them measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sockrig.scenario.units import Dimension

METRICS: Mapping[str, Dimension] = MappingProxyType(
    {
        "throughput": Dimension.BITS_PER_SECOND,
        "sent_throughput": Dimension.BITS_PER_SECOND,
        "loss": Dimension.RATIO,
        "lost": Dimension.COUNT,
        "duplicates": Dimension.COUNT,
        "reordered": Dimension.COUNT,
        "late": Dimension.COUNT,
        "corrupt": Dimension.COUNT,
        "jitter": Dimension.TIME,
        "rtt": Dimension.TIME,
        "delay": Dimension.TIME,
        "connect_time": Dimension.TIME,
        "transactions": Dimension.PER_SECOND,
        "connections": Dimension.PER_SECOND,
        "failed_connections": Dimension.COUNT,
        "retransmits": Dimension.COUNT,
        "fairness": Dimension.RATIO,
        "start_skew": Dimension.TIME,
        "bound": Dimension.WORD,
        "limited_by": Dimension.WORD,
        "kernel_drops": Dimension.COUNT,
        "capacity": Dimension.BITS_PER_SECOND,
    }
)
"""All metrics of expectations with their dimension."""

CAPACITY = "capacity"
"""What a search finds, and no flow tells."""

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bound": ("io", "cpu"),
        "limited_by": ("sender cpu", "receiver cpu", "receive window", "send buffer", "network", "requested rate"),
    }
)
"""What the metrics say that are words."""

SPREAD_METRICS = frozenset({"rtt", "delay", "connect_time"})
"""Metrics with many values, of which an expectation names one: ``rtt.p99``."""
PERCENTILES = ("min", "p50", "p90", "p99", "p999", "max", "mean")
USUAL_PERCENTILE = "p50"
"""Meant where an expectation names none."""

GENERIC_METRICS = ("throughput", "sent_throughput", "fairness", "start_skew", "bound", "limited_by")
"""What every flow tells, also of a kind that another package adds."""


@dataclass(frozen=True, slots=True)
class MeasuredKind:
    """What a built-in kind of traffic measures; ``packet_rate``: a rate may be in packets, or requests, per second."""

    metrics: tuple[str, ...]
    packet_rate: bool = True


_DATAGRAM_COUNTS = ("loss", "lost", "duplicates", "reordered", "late", "kernel_drops")
KINDS: Mapping[str, MeasuredKind] = MappingProxyType(
    {
        "tcp-stream": MeasuredKind((*GENERIC_METRICS, "retransmits", "corrupt"), packet_rate=False),
        "udp-stream": MeasuredKind((*GENERIC_METRICS, *_DATAGRAM_COUNTS, "jitter", "delay", "corrupt")),
        "tcp-rr": MeasuredKind((*GENERIC_METRICS, "rtt", "transactions", "retransmits", "loss", "lost", "corrupt")),
        "udp-rr": MeasuredKind((*GENERIC_METRICS, "rtt", "transactions", *_DATAGRAM_COUNTS, "delay", "corrupt")),
        "tcp-connect": MeasuredKind(
            (
                *GENERIC_METRICS,
                "rtt",
                "connect_time",
                "connections",
                "failed_connections",
                "transactions",
                "retransmits",
            )
        ),
    }
)
"""By name; what can be asked of them stands in :mod:`sockrig_wire.kinds`."""


def metrics_of(kind: str) -> tuple[str, ...]:
    """What flows of that kind tell; of one that is not built in, what every flow tells."""
    return KINDS[kind].metrics if kind in KINDS else GENERIC_METRICS
