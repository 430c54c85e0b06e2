"""The commands of a controller that this agent has seen, so that a repeated one is not carried out twice."""

from collections import OrderedDict
from dataclasses import dataclass

from sockrig_wire.errors import LimitError
from sockrig_wire.model.failures import Error
from sockrig_wire.model.flows import FlowPrepared
from sockrig_wire.model.session import ReplyBody
from sockrig_wire.model.sockets import DataReceived, OptionValue, SocketReply

MAX_COMMANDS = 4096
MAX_REPLY_BYTES = 8 * 1024 * 1024

_SMALL_REPLY_BYTES = 256
"""What a reply without a payload takes in memory, objects and keys together, rounded up."""
_ENDPOINT_BYTES = 256


@dataclass(frozen=True, slots=True)
class Fresh:
    """Not seen before: carry it out, then :meth:`CommandCache.finish` it."""


@dataclass(frozen=True, slots=True)
class Pending:
    """It is being carried out: do nothing, its answer will answer this one too."""


@dataclass(frozen=True, slots=True)
class Answered:
    """It was carried out: send this, the first answer, again."""

    reply: ReplyBody


@dataclass(frozen=True, slots=True)
class _Kept:
    reply: ReplyBody
    bytes: int


class CommandCache:
    """The commands of one controller, by id.

    The rules it keeps:

    - The same id gets the same answer, as long as that is kept; while the first is still being carried out, a
      repeated one joins it.
    - It never holds more than ``max_commands`` commands nor more than ``max_reply_bytes`` of answers. What was
      answered longest ago is forgotten first; what is still being carried out, never.
    """

    def __init__(self, *, max_commands: int = MAX_COMMANDS, max_reply_bytes: int = MAX_REPLY_BYTES) -> None:
        self._max_commands = max_commands
        self._max_reply_bytes = max_reply_bytes
        self._pending: set[str] = set()
        self._answered: OrderedDict[str, _Kept] = OrderedDict()
        self._reply_bytes = 0

    @property
    def pending(self) -> int:
        """How many commands are being carried out."""
        return len(self._pending)

    @property
    def answered(self) -> int:
        """How many answers are kept."""
        return len(self._answered)

    @property
    def reply_bytes(self) -> int:
        """How much memory the answers take, about."""
        return self._reply_bytes

    def begin(self, command_id: str) -> Fresh | Pending | Answered:
        """What to do with a command that came.

        Raises:
            LimitError: too many are being carried out.
        """
        if command_id in self._pending:
            return Pending()
        kept = self._answered.get(command_id)
        if kept is not None:
            return Answered(kept.reply)
        if len(self._pending) >= self._max_commands:
            raise LimitError(
                f"{self._max_commands} commands of this controller are being carried out, which is all that this agent "
                "takes at once",
                where=command_id,
                next="Wait for some of them to be answered, or cancel them.",
            )
        self._pending.add(command_id)
        self._make_room()
        return Fresh()

    def finish(self, command_id: str, reply: ReplyBody) -> None:
        """Keep the answer to a command that was begun.

        Raises:
            ValueError: no such command is being carried out.
        """
        if command_id not in self._pending:
            raise ValueError(f"command {command_id} is not being carried out")
        self._pending.discard(command_id)
        kept = _Kept(reply, size_of(reply))
        self._answered[command_id] = kept
        self._reply_bytes += kept.bytes
        self._make_room()

    def _make_room(self) -> None:
        while self._answered and (
            len(self._pending) + len(self._answered) > self._max_commands or self._reply_bytes > self._max_reply_bytes
        ):
            _, oldest = self._answered.popitem(last=False)
            self._reply_bytes -= oldest.bytes


def size_of(reply: ReplyBody) -> int:
    """How much memory an answer takes, about: what its payload has, and a flat sum for the rest."""
    match reply:
        case SocketReply(DataReceived(data)):
            payload = len(data)
        case SocketReply(OptionValue(data=bytes() as data)):
            payload = len(data)
        case FlowPrepared(endpoints):
            payload = len(endpoints) * _ENDPOINT_BYTES
        case Error():
            payload = len(reply.what) + len(reply.where) + len(reply.next)
        case _:
            payload = 0
    return _SMALL_REPLY_BYTES + payload
