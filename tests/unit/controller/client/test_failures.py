import errno

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc.aio import AioRpcError, Metadata

from sockrig.client.failures import exception_of_call
from sockrig_wire.errors import (
    BarrierTimeoutError,
    IncompatibleError,
    InternalError,
    LimitError,
    LostError,
    NotFoundError,
    UnreachableError,
)
from sockrig_wire.failures import error_of


def told(failure, code=grpc.StatusCode.ABORTED, domain="sockrig"):
    """What gRPC raises at the client when the controller tells of ``failure``."""
    error = error_of(failure)
    told = {"what": error.what, "where": error.where, "next": error.next, "errno_name": error.errno_name}
    detail = any_pb2.Any()
    detail.Pack(error_details_pb2.ErrorInfo(reason=error.code.name, domain=domain, metadata=told))
    status = status_pb2.Status(code=code.value[0], message="it failed", details=[detail])
    trailer = Metadata(("grpc-status-details-bin", status.SerializeToString()))
    return AioRpcError(code, Metadata(), trailer, details="it failed")


def bare(code, details="no more is known"):
    return AioRpcError(code, Metadata(), Metadata(), details=details)


def understood(failure, *, answered_before=True):
    return exception_of_call(failure, controller="10.0.0.1:7000", answered_before=answered_before)


def test_a_failure_of_sockrig_arrives_as_it_was():
    failure = NotFoundError("no such agent", where="agent z", next="There are: a, b.")

    arrived = understood(told(failure))

    assert type(arrived) is NotFoundError
    assert arrived.args == failure.args


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ECONNREFUSED, ConnectionRefusedError),
        (errno.ECONNRESET, ConnectionResetError),
        (errno.EPIPE, BrokenPipeError),
        (errno.EAGAIN, BlockingIOError),
        (errno.EINPROGRESS, BlockingIOError),
        (errno.ETIMEDOUT, TimeoutError),
        (errno.EADDRINUSE, OSError),
    ],
)
def test_a_refusal_of_the_system_is_raised_with_its_class_and_number(number, expected):
    arrived = understood(told(OSError(number, "as the system says")))

    assert type(arrived) is expected
    assert (arrived.errno, arrived.strerror) == (number, "as the system says")


def test_a_timeout_of_the_socket_has_no_errno_as_in_the_standard_library():
    arrived = understood(told(TimeoutError(errno.ETIMEDOUT, "timed out")))

    assert type(arrived) is TimeoutError
    assert arrived.args == ("timed out",)


def test_an_unknown_errno_becomes_an_os_error_with_the_text():
    arrived = understood(told(OSError("an odd thing")))

    assert type(arrived) is OSError
    assert str(arrived) == "an odd thing"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.DEADLINE_EXCEEDED, BarrierTimeoutError),
        (grpc.StatusCode.UNIMPLEMENTED, IncompatibleError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, LimitError),
        (grpc.StatusCode.DATA_LOSS, InternalError),
    ],
)
def test_a_status_of_grpc_itself_names_the_controller(code, expected):
    arrived = understood(bare(code))

    assert type(arrived) is expected
    assert arrived.where == "controller 10.0.0.1:7000"


def test_a_controller_that_never_answered_is_unreachable_and_one_that_did_is_lost():
    assert type(understood(bare(grpc.StatusCode.UNAVAILABLE), answered_before=False)) is UnreachableError
    assert type(understood(bare(grpc.StatusCode.UNAVAILABLE), answered_before=True)) is LostError


def test_the_details_of_somebody_else_are_not_taken_for_ours():
    arrived = understood(told(NotFoundError("theirs"), code=grpc.StatusCode.DATA_LOSS, domain="example.com"))

    assert type(arrived) is InternalError
