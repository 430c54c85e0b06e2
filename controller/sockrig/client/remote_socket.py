"""A socket on an agent's host, used as :class:`socket.socket` is: the synchronous face.

Each method does what :class:`~sockrig.client.async_socket.AsyncRemoteSocket` does, which see, and waits for it. Several
threads may use one socket at once. Ctrl-C interrupts a waiting call at once and cancels it on the agent; data that was
on its way here in that moment is lost.
"""

import errno
import io
import os
import socket
from collections.abc import Callable, Coroutine
from socket import AddressFamily, SocketIO, SocketKind
from typing import TYPE_CHECKING, Any, Literal, NoReturn, ParamSpec, Self, SupportsIndex, TypeVar, overload

from sockrig.client.addressing import InetAddress
from sockrig.client.async_socket import AsyncRemoteSocket
from sockrig.client.loop_thread import LoopThread
from sockrig.client.readiness import Readiness

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")

ReadAndWriteMode = Literal["rwb", "rbw", "wrb", "wbr", "brw", "bwr"]
ReadMode = Literal["rb", "br", "b"]
WriteMode = Literal["wb", "bw"]
BinaryMode = ReadAndWriteMode | ReadMode | WriteMode
StreamBuffering = Literal[-1, 1] | None
TextMode = Literal["r", "w", "rw", "wr", ""]


class RemoteSocket:
    """A socket on the host of an agent; made by :meth:`Host.socket`, :meth:`Host.create_server` and so on.

    It stays open until it is closed, or its rig is. See :class:`AsyncRemoteSocket` for how it differs from a local one.
    """

    def __init__(self, loop_thread: LoopThread, remote: AsyncRemoteSocket) -> None:
        self._loop_thread = loop_thread
        self._remote = remote
        self._readiness: Readiness | None = None
        self._io_refs = 0
        """How many files made of this socket are open; the last one closes a socket that was closed before."""
        self._closed = False

    @property
    def family(self) -> AddressFamily:
        """AF_INET or AF_INET6."""
        return self._remote.family

    @property
    def type(self) -> SocketKind:
        """SOCK_STREAM or SOCK_DGRAM."""
        return self._remote.type

    @property
    def proto(self) -> int:
        """The protocol that was asked for; 0 is the usual one of the type."""
        return self._remote.proto

    @property
    def timeout(self) -> float | None:
        """How many seconds a call may wait; None waits for ever, 0 does not wait."""
        return self._remote.gettimeout()

    def gettimeout(self) -> float | None:
        """The same as :attr:`timeout`."""
        return self._remote.gettimeout()

    def settimeout(self, value: float | None) -> None:
        """Set how many seconds a call may wait; None waits for ever, 0 does not wait."""
        self._remote.settimeout(value)

    def getblocking(self) -> bool:
        """False if calls do not wait."""
        return self._remote.getblocking()

    def setblocking(self, flag: bool) -> None:
        """``settimeout(None)`` or ``settimeout(0)``."""
        self._remote.setblocking(flag)

    def bind(self, address: object) -> None:
        """Bind."""
        self._call(self._remote.bind(address))

    def listen(self, backlog: int | None = None) -> None:
        """Listen."""
        self._call(self._remote.listen(backlog))

    def accept(self) -> "tuple[RemoteSocket, InetAddress]":
        """Take a waiting connection: its socket and the peer's address."""
        connection, peer = self._take(self._remote.accept)
        return RemoteSocket(self._loop_thread, connection), peer

    def connect(self, address: object) -> None:
        """Connect."""
        self._call(self._remote.connect(address))

    def connect_ex(self, address: object) -> int:
        """Connect; the system's refusal is returned as its errno, 0 for none."""
        return self._call(self._remote.connect_ex(address))

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        """Send; returns how many bytes the agent's system took."""
        return self._call(self._remote.send(data, flags))

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        """Send every byte."""
        self._call(self._remote.sendall(data, flags))

    @overload
    def sendto(self, data: "ReadableBuffer", address: object, /) -> int: ...
    @overload
    def sendto(self, data: "ReadableBuffer", flags: int, address: object, /) -> int: ...
    def sendto(self, data: "ReadableBuffer", *arguments: Any) -> int:
        """Send to an address; the flags may stand before the address."""
        return self._call(self._remote.sendto(data, *arguments))

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Receive."""
        return self._take(self._remote.recv, bufsize, flags)

    def recvfrom(self, bufsize: int, flags: int = 0) -> tuple[bytes, InetAddress | None]:
        """Receive; tells the sender too."""
        return self._take(self._remote.recvfrom, bufsize, flags)

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        """Receive into a buffer; returns how many bytes came."""
        return self._take(self._remote.recv_into, buffer, nbytes, flags)

    def recvfrom_into(
        self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0
    ) -> tuple[int, InetAddress | None]:
        """Receive into a buffer; returns how many bytes came, and from whom."""
        return self._take(self._remote.recvfrom_into, buffer, nbytes, flags)

    def setsockopt(
        self, level: int, optname: int, value: "SupportsIndex | ReadableBuffer | None", optlen: int | None = None
    ) -> None:
        """Set an option."""
        self._call(self._remote.setsockopt(level, optname, value, optlen))

    @overload
    def getsockopt(self, level: int, optname: int) -> int: ...
    @overload
    def getsockopt(self, level: int, optname: int, buflen: int) -> bytes: ...
    def getsockopt(self, level: int, optname: int, buflen: int = 0) -> int | bytes:
        """Read an option: an int, or with a buffer's length the bytes."""
        return self._call(self._remote.getsockopt(level, optname, buflen))

    def getsockname(self) -> InetAddress:
        """The local address."""
        return self._call(self._remote.getsockname())

    def getpeername(self) -> InetAddress:
        """The peer's address."""
        return self._call(self._remote.getpeername())

    def shutdown(self, how: int) -> None:
        """End a half of the connection, or both."""
        self._call(self._remote.shutdown(how))

    def fileno(self) -> int:
        """A descriptor of this machine that is readable when the remote socket is; -1 when it is closed.

        For ``select``, :mod:`selectors` and what is built on them; :mod:`sockrig.client.readiness` tells its limits.
        """
        if self._remote.closed:
            return -1
        readiness = self._readiness or self._call(self._mirror())
        return readiness.fileno()

    def detach(self) -> NoReturn:
        """There is no descriptor to give away.

        Raises:
            OSError: EOPNOTSUPP, always.
        """
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    @overload
    def makefile(self, mode: BinaryMode, buffering: Literal[0]) -> SocketIO: ...
    @overload
    def makefile(self, mode: ReadAndWriteMode, buffering: StreamBuffering = None) -> io.BufferedRWPair: ...
    @overload
    def makefile(self, mode: ReadMode, buffering: StreamBuffering = None) -> io.BufferedReader: ...
    @overload
    def makefile(self, mode: WriteMode, buffering: StreamBuffering = None) -> io.BufferedWriter: ...
    @overload
    def makefile(self, mode: BinaryMode, buffering: int) -> io.IOBase: ...
    @overload
    def makefile(
        self,
        mode: TextMode = "r",
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> io.TextIOWrapper: ...
    def makefile(
        self,
        mode: Any = "r",
        buffering: int | None = None,
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> Any:
        """A file over the socket, as the standard library makes it; the socket closes when both are closed."""
        as_local: Any = self
        return socket.socket.makefile(as_local, mode, buffering, encoding=encoding, errors=errors, newline=newline)

    def close(self) -> None:
        """Close, when the files made of this socket are closed too."""
        self._closed = True
        if self._io_refs > 0:
            return
        try:
            self._call(self._end())
        except OSError:
            self._close_readiness()  # the loop ended with the last rig, and the remote socket with it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._closed:
            self.close()

    def __repr__(self) -> str:
        return repr(self._remote).replace(type(self._remote).__name__, type(self).__name__, 1)

    def _decref_socketios(self) -> None:
        """What a :class:`socket.SocketIO` calls when it is closed."""
        self._io_refs = max(0, self._io_refs - 1)
        if self._closed:
            self.close()

    def _call(self, coroutine: Coroutine[Any, Any, Value]) -> Value:
        return self._loop_thread.call(coroutine)

    def _take(
        self,
        receive: Callable[Arguments, Coroutine[Any, Any, Value]],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Value:
        """A call that takes what made the socket readable."""

        async def taking() -> Value:
            try:
                return await receive(*args, **kwargs)
            finally:
                if self._readiness is not None:
                    self._readiness.taken()

        return self._call(taking())

    async def _mirror(self) -> Readiness:
        if self._readiness is None:
            self._readiness = Readiness(self._remote.wait_readable)
        return self._readiness

    async def _end(self) -> None:
        self._close_readiness()
        await self._remote.close()

    def _close_readiness(self) -> None:
        readiness, self._readiness = self._readiness, None
        if readiness is not None:
            readiness.close()
