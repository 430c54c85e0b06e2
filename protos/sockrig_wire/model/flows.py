"""Generated traffic: what to carry, who carries it, and what was measured.

Times are seconds unless the name says otherwise; ``*_nanoseconds`` are readings of CLOCK_MONOTONIC on the host that
wrote them.
"""

from dataclasses import dataclass
from enum import Enum, auto

from sockrig_wire.model.failures import Error
from sockrig_wire.model.sockets import Family


class Role(Enum):
    """Which end of a flow a worker is: the source sends or asks, the destination receives or answers."""

    SOURCE = auto()
    DESTINATION = auto()


class Mode(Enum):
    """How workers are carried: one process each, or one thread each in one process."""

    PARALLEL = auto()
    CONCURRENT = auto()


class Direction(Enum):
    """Who connects, where that is a choice: the source to the destination (forward) or the other way (reverse)."""

    FORWARD = auto()
    REVERSE = auto()

    @property
    def listener(self) -> Role:
        """The end that is bound first and issues the token."""
        return Role.DESTINATION if self is Direction.FORWARD else Role.SOURCE

    @property
    def connector(self) -> Role:
        """The end that connects, and shows the token."""
        return Role.SOURCE if self is Direction.FORWARD else Role.DESTINATION


class Verify(Enum):
    """How every block is checked end to end."""

    NONE = auto()
    CRC32 = auto()
    SHA256 = auto()


class Fill(Enum):
    """What blocks are filled with, behind their headers.

    Bytes that do not compress, zeros, the lines of the character generator (RFC 864), or what the flow brings along.
    """

    RANDOM = auto()
    ZEROS = auto()
    TEXT = auto()
    CONTENT = auto()


class Poll(Enum):
    """How an end waits for what comes: asleep in the kernel, or awake and asking again and again."""

    BLOCKING = auto()
    BUSY = auto()


@dataclass(frozen=True, slots=True)
class ConstantPattern:
    """Packets at even distances, as the rate says."""


@dataclass(frozen=True, slots=True)
class PoissonPattern:
    """Packets at random distances, exponentially distributed, whose mean the rate says."""


@dataclass(frozen=True, slots=True)
class BurstPattern:
    """So many packets of each worker at once, again and again.

    The gap is from the beginning of one burst to that of the next; there is no rate beside it.
    """

    packets: int
    gap_seconds: float


@dataclass(frozen=True, slots=True)
class OnOffPattern:
    """Traffic in phases: at the rate, or without one as fast as it goes, and then nothing."""

    on_seconds: float
    off_seconds: float


Pattern = ConstantPattern | PoissonPattern | BurstPattern | OnOffPattern
"""When packets leave."""


@dataclass(frozen=True, slots=True)
class SizeShare:
    """Of datagrams of mixed sizes, those from ``least_bytes`` to ``most_bytes``, and their share beside the others'."""

    least_bytes: int
    most_bytes: int
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketOptions:
    """Options of a flow's sockets, set before they bind or connect, at both ends.

    What is None or empty stays as it is; ``no_delay`` is then on. ``congestion`` names TCP's congestion control,
    ``dscp`` is a Differentiated Services code point, ``device`` a network interface, ``ttl`` also IPv6's hop limit.
    """

    congestion: str = ""
    no_delay: bool | None = None
    mss_bytes: int | None = None
    dscp: int | None = None
    send_buffer_bytes: int | None = None
    receive_buffer_bytes: int | None = None
    device: str = ""
    ttl: int | None = None
    mptcp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSpec:
    """One flow from one agent to another.

    ``workers`` is a number at each end: source worker *i* talks to destination worker *i*. The measured window begins
    ``delay_seconds + warmup_seconds`` after the common start T and lasts ``duration_seconds``. The rates are for the
    whole flow, of payload; None means as fast as it goes. ``size_bytes`` of 0 is the kind's default;
    ``sizes`` stand in its place where datagrams are not all alike. ``connections`` are those that each worker holds at
    once, of a kind that does; 0 is the kind's default.
    """

    name: str
    kind: str
    mode: Mode = Mode.PARALLEL
    workers: int = 1
    delay_seconds: float = 0.0
    warmup_seconds: float = 0.0
    duration_seconds: float
    drain_seconds: float = 0.5
    interval_seconds: float = 1.0
    rate_bits_per_second: float | None = None
    rate_packets_per_second: float | None = None
    size_bytes: int = 0
    verify: Verify = Verify.NONE
    family: Family = Family.INET
    offloads: tuple[str, ...] = ("auto",)
    direction: Direction = Direction.FORWARD
    socket_options: SocketOptions = SocketOptions()
    poll: Poll = Poll.BLOCKING
    pattern: Pattern = ConstantPattern()
    sizes: tuple[SizeShare, ...] = ()
    fill: Fill = Fill.RANDOM
    content: bytes = b""
    connections: int = 0

    @property
    def has_rate(self) -> bool:
        """Whether it is to keep a rate, instead of going as fast as it can."""
        return self.rate_bits_per_second is not None or self.rate_packets_per_second is not None


@dataclass(frozen=True, slots=True)
class WorkerEndpoint:
    """Where one listening worker can be reached, and the token that must be shown to it."""

    host: str
    port: int
    token: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Nanosecond values in HdrHistogram bins (:mod:`sockrig_wire.histogram`), ascending, with their counts."""

    name: str
    bins: tuple[int, ...]
    counts: tuple[int, ...]
    minimum: int
    maximum: int
    sum: float


@dataclass(frozen=True, slots=True)
class CpuUse:
    """Processor time of a worker; ``waited`` is runnable while another had the core (schedstat)."""

    user_seconds: float
    system_seconds: float
    waited_seconds: float
    wall_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpInfo:
    """TCP_INFO of a worker's connection (tcp(7), linux/tcp.h): its last, or at the end of an interval.

    Counts and times are since the connection began. What the kernel does not tell is None.
    """

    retransmits: int = 0
    round_trip_seconds: float | None = None
    minimum_round_trip_seconds: float | None = None
    congestion_window: int | None = None
    delivery_rate_bits_per_second: float | None = None
    busy_seconds: float | None = None
    receive_window_limited_seconds: float | None = None
    send_buffer_limited_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one worker did within one interval that ended ``at_seconds`` after the flow's start."""

    flow: str
    role: Role
    worker: int
    at_seconds: float
    interval_seconds: float
    bytes: int = 0
    packets: int = 0
    transactions: int = 0
    connections: int = 0
    tcp_info: TcpInfo | None = None
    """Of a source with one connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerResult:
    """What one worker did in all.

    ``bytes``, ``packets``, ``transactions``, ``connections`` and ``lost_packets`` are of the measured window (warm-up
    left out); packets leave duplicates out. None means that the figure does not apply to the kind and role.
    """

    flow: str
    role: Role
    worker: int
    started_at_nanoseconds: int
    finished_at_nanoseconds: int
    window_seconds: float
    bytes: int = 0
    packets: int = 0
    total_bytes: int = 0
    total_packets: int = 0
    duplicate_packets: int | None = None
    reordered_packets: int | None = None
    late_packets: int | None = None
    lost_packets: int | None = None
    corrupt_blocks: int | None = None
    jitter_seconds: float | None = None
    transactions: int | None = None
    connections: int | None = None
    failed_connections: int | None = None
    kernel_drops: int | None = None
    histograms: tuple[Histogram, ...] = ()
    cpu: CpuUse = CpuUse(0.0, 0.0, 0.0, 0.0)
    tcp_info: TcpInfo | None = None
    offloads: tuple[str, ...] = ()
    rate_limited: bool = False
    error: str = ""
    clock: str = ""
    held_connections: int | None = None


@dataclass(frozen=True, slots=True)
class WorkerFailed:
    """A worker crashed or could not go on; it has no result."""

    flow: str
    role: Role
    worker: int
    error: Error


@dataclass(frozen=True, slots=True)
class PrepareFlow:
    """Start the workers of one end; the end that connects gets one peer endpoint per worker."""

    spec: FlowSpec
    role: Role
    peers: tuple[WorkerEndpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowPrepared:
    """All workers of one end are ready; the end that listens tells one endpoint per worker."""

    endpoints: tuple[WorkerEndpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowStart:
    """T on this agent's monotonic clock, and T on that of the agent at the other end of the flow."""

    flow: str
    role: Role
    start_at_nanoseconds: int
    peer_start_at_nanoseconds: int | None = None


@dataclass(frozen=True, slots=True)
class StartFlows:
    """Start these flow ends at their T; with none it is a rehearsal, which tells how long an order takes."""

    flows: tuple[FlowStart, ...]


@dataclass(frozen=True, slots=True)
class StopFlows:
    """End these flows (none named: all of the run) before their time; results come as at the ordinary end."""

    flows: tuple[str, ...] = ()
