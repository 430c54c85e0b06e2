"""Opens the sockets of traffic: on the agent's own address where it has one, with waits that the kernel bounds.

The sockets block, with SO_RCVTIMEO and SO_SNDTIMEO as their timeout (socket(7)): one system call per operation, where
Python's own timeout would take a poll(2) before each. A wait that runs out raises :class:`BlockingIOError`.
"""

import contextlib
import socket
import struct
import sys
from typing import Final

from sockrig_agent.traffic.socket_options import FAMILIES, open_socket
from sockrig_wire.model.flows import SocketOptions, WorkerEndpoint
from sockrig_wire.model.sockets import Family

_NO_OPTIONS: Final = SocketOptions()

_BUFFER_BYTES: Final = 16 << 20
"""Asked for datagram sockets: at 200,000 large datagrams per second what comes in 70 ms, for which a receiver may have
to wait for a core. The kernel bounds the sum over all sockets (udp_mem, udp(7))."""
_FORCED: Final = {socket.SO_RCVBUF: 33, socket.SO_SNDBUF: 32}
"""SO_RCVBUFFORCE and SO_SNDBUFFORCE, socket(7): with CAP_NET_ADMIN, beyond rmem_max and wmem_max."""

_SO_MEMINFO: Final = 55
_SK_MEMINFO_DROPS: Final = 8
"""asm-generic/socket.h, linux/sock_diag.h: the ninth word is how many datagrams the socket had to drop."""
_SO_MAX_PACING_RATE: Final = 47
_PACING_HEADROOM: Final = 1.1
"""The kernel only smooths each burst (and counts headers); the average is kept by our own pacing."""
_IP_MTU: Final = 14
_IPV6_MTU: Final = 24
_BACKLOG: Final = 1024

SocketAddress = tuple[str, int] | tuple[str, int, int, int]


def resolve(host: str, port: int, family: Family, kind: socket.SocketKind) -> SocketAddress:
    """The first address of ``host`` in that family; an empty host is the family's wildcard.

    Raises:
        socket.gaierror: there is none.
    """
    found = socket.getaddrinfo(host or None, port, FAMILIES[family], kind, flags=socket.AI_PASSIVE)
    address: SocketAddress = found[0][4]  # type: ignore[assignment]  # typeshed allows for a Python without IPv6
    return address


def datagram_socket(family: Family, bind_host: str, options: SocketOptions = _NO_OPTIONS) -> socket.socket:
    """A UDP socket, bound to any free port; buffers that nobody asked for are large as far as the host allows it.

    Raises:
        IncompatibleError: the system refuses an option.
        OSError: it cannot be bound.
    """
    sock = _bound(family, socket.SOCK_DGRAM, bind_host, options)
    for option, asked in (
        (socket.SO_RCVBUF, options.receive_buffer_bytes),
        (socket.SO_SNDBUF, options.send_buffer_bytes),
    ):
        if asked is None:
            _enlarge(sock, option)
    return sock


def _enlarge(sock: socket.socket, option: int) -> None:
    """Make a buffer as large as the host allows it to this process."""
    ways = (_FORCED[option], option) if sys.platform == "linux" else (option,)
    for way in ways:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, way, _BUFFER_BYTES)
            return


def listening_socket(family: Family, bind_host: str, options: SocketOptions = _NO_OPTIONS) -> socket.socket:
    """A TCP listener on any free port; never blocks in accept.

    Raises:
        IncompatibleError: the system refuses an option.
        OSError: it cannot be bound.
    """
    listener = _bound(family, socket.SOCK_STREAM, bind_host, options)
    try:
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def connected_socket(
    peer: WorkerEndpoint,
    family: Family,
    bind_host: str,
    timeout_seconds: float,
    options: SocketOptions = _NO_OPTIONS,
) -> socket.socket:
    """A TCP connection, without Nagle's delay unless the options want it.

    Raises:
        IncompatibleError: the system refuses an option.
        OSError: the system or the peer refused, or it took longer than the timeout.
    """
    address = resolve(peer.host, peer.port, family, socket.SOCK_STREAM)
    sock = open_socket(family, socket.SOCK_STREAM, options)
    try:
        if bind_host:
            bind_source(sock, resolve(bind_host, 0, family, socket.SOCK_STREAM))
        sock.settimeout(timeout_seconds)
        sock.connect(address)
        sock.setblocking(True)
    except BaseException:
        sock.close()
        raise
    return sock


def bind_source(sock: socket.socket, address: SocketAddress) -> None:
    """Let connections leave from ``address``; the kernel chooses the port when it knows the other end, ip(7)."""
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
    sock.bind(address)


def reset_on_close(sock: socket.socket) -> None:
    """Let a connection end with a reset, so that neither host keeps its ports in TIME_WAIT.

    Source: RFC 9293 section 3.6.1; SO_LINGER of 0, socket(7).
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("@ii", 1, 0))


def bound_waits(sock: socket.socket, seconds: float) -> None:
    """Let every blocking call on ``sock`` end after ``seconds`` with :class:`BlockingIOError`."""
    sock.setblocking(True)
    whole, fraction = divmod(max(seconds, 1e-6), 1)
    timeout = struct.pack("@ll", int(whole), int(fraction * 1e6))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)


def smooth(sock: socket.socket, bits_per_second: float) -> None:
    """Let the kernel spread a TCP sender's bursts, where it can (SO_MAX_PACING_RATE, socket(7))."""
    if sys.platform != "linux":
        return
    bytes_per_second = min(0xFFFF_FFFE, max(1, round(bits_per_second / 8 * _PACING_HEADROOM)))
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, _SO_MAX_PACING_RATE, struct.pack("@I", bytes_per_second))


def kernel_drops(sock: socket.socket) -> int | None:
    """How often the kernel dropped at ``sock`` because its buffer was full; None where it does not tell.

    Datagrams that came joined (UDP_GRO) are dropped together and count as one.
    """
    if sys.platform != "linux":
        return None
    words = struct.Struct(f"@{_SK_MEMINFO_DROPS + 1}I")
    try:
        data = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, words.size)
    except OSError:
        return None
    return int(words.unpack(data)[_SK_MEMINFO_DROPS]) if len(data) == words.size else None


def path_mtu(sock: socket.socket) -> int | None:
    """The path's MTU as the kernel knows it for a connected socket (ip(7), ipv6(7)); None where it does not tell."""
    if sys.platform != "linux":
        return None
    inet6 = sock.family == socket.AF_INET6
    try:
        return sock.getsockopt(*((socket.IPPROTO_IPV6, _IPV6_MTU) if inet6 else (socket.IPPROTO_IP, _IP_MTU)))
    except OSError:
        return None


def port_of(sock: socket.socket) -> int:
    """The local port."""
    port: int = sock.getsockname()[1]
    return port


def _bound(family: Family, kind: socket.SocketKind, bind_host: str, options: SocketOptions) -> socket.socket:
    sock = open_socket(family, kind, options)
    try:
        if family is Family.INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(resolve(bind_host, 0, family, kind))
    except BaseException:
        sock.close()
        raise
    return sock
