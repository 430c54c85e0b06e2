"""Turns the addresses of calls into those of the system: own address, wildcard, name look-up, and back."""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sockrig_wire.model.sockets import SocketAddress

LOOK_UP_SECONDS = 5.0
"""Longest wait for a name: one round of the resolver's own patience (resolv.conf(5), ``timeout:``)."""

SocketName = tuple[str, int] | tuple[str, int, int, int]
"""An address as :mod:`socket` takes and gives it; the last two numbers are IPv6's flow information and scope."""

_WILDCARDS: Mapping[int, str] = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}
_BROADCAST = "<broadcast>"


@dataclass(frozen=True, slots=True)
class BindHosts:
    """The agent's own numeric address per family; an empty one stands for every address of the host."""

    inet: str = ""
    inet6: str = ""

    def of(self, family: int) -> str:
        """The own address of ``family``, or an empty string."""
        return self.inet6 if family == socket.AF_INET6 else self.inet


async def resolve(address: SocketAddress, family: int, bind_hosts: BindHosts) -> SocketName:
    """The system's form of ``address`` on this host.

    An empty host is the agent's own address, or else the wildcard. Names are looked up without holding up the loop.

    Raises:
        socket.gaierror: the name has no address of this family, or the look-up took longer than
            :data:`LOOK_UP_SECONDS`.
    """
    host, scope_id = await _look_up(address.host or bind_hosts.of(family) or _WILDCARDS[family], family)
    if family == socket.AF_INET6:
        return (host, address.port, address.flow_info, address.scope_id or scope_id)
    return (host, address.port)


def address_of(name: SocketName) -> SocketAddress:
    """The contract's form of one of the system's addresses."""
    return SocketAddress(*name)


def is_unbound(name: SocketName) -> bool:
    """Whether this is the local name of a socket that has neither an address nor a port yet."""
    return name[1] == 0 and ipaddress.ip_address(name[0]).is_unspecified


def can_reach(own: str, destination: str) -> bool:
    """Whether packets from the address ``own`` can get to ``destination`` and answers back.

    Loopback addresses talk to loopback addresses only; link-local ones to link-local ones (RFC 4291, 2.5.6); an
    IPv4-mapped destination (RFC 4291, 2.5.5.2) needs an IPv4 source.
    """
    source, target = ipaddress.ip_address(own), ipaddress.ip_address(destination)
    if _is_mapped(source) != _is_mapped(target):
        return False
    if target.is_unspecified:
        return True
    if source.is_link_local and not target.is_link_local:
        return False
    return source.is_loopback == target.is_loopback


def _is_mapped(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None


async def _look_up(host: str, family: int) -> tuple[str, int]:
    """The numeric host and the IPv6 scope id of ``host``."""
    if host == _BROADCAST and family == socket.AF_INET:
        return "255.255.255.255", 0
    try:
        return _first(socket.getaddrinfo(host, None, family, socket.SOCK_DGRAM, 0, socket.AI_NUMERICHOST))
    except socket.gaierror:
        pass  # not a number: a name, which may take a while
    except ValueError:
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} is not a host name") from None
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            return _first(await loop.getaddrinfo(host, None, family=family, type=socket.SOCK_DGRAM))
    except TimeoutError:
        raise socket.gaierror(
            socket.EAI_AGAIN, f"{host!r} was not resolved on the agent's host within {LOOK_UP_SECONDS:g} s"
        ) from None


def _first(found: Sequence[tuple[Any, Any, Any, Any, tuple[Any, ...]]]) -> tuple[str, int]:
    """The host and the scope id of the first answer of getaddrinfo(3)."""
    host, _, *rest = found[0][-1]
    return host, rest[1] if rest else 0
