"""A scripted dialogue as calls on agents.

Names are followed from call to call, so that a call on a socket that is not there, on the wrong agent or of the wrong
transport is refused before anything is opened.
"""

from dataclasses import dataclass
from enum import Enum, auto

from sockrig.scenario.calls import (
    CALL_TIMEOUT_SECONDS,
    AcceptCall,
    AnyCall,
    CheckCall,
    CloseCall,
    OpenCall,
    ReceiveCall,
    SendCall,
    SendHexCall,
    ShutdownCall,
)
from sockrig.scenario.casting import Cast
from sockrig.scenario.document import Path
from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.part import Part
from sockrig.scenario.planned import (
    AcceptAction,
    Action,
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
from sockrig.scenario.references import (
    HostPort,
    SenderReference,
    SocketReference,
    address_version,
    parse_host_port,
    parse_role_reference,
    parse_target,
)
from sockrig.scenario.steps import SocketsStep
from sockrig.scenario.suggestions import did_you_mean
from sockrig_wire.model.sockets import Family, ShutdownHow, SocketAddress, Transport


def expand_dialogue(cast: Cast, step: SocketsStep, name: str, path: Path) -> SocketStep:
    """Make the calls of a step.

    Args:
        cast: who plays which role.
        step: the step as it was written.
        name: of the step.
        path: where the step stands.

    Raises:
        ScenarioError: the first call that cannot be meant.
    """
    script = _Script(cast)
    calls = tuple(script.planned(call, (*path, "sockets", index)) for index, call in enumerate(step.sockets))
    return SocketStep(name, calls)


class _Use(Enum):
    """What a socket is there for."""

    LISTENER = auto()
    CONNECTED = auto()
    DATAGRAMS = auto()
    IDLE = auto()
    """A stream that neither listens nor is connected."""


@dataclass(frozen=True, slots=True)
class _Socket:
    agent: str
    transport: Transport
    family: Family
    use: _Use


@dataclass(frozen=True, slots=True)
class _Letter:
    agent: str
    family: Family
    has_sender: bool


class _Script:
    """Follows which names stand for what while the calls go by."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._sockets: dict[str, _Socket] = {}
        self._letters: dict[str, _Letter] = {}
        self._closed: set[str] = set()

    def planned(self, call: Part, path: Path) -> PlannedCall:
        """The call on its agent; see :func:`expand_dialogue`."""
        if isinstance(call, CheckCall):
            agent, text, check = self._check(call, path)
            return PlannedCall(agent, text, check, CALL_TIMEOUT_SECONDS)
        assert isinstance(call, AnyCall)
        agent, text, action = self._action(call, path)
        return PlannedCall(agent, text, action, call.timeout, call.expect_error or "")

    def _action(self, call: AnyCall, path: Path) -> tuple[str, str, Action]:
        match call:
            case OpenCall():
                return self._open(call, path)
            case AcceptCall():
                return self._accept(call, path)
            case SendCall() | SendHexCall():
                return self._send(call, path)
            case ReceiveCall():
                return self._receive(call, path)
            case ShutdownCall():
                socket = self._used(call, call.shutdown, "shutdown", path)
                if socket.transport is Transport.UDP:
                    raise self._error("a udp socket has no halves to shut down", path, "shutdown")
                action = ShutdownAction(call.shutdown, ShutdownHow[call.how.upper()])
                return socket.agent, f"shutdown {call.shutdown} {call.how}", action
            case CloseCall():
                socket = self._used(call, call.close, "close", path)
                if call.expect_error is None:
                    del self._sockets[call.close]
                    self._closed.add(call.close)
                return socket.agent, f"close {call.close}", CloseAction(call.close)
        raise TypeError(call)

    def _open(self, call: OpenCall, path: Path) -> tuple[str, str, OpenAction]:
        agent = self._cast.player(call.on, (*path, "on"))
        transport = Transport[call.open.upper()]
        family = Family.INET6 if call.ipv6 else Family.INET
        bind = self._bind(call, family, path)
        connect = self._target(call.connect, transport, family, (*path, "connect")) if call.connect else None
        if transport is Transport.UDP:
            use = _Use.CONNECTED if connect else _Use.DATAGRAMS
        elif call.listen is not None:
            use = _Use.LISTENER
        else:
            use = _Use.CONNECTED if connect else _Use.IDLE
        self._name(call, _Socket(agent, transport, family, use), call.as_, path)
        action = OpenAction(
            name=call.as_ or "",
            transport=transport,
            family=family,
            bind=bind,
            listen=call.listen,
            connect=connect,
        )
        return agent, _open_text(call), action

    def _accept(self, call: AcceptCall, path: Path) -> tuple[str, str, AcceptAction]:
        listener = self._used(call, call.accept, "accept", path)
        if listener.use is not _Use.LISTENER:
            raise self._error(f"{call.accept} does not listen: open it with listen", path, "accept")
        guest = _Socket(listener.agent, Transport.TCP, listener.family, _Use.CONNECTED)
        self._name(call, guest, call.as_, path)
        text = f"accept {call.accept}{_as(call.as_)}"
        return listener.agent, text, AcceptAction(call.accept, call.as_ or "")

    def _send(self, call: SendCall | SendHexCall, path: Path) -> tuple[str, str, SendAction]:
        socket = self._used(call, call.from_, "from", path)
        target = None
        if call.to is not None:
            if socket.transport is Transport.TCP:
                message = f"{call.from_} is a tcp socket, which sends to its peer alone: leave `to` out"
                raise self._error(message, path, "to")
            target = self._target(call.to, socket.transport, socket.family, (*path, "to"))
        elif socket.use is _Use.DATAGRAMS:
            raise self._error(f"send needs `to`, as {call.from_} is not connected", path, "from")
        elif socket.use is not _Use.CONNECTED and call.expect_error is None:
            raise self._error(f"{call.from_} is not connected", path, "from")
        to = f" to {call.to}" if call.to else ""
        text = f"send {len(call.data):,} bytes from {call.from_}{to}"
        return socket.agent, text, SendAction(call.from_, call.data, socket.transport is Transport.TCP, target)

    def _receive(self, call: ReceiveCall, path: Path) -> tuple[str, str, ReceiveAction]:
        socket = self._used(call, call.receive, "receive", path)
        if socket.use in {_Use.LISTENER, _Use.IDLE} and call.expect_error is None:
            raise self._error(f"{call.receive} is not connected", path, "receive")
        if call.as_ is not None:
            if call.as_ in self._sockets:
                raise self._error(f"{call.as_} is the name of a socket already", path, "as")
            if call.expect_error is not None:
                raise self._error("a call that is to fail brings nothing to name: leave `as` out", path, "as")
            self._letters[call.as_] = _Letter(socket.agent, socket.family, socket.transport is Transport.UDP)
        action = ReceiveAction(
            socket=call.receive,
            max_bytes=call.max,
            stream=socket.transport is Transport.TCP,
            expected=call.expected,
            encoding="" if call.expect_hex is not None else call.encoding,
            letter=call.as_ or "",
        )
        return socket.agent, f"receive {call.receive}{_as(call.as_)}", action

    def _check(self, call: CheckCall, path: Path) -> tuple[str, str, CheckAction]:
        subject, _, property = call.check.partition(".")
        of_socket = property.startswith(("local.", "peer."))
        if of_socket:
            agent = self._socket(subject, (*path, "check")).agent
        else:
            letter = self._letter(subject, (*path, "check"))
            if property.startswith("sender.") and not letter.has_sender:
                raise self._error(f"{subject} came over a stream, whose sender is SOCKET.peer", path, "check")
            agent = letter.agent
        is_number = property.endswith(("port", "length"))
        if is_number != isinstance(call.expect, int):
            expected = "a number" if is_number else "text; put it in quotes"
            raise self._error(f"{call.expect} is never {call.check}: expected {expected}", path, "expect")
        return agent, f"check {call.check}", CheckAction(subject, property, call.expect)

    def _bind(self, call: OpenCall, family: Family, path: Path) -> SocketAddress | None:
        if call.bind is None:
            return None
        address = parse_host_port(call.bind)
        self._check_family(address.host, family, (*path, "bind"))
        return SocketAddress(address.host, address.port)

    def _target(self, text: str, transport: Transport, family: Family, path: Path) -> Target:
        target = parse_target(text)
        match target:
            case SocketReference(name):
                self._check_addressee(name, self._addressed(name, path), transport, family, path)
                return ToSocket(name)
            case SenderReference(name):
                letter = self._letter(name, path)
                if not letter.has_sender or transport is not Transport.UDP:
                    raise self._cast.error(f"{name} has no sender: only a datagram has", path)
                return ToSender(name)
            case HostPort(host, port):
                role = host if host.endswith("]") else next((role for role in self._cast.roles if role == host), None)
                if role is not None:
                    return ToAgent(self._cast.player(role, path), port)
                self._check_family(host, family, path)
                return ToAddress(host, port)

    def _addressed(self, name: str, path: Path) -> _Socket:
        """A socket that data are to go to; a role alone has no port."""
        if name not in self._sockets and name in self._cast.roles:
            raise self._cast.error(f"{name} is a role: say which port, such as {name}:80, or name a socket", path)
        return self._socket(name, path)

    def _check_addressee(self, name: str, socket: _Socket, transport: Transport, family: Family, path: Path) -> None:
        if socket.transport is not transport:
            ours, theirs = transport.name.lower(), socket.transport.name.lower()
            raise self._cast.error(f"{name} is a {theirs} socket, and this one is {ours}", path)
        if socket.family is not family:
            raise self._cast.error(f"{name} is of the other address family: set ipv6 on both or on none", path)
        if transport is Transport.TCP and socket.use is _Use.CONNECTED:
            raise self._cast.error(f"{name} is connected already: name a socket that listens", path)

    def _check_family(self, host: str, family: Family, path: Path) -> None:
        version = address_version(host)
        wanted = 6 if family is Family.INET6 else 4
        if version not in {wanted, None}:
            hint = "set ipv6: true" if version == 6 else "leave ipv6 out"
            raise self._cast.error(f"{host} is no IPv{wanted} address: {hint}, or use another", path)

    def _used(self, call: AnyCall, name: str, key: str, path: Path) -> _Socket:
        """The socket that a call is on, and on its own agent if the call names one."""
        socket = self._socket(name, (*path, key))
        if call.on is not None:
            agents = self._cast.players(call.on, (*path, "on"))
            if socket.agent not in agents or (len(agents) > 1 and parse_role_reference(call.on).index is None):
                raise self._error(f"{name} is a socket of {socket.agent}, not of {call.on}", path, "on")
        return socket

    def _socket(self, name: str, path: Path) -> _Socket:
        socket = self._sockets.get(name)
        if socket is not None:
            return socket
        if name in self._closed:
            raise self._cast.error(f"the socket {name} was closed before", path)
        open_now = ", ".join(self._sockets) or "none"
        hint = f"{did_you_mean(name, self._sockets)}open here: {open_now}"
        if name in self._letters:
            raise self._cast.error(f"{name} is something received, not a socket; {hint}", path)
        raise self._cast.error(f"there is no socket {name!r} yet; {hint}", path)

    def _letter(self, name: str, path: Path) -> _Letter:
        letter = self._letters.get(name)
        if letter is None:
            hint = f"{did_you_mean(name, self._letters)}received before: {', '.join(self._letters) or 'nothing named'}"
            raise self._cast.error(f"nothing named {name!r} was received yet; {hint}", path)
        return letter

    def _name(self, call: AnyCall, socket: _Socket, name: str | None, path: Path) -> None:
        """Remember a new socket, unless its call is to fail."""
        if name is None:
            return
        if name in self._sockets or name in self._letters:
            raise self._error(f"{name} stands for something else already: expected a new name", path, "as")
        if call.expect_error is None:
            self._sockets[name] = socket
            self._closed.discard(name)

    def _error(self, message: str, path: Path, key: str) -> ScenarioError:
        return self._cast.error(message, (*path, key))


def _as(name: str | None) -> str:
    return f" as {name}" if name else ""


def _open_text(call: OpenCall) -> str:
    words = [f"open {call.open}"]
    if call.ipv6:
        words.append("ipv6")
    if call.bind is not None:
        words.append(f"bind {call.bind}")
    if call.listen is not None:
        words.append(f"listen {call.listen}")
    if call.connect is not None:
        words.append(f"connect {call.connect}")
    return " ".join(words) + _as(call.as_)
