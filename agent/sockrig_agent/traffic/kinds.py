"""Which kinds of traffic there are, where their engines are found, and the sizes that each can carry.

Our own kinds stand in a table, so that they are there without installed metadata; other packages add theirs with an
entry point of the group ``sockrig.engines`` whose name is the kind and whose value is an
:class:`~sockrig_agent.traffic.engine.Engines`. Nothing here loads an engine before :meth:`Kind.load`.
"""

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Final

from sockrig_wire.datagram import HEADER_BYTES
from sockrig_wire.errors import UsageError
from sockrig_wire.model.flows import FlowSpec
from sockrig_wire.model.sockets import Family

if TYPE_CHECKING:
    from sockrig_agent.traffic.engine import Engines

ENTRY_POINT_GROUP: Final = "sockrig.engines"

TOKEN_BYTES: Final = 8
"""What a connection shows first: the destination's 64-bit token."""

_LARGEST_DATAGRAM: Final = {Family.INET: 65_507, Family.INET6: 65_527}
"""65,535 less the 8 bytes of UDP and, in IPv4 alone, the 20 of IP (RFC 768, RFC 791, RFC 8200)."""

_MEBIBYTE: Final = 1 << 20
_LARGEST_BLOCK: Final = 64 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of traffic.

    ``verifiable``: its blocks can carry a digest. A largest size of 0 is that of a datagram of the flow's family.
    """

    name: str
    engines: str
    default_bytes: int = 0
    smallest_bytes: int = 0
    largest_bytes: int = _LARGEST_BLOCK
    verifiable: bool = True

    def load(self) -> "Engines":
        """Import the engines.

        Raises:
            ImportError: the package that brings the kind is broken.
        """
        engines: Engines = resolve_name(self.engines)
        return engines

    def largest(self, family: Family) -> int:
        """The largest size in bytes."""
        return self.largest_bytes or _LARGEST_DATAGRAM[family]


def _ours(kind: Kind) -> tuple[str, Kind]:
    return kind.name, kind


_ENGINES: Final = "sockrig_agent.traffic.engines"
BUILT_IN: Final[dict[str, Kind]] = dict(
    map(
        _ours,
        (
            Kind("tcp-stream", f"{_ENGINES}.tcp_stream:ENGINES", _MEBIBYTE, 1),
            Kind("udp-stream", f"{_ENGINES}.udp_stream:ENGINES", 1400, HEADER_BYTES, 0),
            Kind("tcp-rr", f"{_ENGINES}.tcp_rr:ENGINES", 64, 1, 16 * _MEBIBYTE),
            Kind("udp-rr", f"{_ENGINES}.udp_rr:ENGINES", 64, HEADER_BYTES, 0),
            Kind("tcp-connect", f"{_ENGINES}.tcp_connect:ENGINES", TOKEN_BYTES, TOKEN_BYTES, TOKEN_BYTES, False),
        ),
    )
)


def find_kind(name: str) -> Kind:
    """The kind of that name, ours or an installed package's.

    Raises:
        UsageError: there is none.
    """
    if built_in := BUILT_IN.get(name):
        return built_in
    from importlib.metadata import entry_points  # noqa: PLC0415 - 2 MB that only a kind of another package is worth

    for entry_point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        return Kind(name, entry_point.value)
    raise UsageError(f"there is no kind of traffic named {name!r}", next=f"Kinds here: {', '.join(sorted(BUILT_IN))}.")


def size_of(spec: FlowSpec) -> int:
    """The size in bytes of the flow's datagrams, messages or blocks: as asked for, or the kind's default."""
    return spec.size_bytes or find_kind(spec.kind).default_bytes
