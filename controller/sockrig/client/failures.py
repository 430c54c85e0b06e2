"""Turns a failed gRPC call into what a user of Sockrig expects: a :class:`SockrigError` or an :class:`OSError`.

The controller puts a ``google.rpc.ErrorInfo`` with the domain ``sockrig`` into the status: its reason is the name of
the :class:`ErrorCode`, its metadata the other fields of :class:`Error`. A status without one comes from gRPC itself:
the controller is not there, is gone, or speaks another version.
"""

import grpc
import grpc.aio
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from sockrig_wire.errors import (
    BarrierTimeoutError,
    IncompatibleError,
    InternalError,
    InterruptedRunError,
    LimitError,
    LostError,
    SockrigError,
    UnreachableError,
    exception_of,
)
from sockrig_wire.failures import os_error_of
from sockrig_wire.model.failures import Error, ErrorCode

DOMAIN = "sockrig"
"""Domain of our own ``ErrorInfo``."""

TIMED_OUT = "timed out"
"""What Python's sockets say when their own timeout passed; the system's ETIMEDOUT says it in other words."""


def exception_of_call(failure: grpc.aio.AioRpcError, *, controller: str, answered_before: bool) -> Exception:
    """Make the exception that a failed call deserves.

    Args:
        failure: what gRPC raised.
        controller: the controller's address, for the message.
        answered_before: whether this controller has answered an earlier call.

    Returns:
        An :class:`OSError` where the agent's operating system refused a socket call, else a :class:`SockrigError`.
    """
    error = _error_in(failure)
    if error is None:
        return _exception_of_status(failure, controller, answered_before=answered_before)
    return _socket_exception(error) if error.code is ErrorCode.SOCKET else exception_of(error)


def _error_in(failure: grpc.aio.AioRpcError) -> Error | None:
    """Read our own description of a failure off its status; None if there is none that we understand."""
    try:
        status = rpc_status.from_call(failure)
    except ValueError:
        return None
    for detail in status.details if status is not None else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == DOMAIN and info.reason in ErrorCode.__members__:
            told = info.metadata
            what = told.get("what") or failure.details() or ""
            return Error(
                ErrorCode[info.reason],
                what,
                told.get("where", ""),
                told.get("next", ""),
                told.get("errno_name", ""),
            )
    return None


def _socket_exception(error: Error) -> OSError:
    """What a local socket would have raised; a timeout of Python's own carries no errno there."""
    if error.errno_name == "ETIMEDOUT" and error.what == TIMED_OUT:
        return TimeoutError(TIMED_OUT)
    return os_error_of(error)


def _exception_of_status(failure: grpc.aio.AioRpcError, controller: str, *, answered_before: bool) -> SockrigError:
    details = failure.details() or failure.code().name
    where = f"controller {controller}"
    match failure.code():
        case grpc.StatusCode.UNAVAILABLE if answered_before:
            return LostError(
                f"the connection broke ({details})", where=where, next="See whether the controller still runs."
            )
        case grpc.StatusCode.UNAVAILABLE:
            return UnreachableError(
                f"it does not answer ({details})",
                where=where,
                next="Check the address, and that `sockrig controller` runs there.",
            )
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return BarrierTimeoutError(
                "it did not answer in time",
                where=where,
                next="See whether the controller and the agent are overloaded.",
            )
        case grpc.StatusCode.CANCELLED:
            return InterruptedRunError(f"the call was cancelled ({details})", where=where)
        case grpc.StatusCode.UNIMPLEMENTED:
            return IncompatibleError(
                f"it does not know this call ({details})", where=where, next="Use the same version on both ends."
            )
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return LimitError(f"a message is too large ({details})", where=where)
        case _:
            return InternalError(
                f"{failure.code().name}: {details}",
                where=where,
                next="This is a defect of Sockrig: please report it with what you did.",
            )
