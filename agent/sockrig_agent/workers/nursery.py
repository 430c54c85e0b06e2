"""Starts worker processes: from multiprocessing's fork server where there is one, else each from scratch.

The fork server is a fresh interpreter that has the traffic layer loaded and gRPC never, so that a worker is there in
milliseconds and no gRPC object is ever forked. An idle agent has not even loaded multiprocessing.
"""

import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Final

from sockrig_agent.traffic.engine import Assignment
from sockrig_agent.workers.process import main

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

_PRELOAD: Final = ["sockrig_agent.workers.preload"]


def has_fork_server() -> bool:
    """Whether this system has one."""
    import multiprocessing  # noqa: PLC0415 - see the module's docstring

    return "forkserver" in multiprocessing.get_all_start_methods()


def warm() -> None:
    """Start the fork server if it does not run; it loads the traffic layer on its own time."""
    if has_fork_server():
        from multiprocessing import forkserver, get_context  # noqa: PLC0415

        get_context("forkserver").set_forkserver_preload(_PRELOAD)
        forkserver.ensure_running()


def cool() -> None:
    """End the fork server; the next start brings a new one."""
    # There is no public way; without this it would live as long as the agent.
    loaded = sys.modules.get("multiprocessing.forkserver")
    stop = getattr(getattr(loaded, "_forkserver", None), "_stop", None)
    if stop is not None:
        stop()


def start(channel: socket.socket, assignments: Sequence[Assignment]) -> "BaseProcess":
    """Start a process that carries out ``assignments`` and talks through ``channel``.

    Raises:
        OSError: the system has no room for another process.
    """
    from multiprocessing.context import ForkServerProcess, SpawnProcess  # noqa: PLC0415

    warm()
    make: type[BaseProcess] = ForkServerProcess if has_fork_server() else SpawnProcess
    name = f"sockrig worker {assignments[0].spec.name} {assignments[0].role.name.lower()}"
    process = make(target=main, args=(channel, tuple(assignments)), name=name, daemon=True)
    with _main_module_hidden():
        process.start()
    return process


@contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Keep the new process from importing the program that started this one.

    multiprocessing would run it again for what it may define; a worker needs nothing of it, and it may import gRPC.
    """
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program
