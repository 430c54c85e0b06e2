"""Who could talk to whom: the cells of a reach step."""

from dataclasses import dataclass
from enum import StrEnum

from sockrig.results.part import part_of_document


class ReachVerdict(StrEnum):
    """What became of a probe, as both ends together know it."""

    OPEN = "open"
    """The answer came back."""
    DROPPED = "dropped"
    """It was sent, never came in, and nobody said why."""
    REJECTED = "rejected"
    """It was sent, and an ICMP error or a TCP reset came back."""
    RETURN_PATH_LOST = "return path lost"
    """It came in, and its answer did not get back."""
    INVALID = "invalid"
    """Nobody could listen, or nobody can know: it proves nothing."""
    CLOSED = "closed"
    """The host refused it: nothing is on that port."""
    REFUSED_LOCALLY = "refused locally"
    """The sender's own system did not let it out."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class ReachResult:
    """Whether one host could talk to another on one port."""

    source: str
    """Name of the agent that probed."""
    destination: str
    """Name of the agent that was probed."""
    protocol: str
    """Either tcp or udp."""
    port: int
    """At the destination."""
    verdict: ReachVerdict
    """What became of it."""
    expected: str | None = None
    """What the scenario wants: allow, deny, deny:drop or deny:reject."""
    met: bool | None = None
    """Whether the verdict is what was expected; null where nothing was, or where the probe proves nothing."""
    detail: str = ""
    """What was seen, in words."""
    address: str | None = None
    """Where the destination was probed."""
    listened: bool | None = None
    """Whether the destination listened; null where it was not asked to."""
    seen: bool | None = None
    """Whether the probe came in at the destination; null where nobody can tell."""
    seen_from: str | None = None
    """The address that it came from, as the destination saw it."""
    round_trip_seconds: float | None = None
    """To the answer, the agents' own time included: of TCP's handshake, or of the datagram that was answered."""
    attempts: int | None = None
    """Datagrams sent, or SYN segments."""
    icmp_type: int | None = None
    """Of the ICMP error that came back, or ICMPv6's over IPv6."""
    icmp_code: int | None = None
    """Of the same."""
    icmp_name: str | None = None
    """Both in words, such as port unreachable."""
    offender: str | None = None
    """The address that sent the ICMP error."""
    errno_name: str | None = None
    """What the system said: of the sender's socket, or to the destination that could not listen or answer."""
