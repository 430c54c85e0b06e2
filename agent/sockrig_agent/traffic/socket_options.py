"""Sets the options that a flow asks for on its sockets, and says so in words where the system refuses one.

What a scenario calls them, and what they are to the kernel:

============== ====================================================================
congestion     ``TCP_CONGESTION``, tcp(7)
no-delay       ``TCP_NODELAY``, tcp(7)
mss            ``TCP_MAXSEG``, tcp(7)
dscp           the upper six bits of ``IP_TOS``, ip(7), or ``IPV6_TCLASS`` (RFC 2474)
send-buffer    ``SO_SNDBUF``, socket(7)
receive-buffer ``SO_RCVBUF``, socket(7)
device         ``SO_BINDTODEVICE``, socket(7)
ttl            ``IP_TTL``, ip(7), or ``IPV6_UNICAST_HOPS``, ipv6(7)
mptcp          the protocol ``IPPROTO_MPTCP``, chosen when the socket is made
============== ====================================================================

Connections that a listener accepts inherit them (clone of the listener's socket, inet_csk_clone_lock in Linux).
"""

import errno
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sockrig_wire.errors import IncompatibleError
from sockrig_wire.model.flows import SocketOptions
from sockrig_wire.model.sockets import Family

FAMILIES: Final = {Family.INET: socket.AF_INET, Family.INET6: socket.AF_INET6}

_IPPROTO_MPTCP: Final = 262
_TCP_CONGESTION: Final = 13
_SO_BINDTODEVICE: Final = 25
_SO_SNDBUFFORCE: Final = 32
_SO_RCVBUFFORCE: Final = 33
"""linux/in.h, linux/tcp.h, asm-generic/socket.h; Python names not all of them everywhere."""

_DSCP_SHIFT: Final = 2
"""The lower two bits of the octet are ECN's (RFC 3168 section 5)."""


@dataclass(frozen=True, slots=True)
class _Option:
    """One setsockopt(2), and what its option and its value are called in a scenario."""

    name: str
    shown: str
    level: int
    number: int
    value: int | bytes


def open_socket(family: Family, kind: socket.SocketKind, options: SocketOptions) -> socket.socket:
    """A socket with these options, not yet bound.

    Raises:
        IncompatibleError: the system refuses one of them; it says which.
        OSError: there can be no socket at all.
    """
    sock = _new(family, kind, options)
    try:
        for option in _plain(family, kind, options):
            _set(sock, option)
        for name, asked, plain, forced in (
            ("send-buffer", options.send_buffer_bytes, socket.SO_SNDBUF, _SO_SNDBUFFORCE),
            ("receive-buffer", options.receive_buffer_bytes, socket.SO_RCVBUF, _SO_RCVBUFFORCE),
        ):
            if asked is not None:
                _set_buffer(sock, name, asked, plain, forced)
    except BaseException:
        sock.close()
        raise
    return sock


def _new(family: Family, kind: socket.SocketKind, options: SocketOptions) -> socket.socket:
    if not options.mptcp:
        return socket.socket(FAMILIES[family], kind)
    try:
        return socket.socket(FAMILIES[family], kind, _IPPROTO_MPTCP)
    except OSError as refusal:
        advice = "Linux has it since 5.6; see sysctl net.mptcp.enabled."
        raise _refused("mptcp", "", refusal, advice) from None


def _plain(family: Family, kind: socket.SocketKind, options: SocketOptions) -> Iterator[_Option]:
    """All but the buffers, in the order in which they are set."""
    inet6 = family is Family.INET6
    if options.device:
        yield _Option("device", options.device, socket.SOL_SOCKET, _SO_BINDTODEVICE, options.device.encode() + b"\0")
    if options.dscp is not None:
        level, number = (socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if inet6 else (socket.IPPROTO_IP, socket.IP_TOS)
        yield _Option("dscp", str(options.dscp), level, number, options.dscp << _DSCP_SHIFT)
    if options.ttl is not None:
        level, number = (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if inet6 else (socket.IPPROTO_IP, socket.IP_TTL)
        yield _Option("ttl", str(options.ttl), level, number, options.ttl)
    if kind is not socket.SOCK_STREAM:
        return
    no_delay = options.no_delay is not False
    yield _Option("no-delay", str(no_delay).lower(), socket.IPPROTO_TCP, socket.TCP_NODELAY, int(no_delay))
    if options.congestion:
        name = options.congestion
        yield _Option("congestion", name, socket.IPPROTO_TCP, _TCP_CONGESTION, name.encode())
    if options.mss_bytes is not None:
        yield _Option("mss", f"{options.mss_bytes} B", socket.IPPROTO_TCP, socket.TCP_MAXSEG, options.mss_bytes)


_ADVICE: Final = {
    "device": "It must be an interface of that host; old kernels want root for it.",
    "congestion": "See net.ipv4.tcp_available_congestion_control and tcp_allowed_congestion_control of that host.",
    "mss": "Linux takes 88 to 32767 bytes.",
}


def _set(sock: socket.socket, option: _Option) -> None:
    try:
        sock.setsockopt(option.level, option.number, option.value)
    except OSError as refusal:
        raise _refused(option.name, option.shown, refusal, _ADVICE.get(option.name, "")) from None


def _set_buffer(sock: socket.socket, name: str, asked: int, plain: int, forced: int) -> None:
    """Let a buffer have that size, beyond the host's bound where this process may (CAP_NET_ADMIN).

    Linux grants less without a word, and tells twice of what it grants: the other half is for its own use, socket(7).
    """
    try:
        sock.setsockopt(socket.SOL_SOCKET, forced if sys.platform == "linux" else plain, asked)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, plain, asked)
    granted = sock.getsockopt(socket.SOL_SOCKET, plain) // (2 if sys.platform == "linux" else 1)
    if granted < asked:
        bound = "net.core.wmem_max" if plain == socket.SO_SNDBUF else "net.core.rmem_max"
        raise IncompatibleError(
            f"the system grants a {name} of {granted:,} B, not the {asked:,} B that were asked for",
            next=f"Ask for less, or raise {bound} of that host.",
        )


def _refused(name: str, value: str, refusal: OSError, advice: str) -> IncompatibleError:
    option = f"{name} {value}" if value else name
    return IncompatibleError(
        f"the system refuses the option {option}: {refusal.strerror or refusal}",
        next=advice,
        errno_name=errno.errorcode.get(refusal.errno or 0, ""),
    )
