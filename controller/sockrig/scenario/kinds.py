"""The kinds of flow that a scenario may ask for, and what each of them measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sockrig.scenario.units import Dimension
from sockrig_wire.datagram import HEADER_BYTES

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
    }
)
"""All metrics of expectations with their dimension."""

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

_ANY = ("throughput", "sent_throughput", "fairness", "start_skew", "bound", "limited_by")


@dataclass(frozen=True, slots=True)
class FlowKind:
    """One kind of generated traffic; sizes are of payload."""

    name: str
    metrics: tuple[str, ...]
    packet_rate: bool
    verifies: bool
    smallest_bytes: int
    largest_bytes: int


_LARGEST_DATAGRAM_BYTES = 65507
"""65535 less the headers of IPv4 and UDP (RFC 791, RFC 768)."""
_LARGEST_BLOCK_BYTES = 64 * 1024 * 1024

_DATAGRAM_COUNTS = ("loss", "lost", "duplicates", "reordered", "late", "kernel_drops")
KINDS: Mapping[str, FlowKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FlowKind("tcp-stream", (*_ANY, "retransmits", "corrupt"), False, True, 1, _LARGEST_BLOCK_BYTES),
            FlowKind(
                "udp-stream",
                (*_ANY, *_DATAGRAM_COUNTS, "jitter", "delay", "corrupt"),
                True,
                True,
                HEADER_BYTES,
                _LARGEST_DATAGRAM_BYTES,
            ),
            FlowKind(
                "tcp-rr",
                (*_ANY, "rtt", "transactions", "retransmits", "loss", "lost"),
                True,
                False,
                HEADER_BYTES,
                _LARGEST_BLOCK_BYTES,
            ),
            FlowKind(
                "udp-rr",
                (*_ANY, "rtt", "transactions", *_DATAGRAM_COUNTS, "delay"),
                True,
                False,
                HEADER_BYTES,
                _LARGEST_DATAGRAM_BYTES,
            ),
            FlowKind(
                "tcp-connect",
                (*_ANY, "rtt", "connect_time", "connections", "failed_connections", "transactions", "retransmits"),
                True,
                False,
                HEADER_BYTES,
                _LARGEST_BLOCK_BYTES,
            ),
        )
    }
)
