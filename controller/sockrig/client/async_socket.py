"""A socket on an agent's host, driven from here call by call: the asynchronous face.

Each method is one system call there (a large ``sendall`` is several), with the arguments, results and errors of the
method of the same name of :class:`socket.socket`.

A call that is cancelled here is cancelled there. What it had already done cannot be undone: data that was on its way
here when a receive was cancelled is lost, and a connection accepted in that moment stays open until its rig closes.
"""

import errno
import operator
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from socket import AF_INET, SOCK_DGRAM, SOCK_STREAM, AddressFamily, SocketKind, gaierror, getdefaulttimeout
from typing import TYPE_CHECKING, Self, SupportsIndex, TypeVar, overload

from sockrig.client.addressing import InetAddress, SocketForm, c_int, from_wire, socket_form, to_wire
from sockrig_wire.channel import MAX_DATA_BYTES
from sockrig_wire.errors import InternalError, LostError, NotFoundError, UnreachableError
from sockrig_wire.model.sockets import (
    AcceptConnection,
    AddressOf,
    BindSocket,
    CloseSocket,
    ConnectSocket,
    DataReceived,
    DataSent,
    GetLocalAddress,
    GetOption,
    GetPeerAddress,
    ListenSocket,
    OpenSocket,
    OptionValue,
    ReceiveData,
    SendData,
    SetOption,
    ShutdownHow,
    ShutdownSocket,
    SocketAccepted,
    SocketCall,
    SocketCallBody,
    SocketDone,
    SocketOpened,
    SocketReady,
    SocketReply,
    SocketReplyBody,
    WaitReady,
)

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Body = TypeVar("Body", bound=SocketReplyBody)
Expected = type[Body]

CallAgent = Callable[[SocketCall], Awaitable[SocketReply]]
"""Carries a call to the agent that holds the socket."""

_LARGEST_OPTION_BYTES = 1024
"""CPython's own limit on the buffer of ``getsockopt``."""

_HOWS = (ShutdownHow.READ, ShutdownHow.WRITE, ShutdownHow.BOTH)
"""By the numbers of SHUT_RD, SHUT_WR and SHUT_RDWR."""


class AsyncRemoteSocket:
    """A socket on the host of an agent; made by :meth:`AsyncHost.socket`.

    Differs from a local one in this: one ``send`` takes, and one ``recv`` gives, at most 256 KiB (``sendall`` has no
    limit); there is no descriptor, hence no ``detach`` and no ``dup``; only UDP and TCP over IPv4 and IPv6 are carried.
    """

    def __init__(self, host_name: str, call_agent: CallAgent, form: SocketForm, socket_id: int) -> None:
        self.host_name = host_name
        self._call_agent = call_agent
        self._form = form
        self._id = socket_id
        self._timeout = getdefaulttimeout()
        self._closed = False

    @classmethod
    async def open(
        cls, host_name: str, call_agent: CallAgent, family: int = AF_INET, type: int = SOCK_STREAM, proto: int = 0
    ) -> Self:
        """Open a socket on an agent's host (socket(2)).

        Raises:
            OSError: the family, type or protocol is not carried, or the agent's system refuses.
            SockrigError: the agent cannot be asked, or allows no more sockets.
        """
        form, non_blocking = socket_form(family, type, proto)
        reply = await call_agent(SocketCall(OpenSocket(form.wire_family, form.transport), timeout_seconds=0))
        opened = cls(host_name, call_agent, form, _expect(reply, SocketOpened).socket_id)
        if non_blocking:
            opened.setblocking(False)
        return opened

    @property
    def family(self) -> AddressFamily:
        """AF_INET or AF_INET6."""
        return self._form.family

    @property
    def type(self) -> SocketKind:
        """SOCK_STREAM or SOCK_DGRAM."""
        return self._form.type

    @property
    def proto(self) -> int:
        """The protocol that was asked for; 0 is the usual one of the type."""
        return self._form.proto

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed

    def gettimeout(self) -> float | None:
        """How many seconds a call may wait; None waits for ever, 0 does not wait."""
        return self._timeout

    def settimeout(self, value: float | None) -> None:
        """Set how many seconds a call may wait; None waits for ever, 0 does not wait.

        Raises:
            ValueError: it is negative.
        """
        seconds = None if value is None else float(value)
        if seconds is not None and not seconds >= 0:
            raise ValueError("Timeout value out of range")
        self._timeout = seconds

    def getblocking(self) -> bool:
        """False if calls do not wait."""
        return self._timeout != 0

    def setblocking(self, flag: bool) -> None:
        """``settimeout(None)`` or ``settimeout(0)``."""
        self._timeout = None if flag else 0.0

    async def bind(self, address: object) -> None:
        """Bind; a name is resolved on the agent's host, and an empty host is the agent's own address or all of them."""
        await self._at_once(BindSocket(to_wire(self.family, address, "bind")), SocketDone)

    async def listen(self, backlog: int | None = None) -> None:
        """Listen; a negative backlog is 0, none the system's default."""
        number = None if backlog is None else max(operator.index(backlog), 0)
        await self._at_once(ListenSocket(number), SocketDone)

    async def accept(self) -> tuple[Self, InetAddress]:
        """Take a waiting connection: the new connection's socket and its peer's address."""
        accepted = await self._waiting(AcceptConnection(), SocketAccepted)
        connection = type(self)(self.host_name, self._call_agent, self._form, accepted.socket_id)
        return connection, from_wire(self.family, accepted.peer)

    async def connect(self, address: object) -> None:
        """Connect; a name is resolved on the agent's host."""
        await self._waiting(ConnectSocket(to_wire(self.family, address, "connect")), SocketDone)

    async def connect_ex(self, address: object) -> int:
        """Like :meth:`connect`, but returns the errno of the system's refusal, 0 for none.

        A timeout of the socket is EAGAIN, as in :mod:`socket`. A name that does not resolve is raised.
        """
        try:
            await self.connect(address)
        except gaierror:
            raise
        except OSError as error:
            if error.errno is None and isinstance(error, TimeoutError):
                return errno.EAGAIN
            if error.errno is None:
                raise
            return error.errno
        return 0

    async def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        """Send; returns how many bytes the agent's system took, at most 256 KiB of a stream."""
        return await self._send(memoryview(data).cast("B"), None, flags)

    async def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        """Send every byte; the timeout is for all of it together."""
        view = memoryview(data).cast("B")
        self._refuse_large_datagram(view)
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        for start in range(0, len(view), MAX_DATA_BYTES) or (0,):
            left_seconds = None if deadline is None else max(0.0, deadline - time.monotonic())
            if start and left_seconds == 0 and self._timeout:
                raise TimeoutError("timed out")
            piece = bytes(view[start : start + MAX_DATA_BYTES])
            await self._call(SendData(piece, all=True, flags=flags), left_seconds, DataSent)

    @overload
    async def sendto(self, data: "ReadableBuffer", address: object, /) -> int: ...
    @overload
    async def sendto(self, data: "ReadableBuffer", flags: int, address: object, /) -> int: ...
    async def sendto(self, data: "ReadableBuffer", *arguments: object) -> int:
        """Send to an address; the flags may stand before the address."""
        flags, address = sendto_arguments(arguments)
        return await self._send(memoryview(data).cast("B"), address, flags)

    async def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Receive; returns what came, at most ``bufsize`` and 256 KiB; empty at an orderly end of a stream."""
        return (await self._receive(_checked_size(bufsize, "recv"), flags)).data

    async def recvfrom(self, bufsize: int, flags: int = 0) -> tuple[bytes, InetAddress | None]:
        """Receive; returns what came, and from whom; a stream does not say from whom."""
        received = await self._receive(_checked_size(bufsize, "recvfrom"), flags)
        return received.data, await self._sender_of(received)

    async def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        """Like :meth:`recv`, into a buffer; returns how many bytes came."""
        view = _writable_view(buffer, "recv_into")
        received = await self._receive(_size_within(view, nbytes, "recv_into"), flags)
        view[: len(received.data)] = received.data
        return len(received.data)

    async def recvfrom_into(
        self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0
    ) -> tuple[int, InetAddress | None]:
        """Like :meth:`recvfrom`, into a buffer; returns how many bytes came, and from whom."""
        view = _writable_view(buffer, "recvfrom_into")
        received = await self._receive(_size_within(view, nbytes, "recvfrom_into"), flags)
        view[: len(received.data)] = received.data
        return len(received.data), await self._sender_of(received)

    async def setsockopt(
        self, level: int, optname: int, value: "SupportsIndex | ReadableBuffer | None", optlen: int | None = None
    ) -> None:
        """Set an option with an int, or with bytes; numbers are those of the agent's system.

        A value of None with a length, of use to AF_ALG alone, is EFAULT as for any other socket.
        """
        if value is None:
            if optlen is None:
                raise TypeError("setsockopt() takes a length with a value of None")
            raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))
        if isinstance(value, SupportsIndex):
            option = SetOption(level, optname, number=c_int(value))
        else:
            option = SetOption(level, optname, data=bytes(memoryview(value)))
        await self._at_once(option, SocketDone)

    @overload
    async def getsockopt(self, level: int, optname: int) -> int: ...
    @overload
    async def getsockopt(self, level: int, optname: int, buflen: int) -> bytes: ...
    async def getsockopt(self, level: int, optname: int, buflen: int = 0) -> int | bytes:
        """Read an option: an int, or with a buffer's length the bytes."""
        if not 0 <= buflen <= _LARGEST_OPTION_BYTES:
            raise OSError("getsockopt buflen out of range")
        value = await self._at_once(GetOption(level, optname, buflen), OptionValue)
        return (value.data or b"") if buflen else (value.number or 0)

    async def getsockname(self) -> InetAddress:
        """The local address."""
        return from_wire(self.family, (await self._at_once(GetLocalAddress(), AddressOf)).address)

    async def getpeername(self) -> InetAddress:
        """The peer's address."""
        return from_wire(self.family, (await self._at_once(GetPeerAddress(), AddressOf)).address)

    async def shutdown(self, how: int) -> None:
        """End a half of a connection or both, with SHUT_RD, SHUT_WR or SHUT_RDWR."""
        if not 0 <= how < len(_HOWS):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        await self._at_once(ShutdownSocket(_HOWS[how]), SocketDone)

    async def wait_readable(self) -> None:
        """Wait, however long, until a receive or an accept would not block."""
        await self._call(WaitReady(readable=True), None, SocketReady)

    async def close(self) -> None:
        """Close; calls that are waiting on this socket end with an error. Closing twice is nothing."""
        if self._closed:
            return
        self._closed = True
        # What is lost, or was closed with its run, needs no closing: the agent does it by itself.
        with suppress(OSError, LostError, UnreachableError, NotFoundError):
            await self._call_agent(SocketCall(CloseSocket(), self._id, timeout_seconds=0))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        """Without asking the agent: a debugger must not wait for a network."""
        state = " [closed]" if self._closed else ""
        return (
            f"<{type(self).__name__}{state} id={self._id} on {self.host_name}, family={self.family!s}, "
            f"type={self.type!s}, proto={self.proto}>"
        )

    async def _send(self, view: memoryview, address: object, flags: int) -> int:
        self._refuse_large_datagram(view)
        target = None if address is None else to_wire(self.family, address, "sendto")
        return (await self._waiting(SendData(bytes(view[:MAX_DATA_BYTES]), target, flags=flags), DataSent)).sent_bytes

    async def _receive(self, max_bytes: int, flags: int) -> DataReceived:
        return await self._waiting(ReceiveData(min(max_bytes, MAX_DATA_BYTES), flags), DataReceived)

    async def _sender_of(self, received: DataReceived) -> InetAddress | None:
        if received.sender is not None:
            return from_wire(self.family, received.sender)
        return await self.getpeername() if self.type == SOCK_DGRAM else None

    def _refuse_large_datagram(self, view: memoryview) -> None:
        if self.type == SOCK_DGRAM and len(view) > MAX_DATA_BYTES:
            raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))

    async def _waiting(self, body: SocketCallBody, expected: Expected[Body]) -> Body:
        """A call that may wait as long as the socket's timeout says."""
        return await self._call(body, self._timeout, expected)

    async def _at_once(self, body: SocketCallBody, expected: Expected[Body]) -> Body:
        """A call that the system answers without waiting."""
        return await self._call(body, 0.0, expected)

    async def _call(self, body: SocketCallBody, timeout_seconds: float | None, expected: Expected[Body]) -> Body:
        if self._closed:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return _expect(await self._call_agent(SocketCall(body, self._id, timeout_seconds)), expected)


def sendto_arguments(arguments: tuple[object, ...]) -> tuple[int, object]:
    """The flags and the address of the two forms of ``sendto``.

    Raises:
        TypeError: there are too few or too many arguments.
    """
    match arguments:
        case (address,) if address is not None:
            return 0, address
        case (flags, address) if isinstance(flags, SupportsIndex) and address is not None:
            return operator.index(flags), address
        case _:
            raise TypeError("sendto() takes data and an address, or data, flags and an address")


def _expect(reply: SocketReply, expected: type[Body]) -> Body:
    if not isinstance(reply.body, expected):
        raise InternalError(f"the agent answered with {type(reply.body).__name__}, not {expected.__name__}")
    return reply.body


def _checked_size(size: int, call: str) -> int:
    if operator.index(size) < 0:
        raise ValueError(f"negative buffersize in {call}")
    return operator.index(size)


def _writable_view(buffer: "WriteableBuffer", call: str) -> memoryview:
    view = memoryview(buffer).cast("B")
    if view.readonly:
        raise TypeError(f"{call}() argument 1 must be read-write bytes-like object, not {type(buffer).__name__}")
    return view


def _size_within(view: memoryview, size: int, call: str) -> int:
    """How much to receive into a buffer; 0 means all of it."""
    checked = _checked_size(size, call)
    if checked > len(view):
        raise ValueError("buffer too small for requested bytes")
    return checked or len(view)
