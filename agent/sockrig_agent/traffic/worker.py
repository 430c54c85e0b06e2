"""The life of one worker, in one thread: prepare, armed, wait for T, run, result."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sockrig_agent.traffic.engine import Assignment, Counters, Engine
from sockrig_agent.traffic.kinds import find_kind
from sockrig_agent.traffic.meters.cpu import ThreadCpuMeter
from sockrig_agent.traffic.orders import NANOSECONDS, Orders, Timetable
from sockrig_agent.traffic.scheduling import ask_for_short_slices, give_short_slices_back, wake_up_on_time
from sockrig_wire.failures import error_of
from sockrig_wire.model.flows import CpuUse, Role, TcpInfo, WorkerEndpoint, WorkerFailed, WorkerResult

_SPIN_NANOSECONDS: Final = 200_000
"""More than a sleeper oversleeps on an idle core."""

_PREPARATION_NANOSECONDS: Final = 60_000_000
"""So long before its start a source does what can be done before it. Each takes up to 0.3 ms of a core that many share:
were they not done by T, it would be late for all. Measured with 64 sources on 2 cores: they start within 6 ms with it,
and within 30 ms with 5 ms in place of it."""

_READY_NANOSECONDS: Final = 20_000_000
"""So long before T a destination begins to receive: at T it sleeps in the kernel, and the cores are the sources'."""

_LOAD: Final = Path("/proc/loadavg")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The worker is armed; one that listens tells where it can be reached."""

    worker: int
    endpoint: WorkerEndpoint | None


Report = Callable[[Prepared | WorkerResult | WorkerFailed], None]
"""Hands on what a worker has to say; called in the worker's thread."""


class Worker:
    """One worker. :meth:`live` is the body of its thread; :attr:`orders` and :attr:`counters` are for the others.

    Args:
        assignment: what to do.
        alone: whether it is the only worker of its process, so that it may spin for a moment before T.
    """

    def __init__(self, assignment: Assignment, *, alone: bool = True) -> None:
        self.assignment = assignment
        self.counters = Counters()
        self.orders = Orders()
        self._alone = alone
        self._engine: Engine | None = None

    def live(self, report: Report) -> None:
        """Live, and report: first :class:`Prepared`, last a result or a failure."""
        engine: Engine | None = None
        wake_up_on_time()
        try:
            engine = self._engine = self._new_engine()
            report(Prepared(self.assignment.worker, engine.prepare()))
            engine.attend()
            report(self._run(engine))
        except Exception as failure:  # whatever it is, it is told; nobody else would see it
            spec, role, worker = self.assignment.spec, self.assignment.role, self.assignment.worker
            error = error_of(failure, where=f"flow {spec.name!r}, {role.name.lower()} worker {worker}")
            report(WorkerFailed(spec.name, role, worker, error))
        finally:
            if engine is not None:
                engine.close()
            self.orders.close()

    def connection(self) -> TcpInfo | None:
        """What the kernel knows of the worker's connection; for the thread that takes samples."""
        return self._engine.connection() if self._engine is not None else None

    def _new_engine(self) -> Engine:
        assignment = self.assignment
        spec = assignment.spec
        engine_type = find_kind(spec.kind).load().of(assignment.role, spec.direction)
        return engine_type(assignment, self.counters, self.orders)

    def _run(self, engine: Engine) -> WorkerResult:
        assignment, start = self.assignment, self.orders.start
        if start is None:
            now = time.monotonic_ns()
            return engine.figures(self._result(now, now, 0.0, CpuUse(0.0, 0.0, 0.0, 0.0), "stopped before it started"))
        timetable = Timetable.of(assignment.spec, start)
        engine.make_ready(timetable)
        meter = ThreadCpuMeter()
        self._wait(engine, timetable, meter)
        started_at, error = time.monotonic_ns(), ""
        try:
            engine.run(timetable)
        except OSError as failure:
            error = failure.strerror or str(failure)
        finished_at = time.monotonic_ns()
        # Who receives goes on after a stop, for what is on its way; who sends says farewell, which is no traffic.
        sent_until = self.orders.stopped_at if assignment.role is Role.SOURCE and not error else None
        measured = max(0, min(sent_until or finished_at, timetable.window_until) - timetable.window_from)
        cpu = replace(meter.read(), wall_seconds=(finished_at - started_at) / NANOSECONDS)
        base = self._result(started_at, finished_at, measured / NANOSECONDS, cpu, error)
        return replace(engine.figures(base), offloads=tuple(sorted(engine.offloads)))

    def _wait(self, engine: Engine, timetable: Timetable, meter: ThreadCpuMeter) -> None:
        """Sleep until it is time; what can be done before, is done before, so that then there is only traffic."""
        orders = self.orders
        if self.assignment.role is Role.DESTINATION:
            at = timetable.common_start_at - _READY_NANOSECONDS
            orders.doze_until(at)
            meter.start()
            orders.sleep_until(at)
        else:
            orders.doze_until(timetable.start_at - _PREPARATION_NANOSECONDS)
            meter.start()
            self._wait_for_start(engine, timetable.start_at)

    def _wait_for_start(self, engine: Engine, at: int) -> None:
        """Sleep until ``at``, to be served soon; the last stretch awake, where nobody else needs the core just then."""
        ask_for_short_slices()
        spin = self._alone and _a_core_is_free()
        engine.rehearse()
        self.orders.sleep_until(at - _SPIN_NANOSECONDS if spin else at)
        while time.monotonic_ns() < at and not self.orders.stopped:
            continue
        if not self.assignment.spec.has_rate:
            give_short_slices_back()

    def _result(
        self, started_at: int, finished_at: int, window_seconds: float, cpu: CpuUse, error: str
    ) -> WorkerResult:
        return WorkerResult(
            flow=self.assignment.spec.name,
            role=self.assignment.role,
            worker=self.assignment.worker,
            started_at_nanoseconds=started_at,
            finished_at_nanoseconds=finished_at,
            window_seconds=window_seconds,
            cpu=cpu,
            error=error,
        )


def _a_core_is_free() -> bool:
    """Whether fewer threads are runnable on this host than this process may use cores (proc(5), loadavg)."""
    if not hasattr(os, "sched_getaffinity"):
        return False
    with contextlib.suppress(OSError, ValueError, IndexError):
        running = int(_LOAD.read_text(encoding="ascii").split()[3].split("/")[0])
        return running < len(os.sched_getaffinity(0))
    return False
