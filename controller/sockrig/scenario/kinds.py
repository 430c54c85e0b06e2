"""The kinds of flow that a scenario may ask for, and what each of them measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

GENERIC_METRICS = (
    "throughput",
    "sent_throughput",
    "packets",
    "sent_packets",
    "bytes",
    "sent_bytes",
    "duration",
    "sender_cpu",
    "receiver_cpu",
    "sender_busy",
    "receiver_busy",
    "fairness",
    "start_skew",
    "start_skew_uncertainty",
    "late_workers",
    "bound",
    "limited_by",
)
"""What every flow tells, also of a kind that another package adds."""


@dataclass(frozen=True, slots=True)
class MeasuredKind:
    """What a built-in kind of traffic measures; ``packet_rate``: a rate may be in packets, or requests, per second."""

    metrics: tuple[str, ...]
    packet_rate: bool = True


_LOSS = ("loss", "lost", "kernel_drops")
_SEQUENCES = ("duplicates", "reordered", "reordered_ratio", "late")
_DELAY = ("jitter", "delay", "clock_uncertainty")
_ROUND_TRIPS = ("rtt", "round_trips_per_minute", "transactions")
_TCP = ("retransmits", "tcp_rtt", "tcp_min_rtt", "cwnd", "delivery_rate")
KINDS: Mapping[str, MeasuredKind] = MappingProxyType(
    {
        "tcp-stream": MeasuredKind((*GENERIC_METRICS, *_TCP, "corrupt"), packet_rate=False),
        "udp-stream": MeasuredKind((*GENERIC_METRICS, *_LOSS, *_SEQUENCES, *_DELAY, "corrupt")),
        "tcp-rr": MeasuredKind((*GENERIC_METRICS, *_ROUND_TRIPS, *_TCP, "corrupt")),
        "udp-rr": MeasuredKind((*GENERIC_METRICS, *_ROUND_TRIPS, *_LOSS, "corrupt")),
        "tcp-connect": MeasuredKind(
            (*GENERIC_METRICS, "connect_time", "connections", "failed_connections", "transactions")
        ),
        "tcp-hold": MeasuredKind(
            (
                *GENERIC_METRICS,
                *_ROUND_TRIPS,
                "connect_time",
                "failed_connections",
                "held_connections",
                "loss",
                "lost",
                "corrupt",
            )
        ),
    }
)
"""By name; what can be asked of them stands in :mod:`sockrig_wire.kinds`."""


def metrics_of(kind: str) -> tuple[str, ...]:
    """What flows of that kind tell; of one that is not built in, what every flow tells."""
    return KINDS[kind].metrics if kind in KINDS else GENERIC_METRICS


def kinds_with(metric: str) -> tuple[str, ...]:
    """The built-in kinds that tell it."""
    return tuple(name for name, kind in KINDS.items() if metric in kind.metrics)
