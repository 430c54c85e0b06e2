"""Writes runs into the store while they go on, from one thread of its own, so that no run waits for a disk.

What happens is queued as it is and becomes rows in that thread: one transaction a batch and run, at most every half
second, and each says that the run is alive. A failure to write ends the recording of a run, never the run.
"""

import logging
import platform
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from sqlalchemy import Connection, text

from sockrig.results.model.search import SearchResult
from sockrig.results.model.step import StepResult
from sockrig.scenario.planned import FlowPlan
from sockrig.store import rows
from sockrig.store.facts import RunBeginning, RunEnd
from sockrig.store.failures import DATABASE_FAILURES
from sockrig.store.opening import OpenStore
from sockrig_wire.errors import StoreError
from sockrig_wire.model.controller import FlowProgress, ResultPart, RunEventBody
from sockrig_wire.model.flows import FlowSpec, Role
from sockrig_wire.version import VERSION

BATCH_SECONDS = 0.5
"""How long what happens may wait for more to come, before both are written."""

ALIVE_EVERY_SECONDS = 1.0
"""How often a run says that it is alive when nothing happens."""

_MOST_WAITING = 100_000
"""Facts that may wait to be written: over ten minutes of 64 flows at a sample a second."""

_MOST_IN_BATCH = 5_000

_log = logging.getLogger(__name__)

Rows = Callable[[], Iterable[rows.Write]]
OnFailure = Callable[[Exception], None]


@dataclass(frozen=True, slots=True)
class _Fact:
    """Something to write of a run; ``written`` is told when it is, and lets it not wait for more."""

    recording: "Recording"
    rows: Rows
    written: "Future[None] | None" = None


class Recording:
    """One run on its way into the store. None of its methods waits or raises; those of one thread keep their order.

    Attributes:
        problem: why it is not recorded any more; None while it is.
    """

    def __init__(self, run: int, put: Callable[[_Fact], None], on_failure: OnFailure) -> None:
        self.run = run
        self.problem: Exception | None = None
        self._put = put
        self._on_failure = on_failure
        self._began = time.monotonic()
        self._step = 0
        self._begun: StepResult | None = None
        self._flows: dict[str, int] = {}
        self._flow_count = 0
        self._event_count = 0
        self._log_line_count = 0

    @property
    def duration_seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    def take(self, body: RunEventBody) -> None:
        """Something happened; parts of the result are not recorded as such."""
        if isinstance(body, FlowProgress):
            flow = self._flows.get(body.sample.flow)
            if flow is None:
                flow = self._begin_flow(_unplanned(body))
            self._write(partial(_one, rows.sample_write, self.run, flow, body))
        elif not isinstance(body, ResultPart):
            self._write(partial(_one, rows.event_write, self.run, self._event_count, self.duration_seconds, body))
            self._event_count += 1

    def flows_begin(self, flows: Iterable[FlowPlan]) -> None:
        """These flows begin; samples that come from now on under their names are theirs."""
        for flow in flows:
            self._begin_flow(flow)

    def agent_lost(self, agent: str, problem: str) -> None:
        """An agent is lost."""
        self._write(partial(_one, rows.lost_agent_write, self.run, agent, problem))

    def step_begins(self, step: StepResult) -> None:
        """The next step begins."""
        self._begun = step
        self._write(partial(_one, rows.begun_step_write, self.run, self._step, step))

    def search_goes_on(self, search: SearchResult) -> None:
        """The step that is under way has found so much."""
        if self._begun is not None:
            so_far = replace(self._begun, search=search)
            self._write(partial(_one, rows.step_so_far_write, self.run, self._step, so_far))

    def step_finished(self, step: StepResult) -> None:
        """The step that is under way came to its end."""
        self._write(partial(rows.step_writes, self.run, self._step, step))
        self._begun = None
        self._step += 1
        self._flows.clear()

    def log(self, record: logging.LogRecord) -> None:
        """The controller's log has a new line."""
        self._write(partial(_one, rows.log_line_write, self.run, self._log_line_count, self.duration_seconds, record))
        self._log_line_count += 1

    def end(self, end: RunEnd) -> "Future[None]":
        """No more will happen; what is returned is done when all is written, or will not be."""
        written: Future[None] = Future()
        written.set_running_or_notify_cancel()  # from now on nobody who waits for it can cancel it
        if self.problem is not None:
            written.set_result(None)
        else:
            self._put(_Fact(self, partial(_one, rows.end_write, self.run, end), written))
        return written

    def fail(self, problem: Exception) -> None:
        """It cannot be recorded from now on."""
        if self.problem is None:
            self.problem = problem
            self._on_failure(problem)

    def _begin_flow(self, flow: FlowPlan) -> int:
        number = self._flow_count
        self._flow_count += 1
        self._flows[flow.spec.name] = number
        self._write(partial(_one, rows.flow_write, self.run, number, self._step, flow))
        return number

    def _write(self, of_fact: Rows) -> None:
        if self.problem is None:
            self._put(_Fact(self, of_fact))


class Recorder:
    """Records any number of runs at once into one store."""

    def __init__(self, store: OpenStore) -> None:
        self._store = store
        self._waiting: queue.Queue[_Fact | None] = queue.Queue(_MOST_WAITING)
        self._lock = threading.Lock()
        self._open: set[Recording] = set()
        self._thread: threading.Thread | None = None
        self._log_lines = _LogLines(self._recordings)

    def begin(self, beginning: RunBeginning, on_failure: OnFailure) -> Recording:
        """Write down that a run begins. Waits for the database.

        Args:
            beginning: what is known of it.
            on_failure: is told, in whichever thread, that the run is not recorded from then on.

        Raises:
            StoreError: it cannot be written.
        """
        try:
            with self._store.writing.begin() as connection:
                row = rows.run_row(beginning, _versions(), database_seconds(connection))
                number = connection.execute(rows.NEW_RUN, row).inserted_primary_key
                assert number is not None, "an inserted row has a key"
                recording = Recording(number[0], self._put, on_failure)
                _carry_out(connection, rows.agent_writes(recording.run, beginning.agents))
        except DATABASE_FAILURES as problem:
            raise self._store.failure(problem) from problem
        with self._lock:
            self._open.add(recording)
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_all, name="sockrig recorder", daemon=True)
                self._thread.start()
                self._log_lines.attach()
        self._put(_Fact(recording, tuple))  # the thread wakes, and says from now on that the run is alive
        return recording

    def close(self) -> None:
        """Write what waits, and end."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._log_lines.detach()
            self._waiting.put(None)
            thread.join()

    def _recordings(self) -> tuple[Recording, ...]:
        with self._lock:
            return tuple(self._open)

    def _put(self, fact: _Fact) -> None:
        try:
            self._waiting.put_nowait(fact)
        except queue.Full:
            self._gone(fact.recording, StoreError("it cannot keep up", where=f"store {self._store.location}"))
            if fact.written is not None:
                fact.written.set_result(None)

    def _write_all(self) -> None:
        goes_on = True
        while goes_on:
            facts, goes_on = self._next_batch()
            by_run: dict[Recording, list[_Fact]] = {recording: [] for recording in self._recordings()}
            for fact in facts:
                by_run.setdefault(fact.recording, []).append(fact)
            for recording, batch in by_run.items():
                self._write(recording, batch)

    def _next_batch(self) -> tuple[list[_Fact], bool]:
        """What is to be written next, and whether more will come."""
        facts: list[_Fact] = []
        until = time.monotonic() + ALIVE_EVERY_SECONDS if self._recordings() else None
        while len(facts) < _MOST_IN_BATCH:
            try:
                fact = self._waiting.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if fact is None:
                return facts, False
            if not facts:
                until = time.monotonic() + BATCH_SECONDS
            facts.append(fact)
            if fact.written is not None:
                break
        return facts, True

    def _write(self, recording: Recording, facts: list[_Fact]) -> None:
        ends = [fact.written for fact in facts if fact.written is not None]
        try:
            if recording.problem is None:
                with self._store.writing.begin() as connection:
                    _carry_out(connection, (write for fact in facts for write in fact.rows()))
                    _carry_out(connection, [rows.seen_write(recording.run, database_seconds(connection))])
        except Exception as problem:
            self._gone(recording, self._store.failure(problem))
        finally:
            for written in ends:
                self._gone(recording, None)
                written.set_result(None)

    def _gone(self, recording: Recording, problem: Exception | None) -> None:
        with self._lock:
            self._open.discard(recording)
        if problem is not None:
            _log.warning("a run is not recorded any more: %s", problem)
            recording.fail(problem)


class _LogLines(logging.Handler):
    """Hands what the controller logs to the runs that go on."""

    def __init__(self, recordings: Callable[[], Iterable[Recording]]) -> None:
        super().__init__(logging.INFO)
        self._recordings = recordings
        self._logger = logging.getLogger("sockrig")
        self._level_before = logging.NOTSET

    def attach(self) -> None:
        """Begin; the log's level is lowered where it would keep things from us."""
        self._level_before = self._logger.level
        if self._logger.getEffectiveLevel() > logging.INFO:
            self._logger.setLevel(logging.INFO)
        self._logger.addHandler(self)

    def detach(self) -> None:
        """Leave the log as it was."""
        self._logger.removeHandler(self)
        self._logger.setLevel(self._level_before)

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on a line, but not what the recording itself has to say."""
        if record.name != __name__:
            for recording in self._recordings():
                recording.log(record)


def database_seconds(connection: Connection) -> float:
    """Now, since 1970 UTC, on the one clock that all who use this store share."""
    if connection.dialect.name != "postgresql":
        return time.time()
    return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


def _versions() -> dict[str, str]:
    """Of the software and the system that record."""
    return {
        "sockrig": VERSION,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "host": platform.node(),
    }


def _carry_out(connection: Connection, writes: Iterable[rows.Write]) -> None:
    for statement, same in groupby(writes, key=lambda write: write.statement):
        connection.execute(statement, [dict(write.row) for write in same])


def _one(make: Callable[..., rows.Write], *arguments: object) -> Iterator[rows.Write]:
    yield make(*arguments)


def _unplanned(progress: FlowProgress) -> FlowPlan:
    """What a sample tells of a flow that nobody announced."""
    sample = progress.sample
    source, destination = progress.agent, progress.peer
    if sample.role is Role.DESTINATION:
        source, destination = destination, source
    spec = FlowSpec(name=sample.flow, kind="", duration_seconds=0.0, interval_seconds=sample.interval_seconds)
    return FlowPlan("", spec, source, destination)
