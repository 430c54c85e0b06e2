"""Results to stdout. A reader that has gone away is no error of ours, and does not change the exit code."""

import os
import sys

_STAND_INS = str.maketrans({"✓": "+", "✗": "x", "±": "+-", "µ": "u", "…": "..."})


def print_result(text: str) -> None:
    """Write a text and its line's end to stdout."""
    try:
        sys.stdout.write(_encodable(text if text.endswith("\n") else f"{text}\n"))
        sys.stdout.flush()
    except BrokenPipeError:
        silence_results()


def _encodable(text: str) -> str:
    """The text as stdout's encoding can hold it: where it has no such sign, one that is read the same."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_STAND_INS).encode(encoding, "backslashreplace").decode(encoding)
    return text


def flush_results() -> None:
    """Send what is buffered.

    Raises:
        BrokenPipeError: nobody reads it.
    """
    sys.stdout.flush()


def silence_results() -> None:
    """Send what is still to come nowhere, so that the interpreter's own flush at its end fails neither."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
