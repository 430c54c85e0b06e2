"""A failure as it travels: its class, what happened, where, and what to do next."""

from dataclasses import dataclass
from enum import Enum, auto


class ErrorCode(Enum):
    """The class of a failure (errors.proto)."""

    USAGE = auto()
    NOT_FOUND = auto()
    UNREACHABLE = auto()
    LOST = auto()
    TIMEOUT = auto()
    LIMIT = auto()
    REFUSED = auto()
    INCOMPATIBLE = auto()
    SOCKET = auto()
    WORKER = auto()
    INTERRUPTED = auto()
    INTERNAL = auto()
    STORE = auto()


@dataclass(frozen=True, slots=True)
class Error:
    """One failure; ``errno_name`` (``"ECONNREFUSED"``) is set with :attr:`ErrorCode.SOCKET` only."""

    code: ErrorCode
    what: str
    where: str = ""
    next: str = ""
    errno_name: str = ""
