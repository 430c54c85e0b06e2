"""Every error that a user of Sockrig can meet, and the one place that maps it to an exit code and a gRPC status.

::

    SockrigError                what happened, where, and what to do next
    ├── UsageError              the request itself is wrong                            exit 2
    ├── NotFoundError           an agent, run, socket or flow that is not there        exit 2
    ├── CannotRunError          it was right, but cannot be carried out               exit 4
    │   ├── UnreachableError    an agent or a controller does not answer
    │   ├── LostError           it answered before and is gone now
    │   ├── BarrierTimeoutError a deadline of ours passed
    │   ├── LimitError          a cap in force
    │   ├── RefusedError        policy says no
    │   ├── IncompatibleError   versions or capabilities do not fit
    │   ├── WorkerError         a worker crashed or could not start
    │   ├── StoreError          the store of runs cannot be opened, read or written
    │   ├── SocketFailedError   the operating system's answer; ``errno_name`` says which
    │   └── InternalError       a defect of Sockrig itself
    └── InterruptedRunError     somebody stopped it                                    exit 130

An :class:`~sockrig_wire.model.failures.Error` is the same as a value: :func:`exception_of` makes the exception of it,
:func:`sockrig_wire.failures.error_of` the value. Remote sockets raise :class:`OSError` as local ones do.
"""

from typing import ClassVar

from sockrig_wire.model.failures import Error, ErrorCode


class SockrigError(Exception):
    """Base of all expected failures; prints as a sentence."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL
    exit_code: ClassVar[int] = 4
    status: ClassVar[str] = "INTERNAL"

    def __init__(self, what: str, *, where: str = "", next: str = "", errno_name: str = "") -> None:
        super().__init__(what, where, next)
        self.what = what
        self.where = where
        self.next = next
        self.errno_name = errno_name

    def __str__(self) -> str:
        """``where: what. Next``."""
        place = f"{self.where}: " if self.where else ""
        advice = f"\n{self.next}" if self.next else ""
        return f"{place}{self.what}{advice}"


class UsageError(SockrigError):
    """The request itself is wrong."""

    code = ErrorCode.USAGE
    exit_code = 2
    status = "INVALID_ARGUMENT"


class NotFoundError(SockrigError):
    """It names an agent, run, socket or flow that is not there."""

    code = ErrorCode.NOT_FOUND
    exit_code = 2
    status = "NOT_FOUND"


class CannotRunError(SockrigError):
    """The request is right, but cannot be carried out."""


class UnreachableError(CannotRunError):
    """An agent or a controller does not answer."""

    code = ErrorCode.UNREACHABLE
    status = "UNAVAILABLE"


class LostError(CannotRunError):
    """It answered before and is gone now."""

    code = ErrorCode.LOST
    status = "ABORTED"


class BarrierTimeoutError(CannotRunError):
    """A deadline of ours passed."""

    code = ErrorCode.TIMEOUT
    status = "DEADLINE_EXCEEDED"


class LimitError(CannotRunError):
    """A cap in force on the agent or the controller."""

    code = ErrorCode.LIMIT
    status = "RESOURCE_EXHAUSTED"


class RefusedError(CannotRunError):
    """Policy says no."""

    code = ErrorCode.REFUSED
    status = "PERMISSION_DENIED"


class IncompatibleError(CannotRunError):
    """Versions or capabilities do not fit."""

    code = ErrorCode.INCOMPATIBLE
    status = "FAILED_PRECONDITION"


class WorkerError(CannotRunError):
    """A worker crashed or could not start."""

    code = ErrorCode.WORKER
    status = "ABORTED"


class StoreError(CannotRunError):
    """The store of runs cannot be opened, read or written."""

    code = ErrorCode.STORE
    status = "FAILED_PRECONDITION"


class SocketFailedError(CannotRunError):
    """The operating system's answer to a socket call."""

    code = ErrorCode.SOCKET
    status = "ABORTED"


class InternalError(CannotRunError):
    """A defect of Sockrig itself."""

    code = ErrorCode.INTERNAL
    status = "INTERNAL"


class InterruptedRunError(SockrigError):
    """Somebody stopped it."""

    code = ErrorCode.INTERRUPTED
    exit_code = 130
    status = "CANCELLED"


_BY_CODE: dict[ErrorCode, type[SockrigError]] = {
    error_type.code: error_type
    for error_type in (
        UsageError,
        NotFoundError,
        UnreachableError,
        LostError,
        BarrierTimeoutError,
        LimitError,
        RefusedError,
        IncompatibleError,
        WorkerError,
        StoreError,
        SocketFailedError,
        InternalError,
        InterruptedRunError,
    )
}


def exception_of(error: Error) -> SockrigError:
    """Make the exception that ``error`` describes."""
    return _BY_CODE[error.code](error.what, where=error.where, next=error.next, errno_name=error.errno_name)
