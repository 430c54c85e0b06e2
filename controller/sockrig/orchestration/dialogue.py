"""Carries out a dialogue: its calls in order, each on its agent, up to the first that does not do what it should.

A dialogue leaves nothing open: what it opened is closed at its end in reverse order, also after a failure or a
cancellation. (What cannot be closed then, because an agent is gone, falls to the lease of the run.)
"""

import asyncio
import contextlib
import errno
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from socket import SO_REUSEADDR, SOL_SOCKET
from typing import Protocol, TypeVar

from sockrig.scenario.planned import (
    AcceptAction,
    CheckAction,
    CloseAction,
    OpenAction,
    PlannedCall,
    ReceiveAction,
    SendAction,
    ShutdownAction,
    SocketStep,
    Target,
    ToAddress,
    ToAgent,
    ToSender,
    ToSocket,
)
from sockrig_wire.errors import InternalError, SockrigError
from sockrig_wire.model.sockets import (
    AcceptConnection,
    AddressOf,
    BindSocket,
    CloseSocket,
    ConnectSocket,
    DataReceived,
    DataSent,
    Family,
    GetLocalAddress,
    GetPeerAddress,
    ListenSocket,
    OpenSocket,
    ReceiveData,
    SendData,
    SetOption,
    ShutdownSocket,
    SocketAccepted,
    SocketAddress,
    SocketCall,
    SocketCallBody,
    SocketDone,
    SocketOpened,
    SocketReply,
)

CLOSING_SECONDS = 5.0
"""For closing all that a dialogue left open."""
_LONGEST_SHOWN = 200
_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})

Answer = TypeVar("Answer")


class SocketCaller(Protocol):
    """Who makes calls on agents."""

    async def call_socket(self, agent: str, call: SocketCall) -> SocketReply:
        """Make one call.

        Raises:
            OSError: as a local socket would.
            SockrigError: the call could not be made.
        """


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What came of one call.

    ``result`` is what it brought, for people; ``detail`` says of a failed one what was asked and what was got;
    ``error`` is the errno's name where the call failed, wanted or not.
    """

    on: str
    call: str
    passed: bool
    detail: str = ""
    result: str = ""
    error: str = ""


async def run_dialogue(
    step: SocketStep,
    caller: SocketCaller,
    addresses: Callable[[str, Family], str],
    on_call: Callable[[CallOutcome], None],
) -> tuple[CallOutcome, ...]:
    """Carry out the calls of a step; the first one that fails ends it.

    Args:
        step: the dialogue.
        caller: makes the calls.
        addresses: the address that an agent advertises to its peers.
        on_call: is told of every call as soon as it is over.

    Raises:
        SockrigError: a call could not be made: its agent is lost, a limit is reached.
    """
    outcomes: list[CallOutcome] = []
    dialogue = _Dialogue(caller, addresses)
    try:
        for call in step.calls:
            outcome = await dialogue.perform(call)
            outcomes.append(outcome)
            on_call(outcome)
            if not outcome.passed:
                break
    finally:
        await _shielded(dialogue.close())
    return tuple(outcomes)


class _UnmetError(Exception):
    """A call did something else than it should."""

    def __init__(self, detail: str, result: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.result = result


@dataclass(frozen=True, slots=True)
class _OpenSocket:
    agent: str
    socket_id: int
    family: Family
    bound: SocketAddress | None = None


@dataclass(frozen=True, slots=True)
class _Letter:
    data: bytes
    encoding: str
    sender: SocketAddress | None


class _Dialogue:
    """What is open and what was received, by name."""

    def __init__(self, caller: SocketCaller, addresses: Callable[[str, Family], str]) -> None:
        self._caller = caller
        self._addresses = addresses
        self._open: list[_OpenSocket] = []
        """In the order of opening."""
        self._sockets: dict[str, _OpenSocket] = {}
        self._letters: dict[str, _Letter] = {}

    async def perform(self, call: PlannedCall) -> CallOutcome:
        """Make one call of the script and judge it."""
        try:
            result = await self._act(call, _Deadline(call.timeout_seconds))
        except OSError as error:
            return _failed(call, error)
        except _UnmetError as unmet:
            return CallOutcome(call.agent, call.text, passed=False, detail=unmet.detail, result=unmet.result)
        if call.expected_error:
            detail = f"asked {call.expected_error}, got no error"
            return CallOutcome(call.agent, call.text, passed=False, detail=detail, result=result)
        return CallOutcome(call.agent, call.text, passed=True, result=result)

    async def close(self) -> None:
        """Close all that is open, the latest first; what fails is passed over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                while self._open:
                    await self._discard(self._open[-1])

    async def _act(self, call: PlannedCall, deadline: "_Deadline") -> str:
        """Do it and tell what it brought."""
        match call.action:
            case OpenAction() as action:
                return await self._open_socket(call.agent, action, deadline)
            case AcceptAction(listener, name):
                return await self._accept(self._sockets[listener], name, deadline)
            case SendAction() as action:
                return await self._send(action, deadline)
            case ReceiveAction() as action:
                return await self._receive(action, deadline)
            case ShutdownAction(name, how):
                await self._on(self._sockets[name], ShutdownSocket(how), SocketDone, deadline)
            case CloseAction(name):
                await self._on(self._sockets[name], CloseSocket(), SocketDone, deadline)
                self._open.remove(self._sockets.pop(name))
            case CheckAction() as action:
                return await self._check(action, deadline)
        return ""

    async def _open_socket(self, agent: str, action: OpenAction, deadline: "_Deadline") -> str:
        answer = await self._call(agent, 0, OpenSocket(action.family, action.transport), SocketOpened, deadline)
        socket = _OpenSocket(agent, answer.socket_id, action.family, action.bind)
        self._open.append(socket)
        try:
            if action.listen is not None:
                # Or what is left of the last dialogue (TIME_WAIT) would keep the port from this one for a minute.
                await self._on(socket, SetOption(SOL_SOCKET, SO_REUSEADDR, number=1), SocketDone, deadline)
            if action.bind is not None:
                await self._on(socket, BindSocket(action.bind), SocketDone, deadline)
            if action.listen is not None:
                await self._on(socket, ListenSocket(action.listen), SocketDone, deadline)
            if action.connect is not None:
                address = await self._address_of(action.connect, action.family, deadline)
                await self._on(socket, ConnectSocket(address), SocketDone, deadline)
        except OSError:
            await self._discard(socket)
            raise
        if action.name:
            self._sockets[action.name] = socket
        if action.bind is None and action.connect is None:
            return ""
        local = await self._on(socket, GetLocalAddress(), AddressOf, deadline)
        return _host_port(local.address)

    async def _accept(self, listener: _OpenSocket, name: str, deadline: "_Deadline") -> str:
        answer = await self._on(listener, AcceptConnection(), SocketAccepted, deadline)
        guest = _OpenSocket(listener.agent, answer.socket_id, listener.family)
        self._open.append(guest)
        if name:
            self._sockets[name] = guest
        return f"from {_host_port(answer.peer)}"

    async def _send(self, action: SendAction, deadline: "_Deadline") -> str:
        socket = self._sockets[action.socket]
        address = None
        if action.target is not None:
            address = await self._address_of(action.target, socket.family, deadline)
        order = SendData(action.data, address, all=action.stream)
        answer = await self._on(socket, order, DataSent, deadline)
        return f"{answer.sent_bytes} bytes" + (f" to {_host_port(address)}" if address else "")

    async def _receive(self, action: ReceiveAction, deadline: "_Deadline") -> str:
        socket = self._sockets[action.socket]
        answer = await self._on(socket, ReceiveData(action.max_bytes), DataReceived, deadline)
        data, afterwards = answer.data, ""
        expected = action.expected
        if action.stream and expected is not None:
            data, afterwards = await self._rest(socket, data, expected, deadline)
        result = _shown(data, action.encoding)
        if expected is not None and not _same(data, expected, action.encoding):
            detail = f"asked {_shown(expected, action.encoding)}, got {result}{afterwards}"
            raise _UnmetError(detail, result)
        if action.letter:
            self._letters[action.letter] = _Letter(data, action.encoding, answer.sender)
        return result

    async def _rest(
        self, socket: _OpenSocket, data: bytes, expected: bytes, deadline: "_Deadline"
    ) -> tuple[bytes, str]:
        """The rest of what a stream brings piecemeal, and what came instead of it.

        No more is taken than is expected: what follows belongs to the next call.
        """
        while data and len(data) < len(expected) and expected.startswith(data):
            try:
                answer = await self._on(socket, ReceiveData(len(expected) - len(data)), DataReceived, deadline)
            except TimeoutError:
                return data, f" and then nothing within {deadline.seconds:g} s"
            if not answer.data:
                return data, " and then the end"
            data += answer.data
        return data, ""

    async def _check(self, action: CheckAction, deadline: "_Deadline") -> str:
        place, _, part = action.property.rpartition(".")
        match place:
            case "local":
                address = await self._on(self._sockets[action.subject], GetLocalAddress(), AddressOf, deadline)
                got = _part(address.address, part)
            case "peer":
                address = await self._on(self._sockets[action.subject], GetPeerAddress(), AddressOf, deadline)
                got = _part(address.address, part)
            case "sender":
                got = _part(self._sender(action.subject), part)
            case _:
                got = _content(self._letters[action.subject], part)
        if got != action.expected:
            raise _UnmetError(f"asked {action.expected!r}, got {got!r}", str(got))
        return str(got)

    async def _address_of(self, target: Target, family: Family, deadline: "_Deadline") -> SocketAddress:
        match target:
            case ToSocket(name):
                return await self._address_of_socket(name, family, deadline)
            case ToSender(letter):
                return self._sender(letter)
            case ToAgent(agent, port):
                return SocketAddress(self._addresses(agent, family), port)
            case ToAddress(host, port):
                return SocketAddress(host, port)

    async def _address_of_socket(self, name: str, family: Family, deadline: "_Deadline") -> SocketAddress:
        """Where its agent can be reached and the port that it is bound to, which the kernel may have chosen."""
        socket = self._sockets[name]
        host, port = (socket.bound.host, socket.bound.port) if socket.bound else ("", 0)
        if host in _EVERY_ADDRESS:
            host = self._addresses(socket.agent, family)
        if port == 0:
            answer = await self._on(socket, GetLocalAddress(), AddressOf, deadline)
            port = answer.address.port
        if port == 0:
            raise _UnmetError(f"{name} has no port yet: bind it, or let it send first")
        return SocketAddress(host, port)

    def _sender(self, letter: str) -> SocketAddress:
        sender = self._letters[letter].sender
        if sender is None:
            raise _UnmetError(f"the sender of {letter} is not known")
        return sender

    async def _discard(self, socket: _OpenSocket) -> None:
        """Close a socket whatever happens."""
        self._open.remove(socket)
        with contextlib.suppress(OSError, SockrigError):
            await self._on(socket, CloseSocket(), SocketDone, _Deadline(CLOSING_SECONDS))

    async def _on(
        self, socket: _OpenSocket, body: SocketCallBody, wanted: type[Answer], deadline: "_Deadline"
    ) -> Answer:
        return await self._call(socket.agent, socket.socket_id, body, wanted, deadline)

    async def _call(
        self, agent: str, socket_id: int, body: SocketCallBody, wanted: type[Answer], deadline: "_Deadline"
    ) -> Answer:
        reply = await self._caller.call_socket(agent, SocketCall(body, socket_id, deadline.left()))
        if not isinstance(reply.body, wanted):
            answer = type(reply.body).__name__
            raise InternalError(f"{type(body).__name__} was answered with {answer}", where=agent)
        return reply.body


class _Deadline:
    """The time that one call of the script may take, over all its calls on agents."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends_at = asyncio.get_running_loop().time() + seconds

    def left(self) -> float:
        """Seconds that are left.

        Raises:
            TimeoutError: none are.
        """
        left = self._ends_at - asyncio.get_running_loop().time()
        if left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, "timed out")
        return left


async def _shielded(closing: Coroutine[None, None, None]) -> None:
    """Finish ``closing`` although the caller is cancelled meanwhile; it has its own bound."""
    task = asyncio.create_task(closing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _failed(call: PlannedCall, error: OSError) -> CallOutcome:
    number = error.errno
    if number is None and isinstance(error, TimeoutError):
        number = errno.ETIMEDOUT
    name = errno.errorcode.get(number or 0, "")
    if call.expected_error and number == getattr(errno, call.expected_error):
        return CallOutcome(call.agent, call.text, passed=True, result=call.expected_error, error=call.expected_error)
    words = error.strerror or str(error) or "timed out"
    got = f"{name} ({words})" if name else words
    detail = f"asked {call.expected_error or 'success'}, got {got}"
    return CallOutcome(call.agent, call.text, passed=False, detail=detail, error=name)


def _same(data: bytes, expected: bytes, encoding: str) -> bool:
    """Whether they are the same bytes, or the same text: some encodings can write one text in several ways."""
    if data == expected or not encoding:
        return data == expected
    text = _text(data, encoding)
    return text is not None and text == _text(expected, encoding)


def _text(data: bytes, encoding: str) -> str | None:
    """The bytes as text; None where they are none."""
    try:
        return data.decode(encoding)
    except ValueError:
        return None


def _shown(data: bytes, encoding: str) -> str:
    """Data as a report shows them: text where they are text."""
    text = _text(data, encoding) if encoding else None
    shown = repr(data) if text is None else repr(text)
    if len(shown) > _LONGEST_SHOWN:
        shown = f"{shown[:_LONGEST_SHOWN]}… ({len(data):,} bytes)"
    return shown if text is not None or not encoding else f"{shown}, which is not {encoding}"


def _part(address: SocketAddress, part: str) -> int | str:
    return address.port if part == "port" else address.host


def _content(letter: _Letter, part: str) -> int | str:
    if part == "length":
        return len(letter.data)
    text = _text(letter.data, letter.encoding or "utf-8")
    if text is None:
        raise _UnmetError(f"it is no text: {_shown(letter.data, letter.encoding)}")
    return text


def _host_port(address: SocketAddress) -> str:
    return f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"
