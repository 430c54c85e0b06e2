"""The names of ICMP errors: RFC 792, RFC 1122 (3.2.2.1) and RFC 1812 (5.2.7.1); for IPv6 RFC 4443. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

_UNREACHABLE = 3
_UNREACHABLE_CODES: Mapping[int, str] = MappingProxyType(
    {
        0: "network unreachable",
        1: "host unreachable",
        2: "protocol unreachable",
        3: "port unreachable",
        4: "fragmentation needed",
        5: "source route failed",
        6: "network unknown",
        7: "host unknown",
        8: "source host isolated",
        9: "network prohibited",
        10: "host prohibited",
        11: "network unreachable for this type of service",
        12: "host unreachable for this type of service",
        13: "administratively prohibited",
        14: "host precedence violation",
        15: "precedence cutoff",
    }
)
_TYPES: Mapping[int, str] = MappingProxyType({4: "source quench", 11: "time exceeded", 12: "parameter problem"})

_UNREACHABLE_INET6 = 1
_UNREACHABLE_CODES_INET6: Mapping[int, str] = MappingProxyType(
    {
        0: "no route",
        1: "administratively prohibited",
        2: "beyond the scope of the source address",
        3: "address unreachable",
        4: "port unreachable",
        5: "source address failed policy",
        6: "reject route",
    }
)
_TYPES_INET6: Mapping[int, str] = MappingProxyType({2: "packet too big", 3: "time exceeded", 4: "parameter problem"})


def icmp_name(icmp_type: int, code: int, *, inet6: bool) -> str:
    """An error in words; numbers where it has no name."""
    unreachable = _UNREACHABLE_INET6 if inet6 else _UNREACHABLE
    codes, types = (_UNREACHABLE_CODES_INET6, _TYPES_INET6) if inet6 else (_UNREACHABLE_CODES, _TYPES)
    name = codes.get(code) if icmp_type == unreachable else types.get(icmp_type)
    return name or f"type {icmp_type}, code {code}"


def is_host_unreachable(icmp_type: int, code: int, *, inet6: bool) -> bool:
    """What a host says of another that does not answer ARP or neighbour discovery (RFC 4443, 3.1: code 3)."""
    return (icmp_type, code) == ((_UNREACHABLE_INET6, 3) if inet6 else (_UNREACHABLE, 1))


def is_port_unreachable(icmp_type: int, code: int, *, inet6: bool) -> bool:
    """What a host says of a UDP port on which nobody listens (RFC 1122, 4.1.3.1; RFC 4443, 3.1)."""
    return (icmp_type, code) == ((_UNREACHABLE_INET6, 4) if inet6 else (_UNREACHABLE, 3))
