"""Listens on the ports of a reach step: gives each expected nonce back, and remembers where it came from.

A stranger gets no answer, and nobody gets more bytes than he sent.
"""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterator
from functools import partial

from sockrig_agent.reach.half_open import half_open_connections
from sockrig_agent.sockets.addresses import BindHosts
from sockrig_wire.failures import error_of
from sockrig_wire.model.reach import OpenReach, ReachArrival, ReachHalfOpen, ReachListening, ReachPort, ReachSeen
from sockrig_wire.model.sockets import Family, Transport
from sockrig_wire.reach import PROBE, PROBE_BYTES

_FAMILIES = {Family.INET: socket.AF_INET, Family.INET6: socket.AF_INET6}
_BACKLOG = 4096
_READ_SECONDS = 10.0
"""How long a connection may take to show its nonce."""
_LOOK_EVERY_SECONDS = 0.4
"""For half-open connections, which may be there for a second only."""
_MOST_HALF_OPEN = 20_000
_MOST_READ_AT_ONCE = 256
"""Datagrams or connections, before others of the agent have their turn."""

_PASSES = 20
"""Of the loop, until what lies in the sockets has been read: accepted, read, answered, and that for several batches."""

_SO_TIMESTAMPNS = 35
"""socket(7), asm-generic/socket.h; the time of arrival comes as a struct timespec of CLOCK_REALTIME."""
_TIMESPEC = struct.Struct("@ll")
_IP_PKTINFO = 8
_IPV6_RECVPKTINFO, _IPV6_PKTINFO = 49, 50
"""ip(7), ipv6(7); Python does not name all of them in every version."""
_PACKET_INFO = {
    Family.INET: (socket.IPPROTO_IP, _IP_PKTINFO, _IP_PKTINFO),
    Family.INET6: (socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, _IPV6_PKTINFO),
}
_IN_PKTINFO = struct.Struct("=i4s4s")
_IN6_PKTINFO = struct.Struct("=16si")
_CONTROL_BYTES = 128


class ReachListener:
    """The listening ports of one run; make it inside the loop that it is used in.

    ``ports`` says what became of each port: one that cannot be had does not keep the others from being listened on.
    """

    def __init__(self, order: OpenReach, bind_hosts: BindHosts, room: Callable[[], int]) -> None:
        self._family = order.family
        self._host = bind_hosts.of(_FAMILIES[order.family]) or ("::" if order.family is Family.INET6 else "0.0.0.0")
        self._room = room
        self._sockets: dict[tuple[Transport, int], socket.socket] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._arrivals: dict[int, ReachArrival] = {}
        self._half_open: set[ReachHalfOpen] = set()
        self._half_open_known = True
        self.ports = tuple(self._listen_on(port) for port in order.ports)
        self._tcp_ports = frozenset(port for transport, port in self._sockets if transport is Transport.TCP)
        self._looking = asyncio.create_task(self._look_again_and_again(), name="reach half-open")

    def __len__(self) -> int:
        return len(self._sockets) + len(self._connections)

    async def seen(self) -> ReachSeen:
        """All that came in so far, also what lies unread in the sockets, and the connections that never came to be."""
        for _ in range(_PASSES):
            await asyncio.sleep(0)
        self._note_half_open(half_open_connections(self._family, self._tcp_ports))
        return ReachSeen(tuple(self._arrivals.values()), tuple(self._half_open), self._half_open_known)

    def close(self) -> None:
        """Listen no more; at once."""
        self._looking.cancel()
        loop = asyncio.get_running_loop()
        for sock in self._sockets.values():
            loop.remove_reader(sock)
            sock.close()
        self._sockets.clear()
        for connection in self._connections:
            connection.cancel()

    def _listen_on(self, order: ReachPort) -> ReachListening:
        nonces = frozenset(order.nonces)
        try:
            if order.transport is Transport.TCP:
                sock = self._bound(socket.SOCK_STREAM, order.port)
                with _closed_on_failure(sock):
                    sock.listen(_BACKLOG)
                come = partial(self._accept, sock, nonces)
            else:
                sock = self._bound(socket.SOCK_DGRAM, order.port)
                come = partial(self._answer, sock, nonces)
        except OSError as refusal:
            return ReachListening(order.transport, order.port, error_of(refusal).errno_name)
        self._sockets[order.transport, order.port] = sock
        asyncio.get_running_loop().add_reader(sock, come)
        return ReachListening(order.transport, order.port)

    def _bound(self, kind: socket.SocketKind, port: int) -> socket.socket:
        sock = socket.socket(_FAMILIES[self._family], kind)
        with _closed_on_failure(sock):
            sock.setblocking(False)
            if self._family is Family.INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if kind is socket.SOCK_STREAM:
                # What is left of earlier connections does not keep the port; for UDP it would let two share one.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            else:
                level, option, _ = _PACKET_INFO[self._family]
                sock.setsockopt(level, option, 1)
                sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            sock.bind((self._host, port))
        return sock

    def _answer(self, sock: socket.socket, nonces: frozenset[int]) -> None:
        for _ in range(_MOST_READ_AT_ONCE):
            try:
                data, control, _, sender = sock.recvmsg(PROBE_BYTES + 1, _CONTROL_BYTES)
            except OSError:  # EAGAIN, or what an earlier answer met
                return
            nonce = _nonce_in(data)
            if nonce not in nonces:
                continue
            refusal = ""
            try:
                sock.sendmsg([data], self._from_where_it_came(control), 0, sender)
            except OSError as failure:
                refusal = error_of(failure).errno_name
            self._note(nonce, sender, refusal, _late_seconds(control))

    def _from_where_it_came(self, control: list[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
        """What makes the answer leave from the address that the probe was sent to: the prober takes no other."""
        level, _, kind = _PACKET_INFO[self._family]
        for its_level, its_kind, data in control:
            if (its_level, its_kind) != (level, kind):
                continue
            if self._family is Family.INET:
                _, own, _ = _IN_PKTINFO.unpack_from(data)
                return [(level, kind, _IN_PKTINFO.pack(0, own, bytes(4)))]
            return [(level, kind, data[: _IN6_PKTINFO.size])]
        return []

    def _accept(self, sock: socket.socket, nonces: frozenset[int]) -> None:
        for _ in range(_MOST_READ_AT_ONCE):
            try:
                connection, sender = sock.accept()
            except OSError:  # EAGAIN, or it was reset meanwhile
                return
            if self._room() <= 0:
                connection.close()
                continue
            task = asyncio.create_task(self._converse(connection, sender, nonces), name="reach connection")
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _converse(self, connection: socket.socket, sender: tuple[str, int], nonces: frozenset[int]) -> None:
        loop = asyncio.get_running_loop()
        with connection, contextlib.suppress(OSError, TimeoutError):
            connection.setblocking(False)
            async with asyncio.timeout(_READ_SECONDS):
                data = b""
                while len(data) < PROBE_BYTES and (more := await loop.sock_recv(connection, PROBE_BYTES - len(data))):
                    data += more
                nonce = _nonce_in(data)
                if nonce not in nonces:
                    return
                self._note(nonce, sender)
                await loop.sock_sendall(connection, data)
                await loop.sock_recv(connection, 1)  # the prober closes first, and so has the TIME-WAIT

    async def _look_again_and_again(self) -> None:
        """Gather half-open connections, in a thread: the table of a busy host is long."""
        while self._tcp_ports and self._half_open_known:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            self._note_half_open(await asyncio.to_thread(half_open_connections, self._family, self._tcp_ports))

    def _note_half_open(self, found: tuple[ReachHalfOpen, ...] | None) -> None:
        if found is None:
            self._half_open_known = False
        elif len(self._half_open) < _MOST_HALF_OPEN:
            self._half_open.update(found)

    def _note(self, nonce: int, sender: tuple[str, int], refusal: str = "", late_seconds: float = 0.0) -> None:
        """Keep the first arrival; a later one whose answer got away makes good one whose answer did not."""
        known = self._arrivals.get(nonce)
        if known is None or (known.errno_name and not refusal):
            self._arrivals[nonce] = ReachArrival(nonce, *sender[:2], time.monotonic_ns(), refusal, late_seconds)


def _nonce_in(data: bytes) -> int:
    """The nonce of a probe; -1, which is none, where it is not one."""
    if len(data) != PROBE_BYTES:
        return -1
    nonce: int = PROBE.unpack(data)[0]
    return nonce


def _late_seconds(control: list[tuple[int, int, bytes]]) -> float:
    """How long ago the kernel had it; 0 where it does not tell."""
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            late_seconds: float = time.time() - seconds - nanoseconds / 1e9
            return max(0.0, late_seconds)
    return 0.0


@contextlib.contextmanager
def _closed_on_failure(sock: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        sock.close()
        raise
