"""A run's events as lines on stdout while it lasts (``--ndjson``).

A thread of its own writes them, so that a slow reader does not hold up the run: the controller may be in this process.
Samples that wait for a slow reader beyond a bound are left out; whatever else happens is told.
"""

import os
import sys
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Self

from sockrig.report.events import event_line, result_line
from sockrig.results.model.run import RunResult
from sockrig_wire.model.controller import FlowProgress, WatchRunResponse

MOST_WAITING = 10_000
"""Lines that wait at most, before samples are left out."""

_GIVE_UP_SECONDS = 1.0
"""How long a reader may take for what is left when the run has failed."""


class EventLines:
    """Writes to a descriptor, from its beginning as a context manager to its end.

    A reader that has gone away is no error of ours: the rest is written nowhere.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdout.fileno() if descriptor is None else descriptor
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._writer = Thread(target=self._write, name="event lines", daemon=True)

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what waits; after a failure only what the reader takes at once."""
        self._lines.put(None)
        self._writer.join(None if kind is None else _GIVE_UP_SECONDS)

    def take(self, happened: WatchRunResponse) -> None:
        """Something happened."""
        if isinstance(happened.body, FlowProgress) and self._lines.qsize() >= MOST_WAITING:
            return
        line = event_line(happened)
        if line is not None:
            self._lines.put(line)

    def finish(self, result: RunResult) -> None:
        """The run has ended: the last line."""
        self._lines.put(result_line(result))

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            data = memoryview(f"{line}\n".encode())
            try:
                # Past sys.stdout: at its end the interpreter would wait for a lock that a stuck writer holds.
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                return
