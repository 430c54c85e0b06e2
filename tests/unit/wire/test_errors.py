"""Every failure is told the same way on every hop, and ends with the exit code that the user was promised."""

import errno
import os

import grpc
import pytest

from sockrig_wire import errors
from sockrig_wire.errors import SockrigError, exception_of
from sockrig_wire.failures import error_of, os_error_of
from sockrig_wire.model.failures import Error, ErrorCode

EXIT_CODES = {ErrorCode.USAGE: 2, ErrorCode.NOT_FOUND: 2, ErrorCode.INTERRUPTED: 130}


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_travels_to_an_exception_and_back_unchanged(code):
    error = Error(code, "it broke", where="local-1", next="Mend it.", errno_name="EPIPE")

    assert error_of(exception_of(error)) == error


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_the_exit_code_of_the_command_line(code):
    assert exception_of(Error(code, "it broke")).exit_code == EXIT_CODES.get(code, 4)


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_a_status_that_grpc_knows(code):
    assert exception_of(Error(code, "it broke")).status in grpc.StatusCode.__members__


@pytest.mark.parametrize("code", set(ErrorCode) - set(EXIT_CODES))
def test_what_could_not_run_can_be_caught_as_one(code):
    assert isinstance(exception_of(Error(code, "it broke")), errors.CannotRunError)


def test_an_error_prints_where_what_and_what_next():
    error = errors.UsageError("no such key 'rte'", where="bench.yaml:3:7", next="Did you mean 'rate'?")

    assert str(error) == "bench.yaml:3:7: no such key 'rte'\nDid you mean 'rate'?"


def test_an_error_without_place_and_advice_prints_what_happened_alone():
    assert str(errors.LostError("local-1 is gone")) == "local-1 is gone"


def test_the_place_is_added_where_an_error_has_none():
    assert error_of(errors.LimitError("too many sockets"), where="local-2").where == "local-2"
    assert error_of(errors.LimitError("too many sockets", where="local-1"), where="local-2").where == "local-1"


def test_a_specialised_error_travels_as_its_kind():
    class ScenarioError(errors.UsageError):
        pass

    travelled = exception_of(error_of(ScenarioError("wrong", where="x.yaml:1:1")))

    assert type(travelled) is errors.UsageError
    assert str(travelled) == "x.yaml:1:1: wrong"


def test_the_operating_systems_error_travels_by_its_name():
    refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    assert error_of(refused, where="local-1") == Error(
        ErrorCode.SOCKET, "Connection refused", "local-1", "", "ECONNREFUSED"
    )


@pytest.mark.parametrize(
    "raised",
    [ConnectionRefusedError, ConnectionResetError, BrokenPipeError, BlockingIOError, PermissionError, TimeoutError],
)
def test_the_far_end_raises_what_a_local_socket_would(raised):
    number = {
        ConnectionRefusedError: errno.ECONNREFUSED,
        ConnectionResetError: errno.ECONNRESET,
        BrokenPipeError: errno.EPIPE,
        BlockingIOError: errno.EAGAIN,
        PermissionError: errno.EACCES,
        TimeoutError: errno.ETIMEDOUT,
    }[raised]
    local = OSError(number, os.strerror(number))

    remote = os_error_of(error_of(local))

    assert type(remote) is raised
    assert (remote.errno, remote.strerror) == (local.errno, local.strerror)


def test_a_timeout_without_a_number_arrives_as_a_timeout():
    """``socket.settimeout`` raises TimeoutError("timed out") without an errno."""
    error = error_of(TimeoutError("timed out"))

    assert error == Error(ErrorCode.SOCKET, "timed out", errno_name="ETIMEDOUT")
    assert isinstance(os_error_of(error), TimeoutError)


def test_even_a_silent_timeout_says_what_it_is():
    assert error_of(TimeoutError()).what == "timed out"


@pytest.mark.parametrize("name", ["", "ENOSUCHERROR"])
def test_an_errno_that_this_system_does_not_know_is_a_plain_oserror_with_the_text(name):
    raised = os_error_of(Error(ErrorCode.SOCKET, "something odd", errno_name=name))

    assert type(raised) is OSError
    assert raised.errno is None
    assert str(raised) == "something odd"


def test_an_errno_without_a_text_gets_this_systems():
    assert os_error_of(Error(ErrorCode.SOCKET, "", errno_name="EPIPE")).strerror == os.strerror(errno.EPIPE)


def test_anything_unexpected_is_told_as_a_defect_with_its_kind():
    error = error_of(ZeroDivisionError("division by zero"), where="local-1")

    assert error.code is ErrorCode.INTERNAL
    assert error.what == "ZeroDivisionError: division by zero"
    assert error.where == "local-1"
    assert "report" in error.next


def test_all_expected_failures_share_one_base():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]

    assert all(issubclass(kind, SockrigError) for kind in kinds)


def test_a_failed_name_look_up_travels_as_what_it_is():
    import socket

    told = error_of(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    back = os_error_of(told)

    assert told.errno_name == "EAI_NONAME"
    assert isinstance(back, socket.gaierror)
    assert (back.errno, back.strerror) == (socket.EAI_NONAME, "Name or service not known")
