"""The built-in kinds of generated traffic, and what each can be asked for: one truth for scenarios and for agents."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sockrig_wire.datagram import HEADER_BYTES
from sockrig_wire.model.flows import Verify
from sockrig_wire.model.sockets import Family, Transport

TOKEN_BYTES = 8
"""What a connection shows first: the destination's 64-bit token."""

LARGEST_DATAGRAM_BYTES: Mapping[Family, int] = MappingProxyType({Family.INET: 65_507, Family.INET6: 65_527})
"""65,535 less the 8 bytes of UDP and, in IPv4 alone, the 20 of IP (RFC 768, RFC 791, RFC 8200)."""

DIGEST_BYTES: Mapping[Verify, int] = MappingProxyType({Verify.NONE: 0, Verify.CRC32: 4, Verify.SHA256: 32})
"""What the digest at a block's end takes of its size."""

KIND_CAPABILITY = "kind:"
"""Begins the capability of an agent that has a further kind of traffic: ``kind:sctp-stream``."""

LARGEST_CONTENT_BYTES = 64 * 1024
"""What a flow may bring along to fill its blocks: it travels with every order to prepare."""

MOST_SIZE_SHARES = 64
LARGEST_WEIGHT = 1_000_000
"""Of the sizes of a mix."""
MOST_BURST_PACKETS = 1_000_000
SHORTEST_PHASE_SECONDS = 1e-6
"""Of a pattern's part; clocks and sleeps know nothing finer."""

OFFLOADS = ("sendmmsg", "gso", "gro", "sendfile", "truncating-receive", "kernel-timestamps")
"""What a flow may be allowed to use of a kernel, by name."""

DEFAULT_CONNECTIONS = 100
MOST_CONNECTIONS = 20_000
"""Of each worker, where a kind holds many: fewer than the ports that a host gives to connections to one listener
(net.ipv4.ip_local_port_range, ip(7): 28,232 of them unless somebody changed it)."""

_KIBIBYTE = 1 << 10
_MEBIBYTE = 1 << 20

STREAM_BLOCK_BYTES = 768 * _KIBIBYTE
"""Of a stream, unless another size is asked for: large, and with what belongs to it still in a second-level cache of
1 MiB. Measured over a veth pair: 1.6 times what blocks of 1 MiB carry, with four workers 2 times; over loopback as much
(with a receiver that copies 1.2 times)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowKind:
    """One kind of traffic. Sizes are of the payload of a datagram or a message, or of a stream's block.

    ``verifiable``: it has blocks, which can carry a digest. ``reversible``: the destination may be the one that
    connects. ``pollable``: its ends can wait awake (:class:`~sockrig_wire.model.flows.Poll`). ``one_way``: nothing is
    answered, so that it can go as fast as it goes for a while. ``mixable``: its packets may have different sizes.
    ``holds_connections``: each worker has many open at once; without a rate it asks once a second over each of them.
    A largest size of 0 is that of a datagram of the flow's family.
    """

    name: str
    transport: Transport
    default_bytes: int
    smallest_bytes: int
    largest_bytes: int
    verifiable: bool = True
    reversible: bool = False
    pollable: bool = False
    one_way: bool = False
    mixable: bool = False
    holds_connections: bool = False

    def largest(self, family: Family) -> int:
        """The largest size in bytes."""
        return self.largest_bytes or LARGEST_DATAGRAM_BYTES[family]


FLOW_KINDS: Mapping[str, FlowKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FlowKind(
                name="tcp-stream",
                transport=Transport.TCP,
                default_bytes=STREAM_BLOCK_BYTES,
                smallest_bytes=1,
                largest_bytes=64 * _MEBIBYTE,
                reversible=True,
                one_way=True,
            ),
            FlowKind(
                name="udp-stream",
                transport=Transport.UDP,
                default_bytes=1400,
                smallest_bytes=HEADER_BYTES,
                largest_bytes=0,
                one_way=True,
                mixable=True,
            ),
            FlowKind(
                name="tcp-rr",
                transport=Transport.TCP,
                default_bytes=64,
                smallest_bytes=1,
                largest_bytes=16 * _MEBIBYTE,
                pollable=True,
            ),
            FlowKind(
                name="udp-rr",
                transport=Transport.UDP,
                default_bytes=64,
                smallest_bytes=HEADER_BYTES,
                largest_bytes=0,
                pollable=True,
            ),
            FlowKind(
                name="tcp-connect",
                transport=Transport.TCP,
                default_bytes=TOKEN_BYTES,
                smallest_bytes=TOKEN_BYTES,
                largest_bytes=TOKEN_BYTES,
                verifiable=False,
            ),
            FlowKind(
                name="tcp-hold",
                transport=Transport.TCP,
                default_bytes=64,
                smallest_bytes=1,
                largest_bytes=16 * _KIBIBYTE,
                holds_connections=True,
            ),
        )
    }
)
"""By name. Agents may have more, of other packages; nothing is known of them here."""
