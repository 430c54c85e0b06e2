"""Reach, from both ends (reach.proto): where to listen for nonces, what to probe, and what either end saw."""

from dataclasses import dataclass
from enum import Enum, auto

from sockrig_wire.model.sockets import Family, Transport


@dataclass(frozen=True, slots=True)
class ReachPort:
    """A port to listen on, and the nonces that are answered there."""

    transport: Transport
    port: int
    nonces: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpenReach:
    """Listen on these ports until :class:`CloseReach` or the end of the run."""

    family: Family
    ports: tuple[ReachPort, ...]


@dataclass(frozen=True, slots=True)
class ReachListening:
    """What became of a port; ``errno_name`` says why it could not be listened on, empty where it is."""

    transport: Transport
    port: int
    errno_name: str = ""


@dataclass(frozen=True, slots=True)
class ReachOpened:
    """Every port of the command, in its order."""

    ports: tuple[ReachListening, ...]


@dataclass(frozen=True, slots=True)
class ReachProbe:
    """One question: whether the nonce gets to this port and back; ``host`` is numeric."""

    host: str
    transport: Transport
    port: int
    nonce: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReach:
    """Send these probes.

    ``listened`` says that a listener gives nonces back; without one a connection, or any answer, is enough.
    ``attempts`` datagrams are sent of a silent probe, evenly within its timeout; ``spacing_seconds`` lies between
    probes to one host.
    """

    family: Family
    listened: bool
    timeout_seconds: float
    attempts: int
    spacing_seconds: float
    probes: tuple[ReachProbe, ...]


class ProbeOutcome(Enum):
    """What the sender of a probe saw."""

    ANSWERED = auto()
    """The nonce came back; without a listener: anything did."""
    CONNECTED = auto()
    """A connection, but not the nonce in time."""
    RESET = auto()
    """A TCP reset."""
    ICMP = auto()
    """An ICMP error."""
    SILENT = auto()
    """Nothing within the timeout."""
    REFUSED = auto()
    """The sender's own system did not let it out."""
    NOT_SENT = auto()
    """The agent could not try: no socket to be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What came of one probe.

    ``attempts`` counts datagrams, or the SYNs of a connection. The round trip is that of the
    answered datagram, or of TCP's handshake. ``offender`` is the
    address that sent the ICMP error, ``source_host`` the sender's own. ``held_back`` marks silence that the rate limit
    of ICMP errors may explain.
    """

    nonce: int
    outcome: ProbeOutcome
    attempts: int = 0
    round_trip_seconds: float | None = None
    errno_name: str = ""
    icmp_type: int | None = None
    icmp_code: int | None = None
    offender: str = ""
    source_host: str = ""
    source_port: int = 0
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class ReachProbed:
    """Every probe of the command, in its order."""

    results: tuple[ProbeResult, ...]


@dataclass(frozen=True, slots=True)
class CloseReach:
    """Stop listening and tell what was seen."""


@dataclass(frozen=True, slots=True)
class ReachArrival:
    """A nonce that came in where it was meant to.

    ``errno_name`` says why its answer could not be sent, ``late_seconds`` how long a datagram lay in the socket before
    the agent came to read it.
    """

    nonce: int
    host: str
    port: int
    at_nanoseconds: int
    errno_name: str = ""
    late_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ReachHalfOpen:
    """A connection from ``host`` and ``port`` whose SYN came in and whose beginning never came to its end."""

    local_port: int
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ReachSeen:
    """All that a listener saw; ``half_open_known`` is false where the system does not tell of half-open connections."""

    arrivals: tuple[ReachArrival, ...]
    half_open: tuple[ReachHalfOpen, ...]
    half_open_known: bool


@dataclass(frozen=True, slots=True)
class ReachCount:
    """So many probes of the current command are done."""

    done: int
