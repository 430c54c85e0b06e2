"""Remote sockets, call by call: one :class:`SocketCall` is one system call, or one wait, on the agent's host."""

from dataclasses import dataclass
from enum import Enum, auto


class Family(Enum):
    """Address family of a socket."""

    INET = auto()
    INET6 = auto()


class Transport(Enum):
    """Transport of a socket."""

    TCP = auto()
    UDP = auto()


class ShutdownHow(Enum):
    """Which halves of a connection to end."""

    READ = auto()
    WRITE = auto()
    BOTH = auto()


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """An address, or in calls a name that the agent's host resolves; the last two fields are IPv6's."""

    host: str
    port: int
    flow_info: int = 0
    scope_id: int = 0


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """socket(2)."""

    family: Family
    transport: Transport


@dataclass(frozen=True, slots=True)
class BindSocket:
    """bind(2); an empty host is every address of the host, or the agent's own where it has one."""

    address: SocketAddress


@dataclass(frozen=True, slots=True)
class ListenSocket:
    """listen(2); no backlog means the system's default."""

    backlog: int | None = None


@dataclass(frozen=True, slots=True)
class AcceptConnection:
    """accept(2)."""


@dataclass(frozen=True, slots=True)
class ConnectSocket:
    """connect(2)."""

    address: SocketAddress


@dataclass(frozen=True, slots=True)
class SendData:
    """send(2) or sendto(2); with ``all`` it ends when the kernel has every byte."""

    data: bytes
    address: SocketAddress | None = None
    all: bool = False
    flags: int = 0


@dataclass(frozen=True, slots=True)
class ReceiveData:
    """recvfrom(2) of at most ``max_bytes``."""

    max_bytes: int
    flags: int = 0


@dataclass(frozen=True, slots=True)
class SetOption:
    """setsockopt(2) with exactly one of ``number`` and ``data``."""

    level: int
    option: int
    number: int | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class GetOption:
    """getsockopt(2); ``buffer_bytes`` of 0 asks for an int."""

    level: int
    option: int
    buffer_bytes: int = 0


@dataclass(frozen=True, slots=True)
class GetLocalAddress:
    """getsockname(2)."""


@dataclass(frozen=True, slots=True)
class GetPeerAddress:
    """getpeername(2)."""


@dataclass(frozen=True, slots=True)
class ShutdownSocket:
    """shutdown(2)."""

    how: ShutdownHow


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """close(2)."""


@dataclass(frozen=True, slots=True)
class WaitReady:
    """poll(2): wait until the socket would not block; nothing is read or written."""

    readable: bool = False
    writable: bool = False


SocketCallBody = (
    OpenSocket
    | BindSocket
    | ListenSocket
    | AcceptConnection
    | ConnectSocket
    | SendData
    | ReceiveData
    | SetOption
    | GetOption
    | GetLocalAddress
    | GetPeerAddress
    | ShutdownSocket
    | CloseSocket
    | WaitReady
)


@dataclass(frozen=True, slots=True)
class SocketCall:
    """One call. ``timeout_seconds``: None waits until it is done, 0 does not wait at all."""

    body: SocketCallBody
    socket_id: int = 0
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class SocketDone:
    """The call succeeded and has nothing to tell."""


@dataclass(frozen=True, slots=True)
class SocketOpened:
    """The new socket's id."""

    socket_id: int


@dataclass(frozen=True, slots=True)
class SocketAccepted:
    """The accepted connection's socket and its peer."""

    socket_id: int
    peer: SocketAddress


@dataclass(frozen=True, slots=True)
class DataSent:
    """How many bytes the kernel took."""

    sent_bytes: int


@dataclass(frozen=True, slots=True)
class DataReceived:
    """What came; the sender is known for an unconnected datagram socket."""

    data: bytes
    sender: SocketAddress | None = None


@dataclass(frozen=True, slots=True)
class OptionValue:
    """An option's value, as it was asked for."""

    number: int | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class AddressOf:
    """A local or a peer address."""

    address: SocketAddress


@dataclass(frozen=True, slots=True)
class SocketReady:
    """For what the socket would not block."""

    readable: bool
    writable: bool


SocketReplyBody = (
    SocketDone | SocketOpened | SocketAccepted | DataSent | DataReceived | OptionValue | AddressOf | SocketReady
)


@dataclass(frozen=True, slots=True)
class SocketReply:
    """The answer to one :class:`SocketCall`."""

    body: SocketReplyBody
