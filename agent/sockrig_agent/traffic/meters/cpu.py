"""Processor time of one thread, and the time it could have run but had no core.

The one meter that asks the operating system itself: user and system time from getrusage(2) with ``RUSAGE_THREAD``, the
wait for a core from ``/proc/thread-self/schedstat`` (Linux, Documentation/scheduler/sched-stats.rst: nanoseconds on a
core, nanoseconds on a run queue, time slices).
"""

import resource
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from sockrig_wire.model.flows import CpuUse

SCHEDSTAT = Path("/proc/thread-self/schedstat")


class ThreadCpuMeter:
    """Measures the calling thread from its making, or the last :meth:`start`, on; start and read in one thread.

    Args:
        schedstat: where the kernel tells about the thread; where it does not, the wait for a core counts as 0.
    """

    def __init__(self, schedstat: Path = SCHEDSTAT) -> None:
        self._schedstat = schedstat
        self._begin = self._now()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing to release."""

    def start(self) -> None:
        """Begin anew, within microseconds: the wait for a core takes longer to ask for, and counts from the making."""
        user, system = _cpu_seconds()
        self._begin = CpuUse(user, system, self._begin.waited_seconds, time.monotonic())

    def read(self) -> CpuUse:
        """What the thread used since the start."""
        begin, now = self._begin, self._now()
        return CpuUse(
            user_seconds=now.user_seconds - begin.user_seconds,
            system_seconds=now.system_seconds - begin.system_seconds,
            waited_seconds=now.waited_seconds - begin.waited_seconds,
            wall_seconds=now.wall_seconds - begin.wall_seconds,
        )

    def _now(self) -> CpuUse:
        user, system = _cpu_seconds()
        return CpuUse(user, system, _waited_seconds(self._schedstat), time.monotonic())


def _cpu_seconds() -> tuple[float, float]:
    """User and system time of the calling thread; all of it as user time where the system does not part them."""
    if hasattr(resource, "RUSAGE_THREAD"):
        use = resource.getrusage(resource.RUSAGE_THREAD)
        return use.ru_utime, use.ru_stime
    return time.thread_time(), 0.0


def _waited_seconds(schedstat: Path) -> float:
    """How long the calling thread has stood on a run queue; 0 where nothing tells."""
    try:
        _, waited_nanoseconds, _ = schedstat.read_text(encoding="ascii").split()
    except (OSError, ValueError):  # not there, or not of this form
        return 0.0
    return int(waited_nanoseconds) / 1e9
