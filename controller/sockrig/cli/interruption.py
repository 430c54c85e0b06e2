"""Ctrl-C and SIGTERM: the first ends the work in order, the second at once.

The work is cancelled where it stands; what it has opened (a run, local agents) it closes in its ``finally`` before the
prompt returns. That is bounded: after :data:`LONGEST_STOP_SECONDS` the process goes, and agents close by themselves
what it has left, for its leases end with it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sockrig_wire.errors import InterruptedRunError

LONGEST_STOP_SECONDS = 12.0
"""More than the closing of a run (3 s) and the end of local agents (5 s) take at their longest."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_SHOW_CURSOR = "\x1b[?25h"

T = TypeVar("T")


def run_interruptibly(work: Coroutine[Any, Any, T], *, on_interrupt: Callable[[], None] = lambda: None) -> T:
    """Run the work in a loop of its own; ``on_interrupt`` is called when it begins to end.

    Raises:
        InterruptedRunError: a signal ended it, and everything is closed.
    """
    return asyncio.run(_supervised(work, on_interrupt))


async def _supervised(work: Coroutine[Any, Any, T], on_interrupt: Callable[[], None]) -> T:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if interrupted:
            _quit_at_once()
        interrupted = True
        loop.call_later(LONGEST_STOP_SECONDS, _quit_at_once)
        task.cancel()
        on_interrupt()

    for number in SIGNALS:
        loop.add_signal_handler(number, interrupt)
    try:
        return await task
    except (asyncio.CancelledError, Exception) as end:
        if not interrupted:
            raise
        raise InterruptedRunError("interrupted") from end
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def _quit_at_once() -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{_SHOW_CURSOR}\n")
        sys.stderr.flush()
    os._exit(InterruptedRunError.exit_code)
