"""From what happened in a command to its exit code and its one error."""

import pytest

from sockrig.cli.outcome import exit_code_of
from sockrig_wire.errors import (
    InterruptedRunError,
    LostError,
    NotFoundError,
    SocketFailedError,
    UnreachableError,
    UsageError,
)


def raising(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize("code", [0, 1, 3, 4])
def test_what_the_work_returns_is_the_exit_code(code, capsys):
    assert exit_code_of(lambda: code, debug=False) == code
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("wrong"), 2),
        (NotFoundError("not there"), 2),
        (UnreachableError("no answer"), 4),
        (LostError("gone"), 4),
        (SocketFailedError("refused"), 4),
        (InterruptedRunError("interrupted"), 130),
        (KeyboardInterrupt(), 130),
        (ConnectionRefusedError(111, "Connection refused"), 4),
        (ExceptionGroup("tasks", [ExceptionGroup("inner", [UsageError("wrong")]), LostError("gone")]), 2),
        (ZeroDivisionError("division by zero"), 4),
    ],
)
def test_every_error_has_its_exit_code(error, code, capsys):
    assert exit_code_of(raising(error), debug=False) == code
    assert "Traceback" not in capsys.readouterr().err


def test_an_error_is_told_with_its_place_and_what_to_do_next(capsys):
    exit_code_of(raising(UsageError("it is wrong", where="x.yaml:1:2", next="Mend it.")), debug=False)
    captured = capsys.readouterr()
    assert captured.err == "sockrig: x.yaml:1:2: it is wrong\nMend it.\n"
    assert captured.out == ""


def test_a_defect_says_that_it_is_one(capsys):
    exit_code_of(raising(ZeroDivisionError("division by zero")), debug=False)
    assert "ZeroDivisionError: division by zero\nThis is a defect of Sockrig" in capsys.readouterr().err


def test_debug_shows_the_traceback_and_keeps_the_exit_code(capsys):
    assert exit_code_of(raising(UsageError("it is wrong")), debug=True) == 2
    assert "Traceback" in capsys.readouterr().err
