"""What a program gives and gets as family, type and address of a socket, and the words of the contract for it.

Checks what :class:`socket.socket` checks before it asks the operating system, and raises what it raises. Pure.
"""

import errno
import operator
import os
import struct
from dataclasses import dataclass
from socket import (
    AF_INET,
    AF_INET6,
    IPPROTO_TCP,
    IPPROTO_UDP,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_STREAM,
    AddressFamily,
    SocketKind,
)
from typing import SupportsIndex

from sockrig_wire.model.sockets import Family, SocketAddress, Transport

InetAddress = tuple[str, int] | tuple[str, int, int, int]
"""What a socket reports as an address: ``(host, port)``, or IPv6's ``(host, port, flow_info, scope_id)``."""

_FAMILIES = {AF_INET: Family.INET, AF_INET6: Family.INET6}
_TRANSPORTS = {SOCK_STREAM: (Transport.TCP, IPPROTO_TCP), SOCK_DGRAM: (Transport.UDP, IPPROTO_UDP)}
_LARGEST_PORT = 0xFFFF
_LARGEST_FLOW_INFO = 0xFFFFF


@dataclass(frozen=True, slots=True)
class SocketForm:
    """What kind of socket it is, in Python's words; ``proto`` is as it was asked for, 0 for the usual one."""

    family: AddressFamily
    type: SocketKind
    proto: int = 0

    @property
    def wire_family(self) -> Family:
        """The family in the contract's words."""
        return _FAMILIES[self.family]

    @property
    def transport(self) -> Transport:
        """The transport in the contract's words."""
        return _TRANSPORTS[self.type][0]


def socket_form(family: int, type: int, proto: int) -> tuple[SocketForm, bool]:
    """Check the arguments of ``socket()``; the second value says whether SOCK_NONBLOCK was among them.

    Raises:
        OSError: EAFNOSUPPORT, ESOCKTNOSUPPORT or EPROTONOSUPPORT: only UDP and TCP over IPv4 and IPv6 are carried.
    """
    if family not in _FAMILIES:
        raise _os_error(errno.EAFNOSUPPORT)
    plain_type = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)
    if plain_type not in _TRANSPORTS:
        raise _os_error(errno.ESOCKTNOSUPPORT)
    kind = SocketKind(plain_type)
    if proto not in {0, _TRANSPORTS[kind][1]}:
        raise _os_error(errno.EPROTONOSUPPORT)
    return SocketForm(AddressFamily(family), kind, proto), bool(type & SOCK_NONBLOCK)


def to_wire(family: AddressFamily, address: object, call: str) -> SocketAddress:
    """Check an address that a program gave to ``call``.

    Raises:
        TypeError: it is not a tuple of the form that the family has.
        OverflowError: its port or flow information is out of range.
    """
    if not isinstance(address, tuple):
        raise TypeError(f"{call}(): {family.name} address must be tuple, not {type(address).__name__}")
    most = 2 if family == AF_INET else 4
    if not 2 <= len(address) <= most:
        form = "a pair (host, port)" if most == 2 else "a tuple (host, port[, flowinfo[, scopeid]])"
        raise TypeError(f"{family.name} address must be {form}")
    host, port, flow_info, scope_id = (*address, 0, 0)[:4]
    port_number = operator.index(port)
    if not 0 <= port_number <= _LARGEST_PORT:
        raise OverflowError(f"{call}(): port must be 0-65535.")
    flow_number = operator.index(flow_info)
    if not 0 <= flow_number <= _LARGEST_FLOW_INFO:
        raise OverflowError(f"{call}(): flowinfo must be 0-1048575.")
    return SocketAddress(_host_text(host), port_number, flow_number, operator.index(scope_id))


def from_wire(family: AddressFamily, address: SocketAddress) -> InetAddress:
    """The tuple that a local socket of this family would have given."""
    if family == AF_INET6:
        return address.host, address.port, address.flow_info, address.scope_id
    return address.host, address.port


def c_int(value: SupportsIndex) -> int:
    """A number as the C interface takes it.

    Raises:
        TypeError: it does not fit: :class:`socket.socket` takes it for a bad buffer then.
    """
    number = operator.index(value)
    try:
        struct.pack("i", number)
    except struct.error:
        raise TypeError(f"a bytes-like object is required, not '{type(value).__name__}'") from None
    return number


def _host_text(host: object) -> str:
    if isinstance(host, str):
        return host
    if isinstance(host, bytes | bytearray):
        return host.decode("idna")
    raise TypeError(f"str, bytes or bytearray expected, not {type(host).__name__}")


def _os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
