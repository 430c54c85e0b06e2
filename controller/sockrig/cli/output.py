"""Results to stdout. A reader that has gone away is no error of ours, and does not change the exit code."""

import os
import sys


def print_result(text: str) -> None:
    """Write a text and its line's end to stdout."""
    try:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        silence_results()


def flush_results() -> None:
    """Send what is buffered.

    Raises:
        BrokenPipeError: nobody reads it.
    """
    sys.stdout.flush()


def silence_results() -> None:
    """Send what is still to come nowhere, so that the interpreter's own flush at its end fails neither."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
