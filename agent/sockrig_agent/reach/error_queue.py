"""The error queue of a socket: what went wrong, as ICMP told it, and who said so (IP_RECVERR of ip(7), ipv6(7)).

An entry comes as a control message with ``struct sock_extended_err`` of linux/errqueue.h and, behind it, the address of
the offender: the node that sent the ICMP error, or this host itself.
"""

import socket
import struct
from dataclasses import dataclass

IP_RECVERR = 11
IPV6_RECVERR = 25
"""linux/in.h, linux/in6.h; Python does not name them."""

_EXTENDED_ERROR = struct.Struct("=IBBBBII")
"""errno, origin, type, code, padding, info, data."""
_ORIGINS_ICMP = (2, 3)
"""SO_EE_ORIGIN_ICMP and SO_EE_ORIGIN_ICMP6; 1 is the host's own protocols, without an offender."""
_INET_ADDRESS = slice(_EXTENDED_ERROR.size + 4, _EXTENDED_ERROR.size + 8)
_INET6_ADDRESS = slice(_EXTENDED_ERROR.size + 8, _EXTENDED_ERROR.size + 24)
"""Within struct sockaddr_in and struct sockaddr_in6, ip(7) and ipv6(7)."""
_CONTROL_BYTES = 512
_DATA_BYTES = 64
_MOST_ENTRIES = 64


@dataclass(frozen=True, slots=True)
class IcmpError:
    """One ICMP error about what a socket sent; type and code are of ICMP or ICMPv6, as the socket's family is."""

    errno: int
    type: int
    code: int
    offender: str


def record_errors(sock: socket.socket) -> None:
    """Let the kernel keep the errors of ``sock`` in its queue; for UDP also such as it would pass over."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)


def first_icmp_error(sock: socket.socket) -> IcmpError | None:
    """Take all that is in the queue; the first ICMP error of it, if there is one."""
    first: IcmpError | None = None
    for _ in range(_MOST_ENTRIES):
        try:
            _, control, _, _ = sock.recvmsg(_DATA_BYTES, _CONTROL_BYTES, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except OSError:  # EAGAIN: it is empty
            break
        for level, kind, data in control:
            if (level, kind) in {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}:
                first = first or parse_extended_error(data)
    return first


def parse_extended_error(data: bytes) -> IcmpError | None:
    """Read a ``struct sock_extended_err`` with its offender; None where it is not of ICMP, or cut short."""
    if len(data) < _EXTENDED_ERROR.size:
        return None
    number, origin, kind, code, *_ = _EXTENDED_ERROR.unpack_from(data)
    if origin not in _ORIGINS_ICMP:
        return None
    return IcmpError(number, kind, code, _offender(data))


def _offender(data: bytes) -> str:
    """The address behind the error; empty where the kernel knows none (its family is AF_UNSPEC then)."""
    (family,) = struct.unpack_from("=H", data, _EXTENDED_ERROR.size) if len(data) >= _INET_ADDRESS.start else (0,)
    if family == socket.AF_INET and len(data) >= _INET_ADDRESS.stop:
        return socket.inet_ntop(socket.AF_INET, data[_INET_ADDRESS])
    if family == socket.AF_INET6 and len(data) >= _INET6_ADDRESS.stop:
        return socket.inet_ntop(socket.AF_INET6, data[_INET6_ADDRESS])
    return ""
