"""Looks into a store: which runs there are, what came of one, and what to delete."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from sockrig.results.document import from_json
from sockrig.results.model.run import RunResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.store import tables
from sockrig.store.failures import DATABASE_FAILURES
from sockrig.store.interrupted import InterruptedRun, RecordedFlow, interrupted_result
from sockrig.store.opening import OpenStore
from sockrig.store.recorder import database_seconds
from sockrig.store.rows import adapter_of
from sockrig_wire.errors import NotFoundError, UsageError
from sockrig_wire.model.flows import Histogram, Role, Sample, TcpInfo
from sockrig_wire.model.store import ListRunsResponse, StoredRun

ALIVE_SECONDS = 5.0
"""A run whose controller has not written for so long is interrupted: several times what a busy one may be late."""

MOST_LISTED = 500
"""Runs that are told at once, so that they fit a message."""

RUNNING = "running"

_SAMPLE_BYTES = 75
"""What a sample takes in SQLite with its place in the index: 60 measured, about 100 with TCP_INFO."""

_LAST = re.compile(r"last(?:~(\d{1,9}))?")

_SEE = "See which there are: sockrig runs"

_runs = tables.runs.c


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run that was looked for: its number in this store, and what is told of it."""

    number: int
    told: StoredRun


class History:
    """What a store holds."""

    def __init__(self, store: OpenStore) -> None:
        self._store = store

    def runs(self, *, name_contains: str = "", offset: int = 0, limit: int = MOST_LISTED) -> ListRunsResponse:
        """Runs whose name contains a text, those that began last first.

        Raises:
            StoreError: the store cannot be read.
        """
        limit = min(limit, MOST_LISTED)
        with self._reading() as connection:
            newest_first = (
                select(tables.runs)
                .where(_runs.name.contains(name_contains, autoescape=True))
                .order_by(_runs.started_at_seconds.desc(), _runs.number.desc())
            )
            found = connection.execute(newest_first.offset(offset).limit(limit + 1)).all()
            return ListRunsResponse(
                self._told(connection, found[:limit]), len(found) > limit, str(self._store.location)
            )

    def find(self, reference: str) -> FoundRun:
        """The one run that is meant: an id, its beginning, ``last`` or ``last~N``.

        Raises:
            NotFoundError: there is none.
            UsageError: several begin so.
            StoreError: the store cannot be read.
        """
        with self._reading() as connection:
            return self._find(connection, reference)

    def finished(self, reference: str) -> FoundRun:
        """The one run that is meant, which is over.

        Raises:
            NotFoundError: there is none.
            UsageError: several begin so, or it still runs.
            StoreError: the store cannot be read.
        """
        found = self.find(reference)
        _require_over(found.told)
        return found

    def result(self, reference: str) -> RunResult:
        """The result of a run that is over, its histograms included; of an interrupted one what was recorded.

        Raises:
            NotFoundError: there is none.
            UsageError: several begin so, or it still runs.
            StoreError: the store cannot be read.
        """
        with self._reading() as connection:
            found = self._find(connection, reference)
            _require_over(found.told)
            row = connection.execute(select(tables.runs).where(_runs.number == found.number)).one()
            steps = _steps(connection, found.number)
            if row.document is not None:
                return replace(from_json(row.document), steps=steps)
            begun = _step_begun(connection, found.number)
            return interrupted_result(_interrupted(connection, row, found.told, steps, begun))

    def delete(self, run_ids: Sequence[str]) -> int:
        """Delete runs for good, all or none; returns the bytes that the file system got back.

        Raises:
            NotFoundError: one is not there.
            UsageError: one still runs.
            StoreError: the store cannot be written.
        """
        before = self._store.size_bytes()
        try:
            with self._store.writing.begin() as connection:
                for run_id in run_ids:
                    found = self._find(connection, run_id)
                    _require_over(found.told)
                    connection.execute(delete(tables.runs).where(_runs.number == found.number))
            self._store.give_back()
        except DATABASE_FAILURES as problem:
            raise self._store.failure(problem) from problem
        after = self._store.size_bytes()
        return max(0, before - after) if before is not None and after is not None else 0

    def _told(self, connection: Connection, rows: Sequence[Row[Any]]) -> tuple[StoredRun, ...]:
        now, numbers = database_seconds(connection), [row.number for row in rows]
        sizes = _sizes(connection, numbers)
        names: dict[int, list[str]] = {number: [] for number in numbers}
        agents = tables.agents.c
        for run, name in connection.execute(select(agents.run, agents.name).where(agents.run.in_(numbers))):
            names[run].append(name)
        return tuple(
            StoredRun(
                run_id=row.run_id,
                name=row.name,
                state=_state(row, now),
                started_at_seconds=row.started_at_seconds,
                duration_seconds=_duration(row, now),
                agents=tuple(sorted(names[row.number])),
                source=row.source,
                stored_bytes=sizes[row.number],
            )
            for row in rows
        )

    def _find(self, connection: Connection, reference: str) -> FoundRun:
        where = f"store {self._store.location}"
        if last := _LAST.fullmatch(reference):
            wanted = select(tables.runs).order_by(_runs.started_at_seconds.desc(), _runs.number.desc())
            found = connection.execute(wanted.offset(int(last[1] or 0)).limit(1)).all()
            missing = NotFoundError(f"there are not so many runs: {reference}", where=where, next=_SEE)
        else:
            wanted = select(tables.runs).where(_runs.run_id.startswith(reference, autoescape=True))
            found = connection.execute(wanted.limit(2)).all() if reference else []
            missing = NotFoundError(f"no run has an id that begins with {reference!r}", where=where, next=_SEE)
        if not found:
            raise missing
        exact = [row for row in found if row.run_id == reference]
        if len(found) > 1 and not exact:
            raise UsageError(
                f"several runs have ids that begin with {reference!r}", where=where, next="Give more of it."
            )
        row = (exact or found)[0]
        return FoundRun(row.number, self._told(connection, [row])[0])

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._store.reading.connect() as connection:
                yield connection
        except DATABASE_FAILURES as problem:
            raise self._store.failure(problem) from problem


def _state(row: Row[Any], now_seconds: float) -> str:
    if row.verdict is not None:
        return str(row.verdict)
    return RUNNING if now_seconds - row.seen_at_seconds < ALIVE_SECONDS else Verdict.INTERRUPTED.value


def _duration(row: Row[Any], now_seconds: float) -> float | None:
    if row.verdict is not None:
        return float(row.duration_seconds)
    return None if _state(row, now_seconds) == RUNNING else float(row.seen_at_seconds - row.started_at_seconds)


def _require_over(run: StoredRun) -> None:
    if run.state == RUNNING:
        raise UsageError(
            f"it still runs, or its controller died less than {ALIVE_SECONDS:g} s ago",
            where=f"run {run.run_id}",
            next="Try again when it is over.",
        )


def _sizes(connection: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """About what each run takes: its samples, and what is packed of it."""
    sizes = dict.fromkeys(numbers, 0)
    samples = tables.samples.c.run
    for run, count in connection.execute(select(samples, func.count()).where(samples.in_(numbers)).group_by(samples)):
        sizes[run] += count * _SAMPLE_BYTES
    for table in (tables.steps, tables.histograms):
        packed = select(table.c.run, func.sum(func.length(table.c.document))).where(table.c.run.in_(numbers))
        for run, length in connection.execute(packed.group_by(table.c.run)):
            sizes[run] += length
    texts = select(_runs.number, func.length(_runs.scenario)).where(_runs.number.in_(numbers))
    for run, length in connection.execute(texts):
        sizes[run] += length
    return sizes


def _steps(connection: Connection, run: int) -> tuple[StepResult, ...]:
    spreads: dict[tuple[int, int], list[Histogram]] = {}
    of_run = select(tables.histograms).where(tables.histograms.c.run == run)
    for row in connection.execute(of_run.order_by(tables.histograms.c.name)):
        histogram = adapter_of(Histogram).validate_json(row.document)
        spreads.setdefault((row.step, row.flow), []).append(histogram)
    steps = tables.steps.c
    finished = select(tables.steps).where(steps.run == run, steps.verdict.is_not(None)).order_by(steps.number)
    return tuple(_step(row, spreads) for row in connection.execute(finished).all())


def _step_begun(connection: Connection, run: int) -> StepResult | None:
    steps = tables.steps.c
    document = connection.execute(select(steps.document).where(steps.run == run, steps.verdict.is_(None))).scalar()
    begun: StepResult | None = None if document is None else adapter_of(StepResult).validate_json(document)
    return begun


def _step(row: Row[Any], spreads: Mapping[tuple[int, int], Sequence[Histogram]]) -> StepResult:
    step: StepResult = adapter_of(StepResult).validate_json(row.document)
    flows = (
        replace(flow, histograms=tuple(spreads.get((row.number, place), ()))) for place, flow in enumerate(step.flows)
    )
    return replace(step, flows=tuple(flows))


def _interrupted(
    connection: Connection, row: Row[Any], told: StoredRun, steps: tuple[StepResult, ...], begun: StepResult | None
) -> InterruptedRun:
    agents = connection.execute(select(tables.agents).where(tables.agents.c.run == row.number)).all()
    return InterruptedRun(
        run_id=row.run_id,
        name=row.name,
        source=row.source,
        scenario_text=row.scenario,
        controller_version=row.versions.get("sockrig", ""),
        baseline=row.baseline,
        started_at_seconds=row.started_at_seconds,
        duration_seconds=told.duration_seconds or 0.0,
        problem=row.problem or "its controller died, or could not record it to its end",
        verdict=Verdict(told.state),
        agents=[{**agent.status, "problem": agent.problem} for agent in agents],
        steps=steps,
        step_begun=begun,
        flows=_flows(connection, row.number, len(steps)),
    )


def _flows(connection: Connection, run: int, step: int) -> tuple[RecordedFlow, ...]:
    flows = tables.flows.c
    begun = connection.execute(
        select(tables.flows).where(flows.run == run, flows.step == step).order_by(flows.number)
    ).mappings()
    return tuple(
        RecordedFlow(
            **{name: value for name, value in row.items() if name not in {"run", "number", "step"}},
            samples=_samples(connection, run, row["number"], row["name"]),
        )
        for row in begun.all()
    )


def _samples(connection: Connection, run: int, flow: int, name: str) -> tuple[Sample, ...]:
    samples = tables.samples.c
    rows = connection.execute(
        select(tables.samples).where(samples.run == run, samples.flow == flow).order_by(samples.at_seconds)
    )
    return tuple(_sample(row, name) for row in rows)


def _sample(row: Row[Any], flow: str) -> Sample:
    connection = {field.name: getattr(row, field.name) for field in fields(TcpInfo)}
    return Sample(
        flow=flow,
        role=Role.SOURCE if row.at_source else Role.DESTINATION,
        worker=row.worker,
        at_seconds=row.at_seconds,
        interval_seconds=row.interval_seconds,
        bytes=row.bytes,
        packets=row.packets,
        transactions=row.transactions,
        connections=row.connections,
        tcp_info=None if row.retransmits is None else TcpInfo(**connection),
    )
