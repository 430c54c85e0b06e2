"""The runs of a controller: what happened in each, who watches, and what ends it.

A run belongs to whoever watches it as its owner. When no owner has watched for the grace, the run is stopped: a client
that was killed leaves nothing behind.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine

from sockrig.orchestration.lease import Closed
from sockrig_wire.errors import InterruptedRunError, LostError, NotFoundError, SockrigError
from sockrig_wire.model.controller import FlowProgress, ReachProgress, ResultPart, RunEventBody, WatchRunResponse

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
        self._abandoned: asyncio.TimerHandle | None = None
        self.task: asyncio.Task[None] | None = None
        self._wakers: set[asyncio.Event] = set()

    def emit(self, body: RunEventBody) -> None:
        """Something happened; progress beyond a bound is not kept."""
        if isinstance(body, (FlowProgress, ReachProgress)):
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
        self.owners_changed(0)
        self._wake()

    async def watch(self, *, owner: bool) -> AsyncGenerator[WatchRunResponse, None]:
        """All events from the beginning to the end.

        Raises:
            Exception: what the run itself failed with.
        """
        waker = asyncio.Event()
        self._wakers.add(waker)
        self.owners_changed(+owner)
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
            self.owners_changed(-owner)

    def owners_changed(self, by: int) -> None:
        """Count owners; with none left the run is stopped after its grace, unless one comes back."""
        self._owners += by
        if self._abandoned is not None:
            self._abandoned.cancel()
            self._abandoned = None
        if not self._owners and not self.finished and self.task is not None:
            self._abandoned = asyncio.get_running_loop().call_later(UNWATCHED_GRACE_SECONDS, self.task.cancel)

    def _wake(self) -> None:
        for waker in self._wakers:
            waker.set()


class RunTable:
    """All runs of a controller."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._stopping = False

    def start(self, name: str, work: Callable[[Run], Coroutine[object, object, None]]) -> Run:
        """Begin a run; ``work`` is cancelled when the run is stopped."""
        run = Run(uuid.uuid4().hex[:12], name)
        self._runs[run.run_id] = run
        run.task = asyncio.create_task(self._carry_out(run, work), name=f"run {run.run_id}")
        run.owners_changed(0)
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
        """End every run, because the controller stops."""
        self._stopping = True
        await asyncio.gather(*(self.stop(run_id) for run_id in tuple(self._runs)))

    async def _carry_out(self, run: Run, work: Callable[[Run], Coroutine[object, object, None]]) -> None:
        failure: Exception | None = None
        try:
            await work(run)
        except asyncio.CancelledError:
            failure = self._why_stopped(run)
            raise
        except Exception as problem:
            failure = problem
        finally:
            run.finish(failure)

    def _why_stopped(self, run: Run) -> SockrigError:
        where = f"run {run.run_id}"
        if self._stopping:
            return LostError("the controller stopped", where=where, next="Start the run again when it is back.")
        return InterruptedRunError("the run was stopped", where=where)

    def _forget_old(self) -> None:
        finished = [run_id for run_id, run in self._runs.items() if run.finished]
        for run_id in finished[: max(0, len(finished) - FINISHED_KEPT)]:
            del self._runs[run_id]
