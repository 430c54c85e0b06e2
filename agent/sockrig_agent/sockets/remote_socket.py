"""One remote socket: a non-blocking socket of this host, and the calls that a controller makes on it."""

import asyncio
import contextlib
import errno
import os
import socket
import struct
from collections.abc import Callable
from typing import TypeVar

from sockrig_agent.sockets.addresses import BindHosts, SocketName, address_of, can_reach, is_unbound, resolve
from sockrig_agent.sockets.waiting import Readiness, within
from sockrig_wire.channel import MAX_DATA_BYTES
from sockrig_wire.errors import UsageError
from sockrig_wire.model.sockets import (
    DataReceived,
    GetOption,
    OptionValue,
    ReceiveData,
    SendData,
    SetOption,
    ShutdownHow,
    SocketAddress,
    SocketReady,
    WaitReady,
)

Outcome = TypeVar("Outcome")

_MAX_DATAGRAM_BYTES = 65_535
_IP_BIND_ADDRESS_NO_PORT = 24
"""ip(7); leaves the choice of the port to connect(2), which can then use one port towards many destinations."""
_NEVER_WAITS = socket.MSG_DONTWAIT | socket.MSG_OOB | socket.MSG_ERRQUEUE
"""Flags with which recv(2) answers EAGAIN at once on a blocking socket too."""
_FUTILE_WAKE_PAUSE_SECONDS = 0.001
"""Rest before trying again a socket that calls itself ready and is not, such as one whose error queue is full."""
_INT_RANGE = 2**31
_LINGER = struct.Struct("ii")
_SHUTDOWN_HOW = {
    ShutdownHow.READ: socket.SHUT_RD,
    ShutdownHow.WRITE: socket.SHUT_WR,
    ShutdownHow.BOTH: socket.SHUT_RDWR,
}


class RemoteSocket:
    """The calls on one socket, each as the kernel carries it out.

    Calls that wait do so for themselves alone: reads (accept, receive) take turns among each other, and so do sends,
    but neither holds up the other nor any other call. ``timeout_seconds`` means the same everywhere: None waits until
    it is done, 0 tries once and raises what a non-blocking socket raises (EAGAIN, EINPROGRESS), more than that raises
    TimeoutError (ETIMEDOUT) when it is over.

    Data is taken from the kernel in the last step of a call, after which nothing is waited for: a call that is
    cancelled, times out or loses the race to another has taken nothing. :meth:`close` ends waiting calls with EBADF.

    All methods raise OSError as :class:`socket.socket` does.
    """

    def __init__(self, local: socket.socket, bind_hosts: BindHosts) -> None:
        local.setblocking(False)
        self._socket = local
        self._bind_hosts = bind_hosts
        self._readiness = Readiness(local)
        self._reading = asyncio.Lock()
        self._writing = asyncio.Lock()

    async def bind(self, address: SocketAddress) -> None:
        """Bind; an empty host is the agent's own address, or every address of the host."""
        self._socket.bind(await resolve(address, self._socket.family, self._bind_hosts))

    def listen(self, backlog: int | None) -> None:
        """Listen; if unbound, on a free port of the agent's own address. No backlog means Python's default."""
        self._bind_to_own_address(keep_port_open=False)
        if backlog is None:
            self._socket.listen()
        else:
            self._socket.listen(backlog)

    async def accept(
        self, keep: Callable[[socket.socket], Outcome], may_accept: Callable[[], None], timeout_seconds: float | None
    ) -> tuple[Outcome, SocketAddress]:
        """Take the next connection; ``keep`` gets its socket, and the outcome comes back with the peer's address.

        Args:
            keep: takes over the connection.
            may_accept: raises when there is no room for one; the connection then stays in the listener's queue.
            timeout_seconds: see the class.
        """

        def attempt() -> tuple[Outcome, SocketAddress]:
            may_accept()
            connection, peer = self._socket.accept()
            return keep(connection), address_of(peer)

        async with within(timeout_seconds):
            return await self._read(attempt, wait=timeout_seconds != 0)

    async def connect(self, address: SocketAddress, timeout_seconds: float | None) -> None:
        """Connect, from the agent's own address if the socket is unbound and the destination can be reached so."""
        async with within(timeout_seconds):
            name = await resolve(address, self._socket.family, self._bind_hosts)
            self._bind_to_own_address(destination=name[0])
            try:
                self._socket.connect(name)
            except BlockingIOError as refusal:
                if timeout_seconds == 0 or refusal.errno != errno.EINPROGRESS:
                    raise
            else:
                return
            await self._readiness.wait(writable=True)
            error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, os.strerror(error))
            self._socket.getpeername()  # raises ENOTCONN if a shutdown ended the attempt
            self._socket.connect(name)  # fetches the success: until then the kernel answers it to the next connect

    async def send(self, order: SendData, timeout_seconds: float | None) -> int:
        """Hand data to the kernel, as send and sendto do; the number of bytes that it took.

        With ``all`` it goes on until the kernel has every byte; cut short, it does not tell how many those were.
        """
        wait = timeout_seconds != 0 and not order.flags & socket.MSG_DONTWAIT
        async with within(timeout_seconds):
            name = None
            if order.address is not None:
                name = await resolve(order.address, self._socket.family, self._bind_hosts)
                self._bind_to_own_address(destination=name[0])
            if not wait:
                return await self._hand_over(order, name, wait=False)
            async with self._writing:
                return await self._hand_over(order, name, wait=True)

    async def receive(self, order: ReceiveData, timeout_seconds: float | None) -> DataReceived:
        """recvfrom(2); a datagram comes with its sender; what is beyond the size of one message stays in a stream."""
        is_datagram = self._socket.type == socket.SOCK_DGRAM
        size = min(order.max_bytes, _MAX_DATAGRAM_BYTES if is_datagram else MAX_DATA_BYTES)

        def attempt() -> DataReceived:
            # Zeroed memory: with MSG_TRUNC the kernel counts more bytes than it wrote.
            buffer = bytearray(size)
            count, sender = self._socket.recvfrom_into(buffer, 0, order.flags)
            data = bytes(memoryview(buffer)[:count])
            return DataReceived(data, address_of(sender) if is_datagram and sender else None)

        async with within(timeout_seconds):
            return await self._read(attempt, wait=timeout_seconds != 0 and not order.flags & _NEVER_WAITS)

    async def wait_ready(self, order: WaitReady, timeout_seconds: float | None) -> SocketReady:
        """poll(2): for which of the directions asked for the socket would not block; an error counts as ready."""
        if not (order.readable or order.writable):
            raise UsageError("a wait must ask for readable, writable or both", where="wait_ready")
        async with within(timeout_seconds):
            while True:
                readable, writable = self._readiness.now()
                ready = SocketReady(order.readable and readable, order.writable and writable)
                if ready.readable or ready.writable:
                    return ready
                if timeout_seconds == 0:
                    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
                await self._readiness.wait(readable=order.readable, writable=order.writable)

    def set_option(self, order: SetOption) -> None:
        """setsockopt(2).

        Raises:
            UsageError: not exactly one of ``number`` and ``data`` is given, or the number is no C int.
        """
        if order.number is not None and order.data is None:
            if not -_INT_RANGE <= order.number < _INT_RANGE:
                raise UsageError(f"{order.number} does not fit the int of a socket option", where="set_option")
            self._socket.setsockopt(order.level, order.option, order.number)
        elif order.data is not None and order.number is None:
            self._socket.setsockopt(order.level, order.option, order.data)
        else:
            raise UsageError("a socket option takes either a number or data", where="set_option")

    def get_option(self, order: GetOption) -> OptionValue:
        """getsockopt(2): a number, or up to ``buffer_bytes`` of data if that is not 0."""
        if order.buffer_bytes:
            return OptionValue(data=self._socket.getsockopt(order.level, order.option, order.buffer_bytes))
        return OptionValue(number=self._socket.getsockopt(order.level, order.option))

    def local_address(self) -> SocketAddress:
        """getsockname(2)."""
        return address_of(self._socket.getsockname())

    def peer_address(self) -> SocketAddress:
        """getpeername(2)."""
        return address_of(self._socket.getpeername())

    def shutdown(self, how: ShutdownHow) -> None:
        """End one half of the connection or both; the kernel wakes who waits for data that cannot come any more."""
        self._socket.shutdown(_SHUTDOWN_HOW[how])

    def close(self) -> None:
        """Close at once; calls that wait end with EBADF.

        A time that SO_LINGER sets is left out, since waiting for it would hold up the whole agent: the kernel delivers
        what is unsent in the background. A time of 0 keeps its meaning: the connection is reset.
        """
        if self._socket.fileno() < 0:
            return
        self._readiness.release()
        with contextlib.suppress(OSError):
            lingers, seconds = _LINGER.unpack(
                self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.size)
            )
            if lingers and seconds:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.pack(0, 0))
        # Closing a connection that the peer has reset can report the reset once more; the descriptor is gone then too.
        with contextlib.suppress(OSError):
            self._socket.close()

    async def _read(self, attempt: Callable[[], Outcome], *, wait: bool) -> Outcome:
        if not wait:
            return attempt()
        async with self._reading:
            return await self._until_done(attempt, readable=True)

    async def _hand_over(self, order: SendData, name: SocketName | None, *, wait: bool) -> int:
        rest = memoryview(order.data)

        def attempt() -> int:
            if name is None:
                return self._socket.send(rest, order.flags)
            return self._socket.sendto(rest, order.flags, name)

        while True:
            rest = rest[await self._until_done(attempt, writable=True) if wait else attempt() :]
            if not order.all or not rest:
                return len(order.data) - len(rest)

    async def _until_done(
        self, attempt: Callable[[], Outcome], *, readable: bool = False, writable: bool = False
    ) -> Outcome:
        """Try, and again each time that the socket is ready, until the kernel does not ask to wait."""
        woken = False
        while True:
            with contextlib.suppress(BlockingIOError):
                return attempt()
            if woken:
                await asyncio.sleep(_FUTILE_WAKE_PAUSE_SECONDS)
            await self._readiness.wait(readable=readable, writable=writable)
            woken = True

    def _bind_to_own_address(self, *, destination: str | None = None, keep_port_open: bool = True) -> None:
        """Give an unbound socket the agent's own address, unless it has none or the destination is out of its reach."""
        own = self._bind_hosts.of(self._socket.family)
        if not own or not is_unbound(self._socket.getsockname()):
            return
        if destination is not None and not can_reach(own, destination):
            return
        if self._socket.type == socket.SOCK_STREAM and keep_port_open:
            self._bind_without_port(own)
        else:
            self._socket.bind((own, 0))

    def _bind_without_port(self, own: str) -> None:
        # Only for this one bind: a later one by the caller must choose its port as ever.
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        try:
            self._socket.bind((own, 0))
        finally:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 0)
