"""A run and its record: what happens in it goes to whoever watches, and into the store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from sockrig.results.model.run import RunResult
from sockrig.results.model.verdict import Verdict
from sockrig.service.runs import Run
from sockrig.store.facts import RunBeginning, RunEnd
from sockrig_wire.errors import SockrigError
from sockrig_wire.model.controller import Notice, RunEventBody

if TYPE_CHECKING:
    from sockrig.store.recorder import Recorder, Recording

WRITTEN_WITHIN_SECONDS = 60.0
"""How long a run's end may take to be written: a writer waits up to half of that for another."""


class RecordedRun:
    """A run that is recorded, or one that is not because there is no store."""

    def __init__(self, run: Run, recording: "Recording | None") -> None:
        self._run = run
        self.recording = recording

    def emit(self, body: RunEventBody) -> None:
        """Something happened."""
        self._run.emit(body)
        if self.recording is not None:
            self.recording.take(body)

    async def finished(self, result: RunResult) -> RunResult:
        """The run came to its end: its result is written before anybody is told it, with a notice if it is not."""
        if self.recording is None:
            return result
        duration = self.recording.duration_seconds
        end = RunEnd(verdict=result.verdict.value, duration_seconds=duration, document=result)
        try:
            await asyncio.wait_for(asyncio.wrap_future(self.recording.end(end)), WRITTEN_WITHIN_SECONDS)
        except TimeoutError:
            return _with_notice(result, "the store did not say in time that it has the whole run")
        if self.recording.problem is not None:
            return _with_notice(result, _not_recorded(self.recording.problem))
        return result

    def ended(self, verdict: Verdict, problem: str) -> None:
        """The run could not come to its end."""
        if self.recording is not None:
            duration = self.recording.duration_seconds
            self.recording.end(RunEnd(verdict=verdict.value, duration_seconds=duration, problem=problem))


@asynccontextmanager
async def recorded(run: Run, recorder: "Recorder | None", beginning: RunBeginning) -> AsyncIterator[RecordedRun]:
    """Record what happens within the block; a store that fails on the way ends the recording, not the run.

    Raises:
        StoreError: not even the beginning can be written.
    """
    loop = asyncio.get_running_loop()

    def tell(problem: Exception) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(run.emit, Notice("warning", _not_recorded(problem)))

    recording = None if recorder is None else await asyncio.to_thread(recorder.begin, beginning, tell)
    recorded_run = RecordedRun(run, recording)
    try:
        yield recorded_run
    except asyncio.CancelledError:
        recorded_run.ended(Verdict.INTERRUPTED, "it was stopped")
        raise
    except Exception as failure:
        recorded_run.ended(Verdict.ERROR, " ".join(str(failure).splitlines()))
        raise


def _not_recorded(problem: Exception) -> str:
    told = f"{problem.where}: {problem.what}" if isinstance(problem, SockrigError) else str(problem)
    return f"the run is not recorded to its end: {told}"


def _with_notice(result: RunResult, text: str) -> RunResult:
    return replace(result, notices=(*result.notices, text))
