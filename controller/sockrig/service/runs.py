"""The runs of a controller: what happened in each, who watches, and what ends it.

A run belongs to whoever watches it as its owner. When no owner has watched for the grace, the run is stopped: a client
that was killed leaves nothing behind.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine

from sockrig.orchestration.scenario_run import Closed
from sockrig_wire.errors import NotFoundError
from sockrig_wire.model.controller import FlowProgress, ResultPart, RunEventBody, WatchRunResponse

UNWATCHED_GRACE_SECONDS = 5.0
"""How long a run goes on when its owner is gone."""

FINISHED_KEPT = 100
"""Finished runs whose events can still be watched."""

RESULT_PART_BYTES = 512 * 1024

_MOST_PROGRESS_KEPT = 10_000


class Run:
    """One run: its events from the beginning, for any number of watchers."""

    def __init__(self, run_id: str, name: str) -> None:
        self.run_id = run_id
        self.name = name
        self.finished = False
        self.failure: Exception | None = None
        self.closed = Closed(0, 0, ())
        self._began = time.monotonic()
        self._events: list[WatchRunResponse] = []
        self._progress_count = 0
        self._owners = 0
        self._unowned_since = time.monotonic()
        self.task: asyncio.Task[None] | None = None
        self._wakers: set[asyncio.Event] = set()

    def emit(self, body: RunEventBody) -> None:
        """Something happened; progress beyond a bound is not kept."""
        if isinstance(body, FlowProgress):
            self._progress_count += 1
            if self._progress_count > _MOST_PROGRESS_KEPT:
                return
        self._events.append(WatchRunResponse(time.monotonic() - self._began, body))
        self._wake()

    def emit_result(self, document: str) -> None:
        """The result, in parts that each fit a message."""
        data = document.encode()
        for start in range(0, len(data), RESULT_PART_BYTES):
            end = start + RESULT_PART_BYTES
            self.emit(ResultPart(data[start:end], last=end >= len(data)))

    def finish(self, failure: Exception | None) -> None:
        """No more will happen."""
        self.finished = True
        self.failure = failure
        self._wake()

    async def watch(self, *, owner: bool) -> AsyncGenerator[WatchRunResponse, None]:
        """All events from the beginning to the end.

        Raises:
            Exception: what the run itself failed with.
        """
        waker = asyncio.Event()
        self._wakers.add(waker)
        self._owners += owner
        try:
            position = 0
            while True:
                waker.clear()
                while position < len(self._events):
                    yield self._events[position]
                    position += 1
                if self.finished and position == len(self._events):
                    break
                await waker.wait()
            if self.failure is not None:
                raise self.failure
        finally:
            self._wakers.discard(waker)
            self._owners -= owner
            self._unowned_since = time.monotonic()

    @property
    def unowned_seconds(self) -> float:
        """For how long no owner has watched."""
        return 0.0 if self._owners else time.monotonic() - self._unowned_since

    def _wake(self) -> None:
        for waker in self._wakers:
            waker.set()


class RunTable:
    """All runs of a controller."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}

    def start(self, name: str, work: Callable[[Run], Coroutine[object, object, None]]) -> Run:
        """Begin a run; ``work`` is cancelled when the run is stopped."""
        run = Run(uuid.uuid4().hex[:12], name)
        self._runs[run.run_id] = run
        run.task = asyncio.create_task(self._carry_out(run, work), name=f"run {run.run_id}")
        self._forget_old()
        return run

    def run(self, run_id: str) -> Run:
        """The run of this id.

        Raises:
            NotFoundError: there is none, or it is long over.
        """
        if run_id in self._runs:
            return self._runs[run_id]
        raise NotFoundError(f"no run has the id {run_id!r}", next="Start it again: this controller does not know it.")

    async def stop(self, run_id: str) -> Closed:
        """End a run on every agent; returns what was still open.

        Raises:
            NotFoundError: there is no such run.
        """
        run = self.run(run_id)
        if run.task is not None and not run.task.done():
            run.task.cancel()
            await asyncio.gather(run.task, return_exceptions=True)
        return run.closed

    async def stop_all(self) -> None:
        """End every run."""
        await asyncio.gather(*(self.stop(run_id) for run_id in tuple(self._runs)))

    async def _carry_out(self, run: Run, work: Callable[[Run], Coroutine[object, object, None]]) -> None:
        watchdog = asyncio.create_task(self._stop_when_unwatched(run), name=f"owner of run {run.run_id}")
        failure: Exception | None = None
        try:
            await work(run)
        except Exception as problem:
            failure = problem
        finally:
            watchdog.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watchdog
            run.finish(failure)

    async def _stop_when_unwatched(self, run: Run) -> None:
        while run.unowned_seconds < UNWATCHED_GRACE_SECONDS:
            await asyncio.sleep(max(0.1, UNWATCHED_GRACE_SECONDS - run.unowned_seconds))
        if run.task is not None:
            run.task.cancel()

    def _forget_old(self) -> None:
        finished = [run_id for run_id, run in self._runs.items() if run.finished]
        for run_id in finished[: max(0, len(finished) - FINISHED_KEPT)]:
            del self._runs[run_id]
