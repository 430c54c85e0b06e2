"""The rows of the benchmark: the work, how each tool does it, and what is to be reached. Pure."""

from dataclasses import dataclass

from tests.bench import ours
from tests.bench.measurement import ASKED, BEST, CEILING, Quantity, Target
from tests.bench.ours import Ours
from tests.bench.peers import bare_loop, iperf2, iperf3, netperf, nuttcp, qperf, sockperf
from tests.bench.peers.peer import Peer

_OF_CEILING = 0.85
"""The share of a bare loop's figure that is to be reached with all measurement on; of its time, the reciprocal."""

_SMALL_BYTES, _LARGE_BYTES = 64, 1400
_ONE_BY_ONE = "sendmmsg"
"""The only offload where each datagram has a kernel buffer of its own."""

_PACED_BYTES = 200
"""Unlike the size of any greeting, so that the witness tells them apart."""
_PACED_PER_SECOND = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of work.

    ``seconds`` is how long it needs, None where the usual time will do. With ``witnessed`` the figure of every tool is
    what the witness saw of its datagrams: the p99 of the error of their gaps.
    """

    key: str
    title: str
    quantity: Quantity
    ours: Ours
    peers: tuple[Peer, ...] = ()
    targets: tuple[Target, ...] = ()
    seconds: int | None = None
    witnessed: bool = False


def _datagrams(size_bytes: int) -> tuple[Peer, ...]:
    """Everybody's datagrams, one in a kernel buffer."""
    others = tuple(tool.udp(size_bytes) for tool in (iperf3, iperf2, nuttcp, qperf))
    return *others, sockperf.throughput(size_bytes)


def _datagram_row(size_bytes: int, *targets: Target) -> Row:
    return Row(
        key=f"udp-{size_bytes}",
        title=f"UDP {size_bytes} B, one datagram per kernel buffer, received",
        quantity=Quantity.PACKETS_PER_SECOND,
        ours=Ours(kind="udp-stream", read=ours.packet_rate, size_bytes=size_bytes, offload=_ONE_BY_ONE),
        peers=(*_datagrams(size_bytes), bare_loop.udp(size_bytes, segmented=False)),
        targets=(*targets, Target(CEILING, _OF_CEILING)),
    )


def _segmented_row(size_bytes: int, times_iperf3: float) -> Row:
    return Row(
        key=f"udp-{size_bytes}-gso",
        title=f"UDP {size_bytes} B with GSO/GRO, received",
        quantity=Quantity.PACKETS_PER_SECOND,
        ours=Ours(kind="udp-stream", read=ours.packet_rate, size_bytes=size_bytes),
        peers=(
            iperf3.udp(size_bytes),
            iperf3.udp(size_bytes, "--gsro", flag="--gsro"),
            bare_loop.udp(size_bytes, segmented=True),
        ),
        targets=(Target("iperf3", times_iperf3), Target(CEILING, _OF_CEILING)),
    )


def _round_trip_row(*, tcp: bool) -> Row:
    kind = "tcp-rr" if tcp else "udp-rr"
    return Row(
        key=kind,
        title=f"{kind} 64 B, p50 of the round trip, blocking",
        quantity=Quantity.SECONDS,
        ours=Ours(kind=kind, read=ours.round_trip, size_bytes=_SMALL_BYTES),
        peers=(
            sockperf.ping_pong(_SMALL_BYTES, tcp=tcp),
            qperf.round_trip(_SMALL_BYTES, tcp=tcp),
            netperf.round_trip(_SMALL_BYTES, tcp=tcp),
            bare_loop.round_trip(tcp=tcp),
        ),
        targets=(Target("sockperf", 1.05), Target(CEILING, 1 / _OF_CEILING)),
    )


ROWS = (
    Row(
        key="tcp",
        title="TCP one stream, defaults",
        quantity=Quantity.BITS_PER_SECOND,
        ours=Ours(kind="tcp-stream", read=ours.throughput),
        peers=(iperf3.tcp(), iperf2.tcp(), nuttcp.tcp(), bare_loop.tcp(truncating=True)),
        targets=(Target("iperf3", 1.5), Target(CEILING, _OF_CEILING)),
    ),
    Row(
        key="tcp-copying",
        title="TCP one stream, received bytes copied",
        quantity=Quantity.BITS_PER_SECOND,
        ours=Ours(kind="tcp-stream", read=ours.throughput, offload="none"),
        peers=(bare_loop.tcp(truncating=False),),
        targets=(Target(CEILING, _OF_CEILING),),
    ),
    Row(
        key="tcp-best",
        title="TCP one stream, best against best",
        quantity=Quantity.BITS_PER_SECOND,
        ours=Ours(kind="tcp-stream", read=ours.throughput),
        peers=(
            iperf3.tcp("-Z"),
            iperf3.tcp("--skip-rx-copy", flag="--skip-rx-copy"),
            iperf3.tcp("-Z", "--skip-rx-copy", flag="--skip-rx-copy"),
        ),
        targets=(Target(BEST, 1.0),),
    ),
    Row(
        key="tcp-4",
        title="TCP 4 workers parallel",
        quantity=Quantity.BITS_PER_SECOND,
        ours=Ours(kind="tcp-stream", read=ours.throughput, workers=4),
        peers=(iperf3.tcp("-P", "4"), iperf2.tcp(4)),
        targets=(Target(BEST, 1.0),),
    ),
    _datagram_row(_SMALL_BYTES, Target("iperf3", 1.25), Target(BEST, 1.1)),
    _datagram_row(_LARGE_BYTES),
    _segmented_row(_SMALL_BYTES, 20),
    _segmented_row(_LARGE_BYTES, 2),
    _round_trip_row(tcp=False),
    _round_trip_row(tcp=True),
    Row(
        key="udp-rr-busy",
        title="udp-rr 64 B, p50 of the round trip, busy polling at both ends",
        quantity=Quantity.SECONDS,
        ours=Ours(kind="udp-rr", read=ours.round_trip, size_bytes=_SMALL_BYTES, poll="busy"),
        peers=(sockperf.ping_pong(_SMALL_BYTES, busy=True), bare_loop.round_trip(busy=True)),
        targets=(Target("sockperf --nonblocked", 1.5), Target(CEILING, 1 / _OF_CEILING)),
    ),
    Row(
        key="tcp-connect",
        title="tcp-connect, connections a second, 1 worker",
        quantity=Quantity.CONNECTIONS_PER_SECOND,
        ours=Ours(kind="tcp-connect", read=ours.connection_rate),
        peers=(netperf.connections(8),),
        targets=(Target("netperf TCP_CRR", 0.8),),
    ),
    Row(
        key="rate",
        title="Rate accuracy, 10 kpps: sent a second against asked",
        quantity=Quantity.RATIO,
        ours=Ours(
            kind="udp-stream",
            read=ours.rate_error(_PACED_PER_SECOND),
            size_bytes=_PACED_BYTES,
            packets_per_second=_PACED_PER_SECOND,
        ),
        peers=(iperf3.paced_udp(_PACED_BYTES, _PACED_PER_SECOND),),
        targets=(Target(ASKED, 0.0005),),
        seconds=5,
    ),
    Row(
        key="rate-gaps",
        title="Rate accuracy, 10 kpps: p99 of the error of the gaps on arrival",
        quantity=Quantity.SECONDS,
        ours=Ours(
            kind="udp-stream",
            read=ours.rate_error(_PACED_PER_SECOND),
            size_bytes=_PACED_BYTES,
            packets_per_second=_PACED_PER_SECOND,
        ),
        peers=(iperf3.paced_udp(_PACED_BYTES, _PACED_PER_SECOND),),
        targets=(Target(ASKED, 200e-6),),
        seconds=5,
        witnessed=True,
    ),
)
