"""Turns a worker's counters into samples, interval by interval; pure: the time is an argument."""

from collections.abc import Callable
from dataclasses import replace

from sockrig_agent.traffic.engine import Assignment, Counters
from sockrig_agent.traffic.orders import NANOSECONDS, Timetable
from sockrig_wire.model.flows import Sample, TcpInfo


class Sampler:
    """Samples one worker.

    Intervals are counted from the flow's own start, on absolute times, so that a late reading does not move the next.
    ``connection`` tells what the kernel knows of the worker's connection.
    """

    def __init__(
        self,
        assignment: Assignment,
        counters: Counters,
        timetable: Timetable,
        connection: Callable[[], TcpInfo | None] = lambda: None,
    ) -> None:
        self._assignment = assignment
        self._connection = connection
        self._counters = counters
        self._start = timetable.start_at
        self._until = timetable.window_until
        self._interval = round(assignment.spec.interval_seconds * NANOSECONDS)
        self._last_at = timetable.start_at
        self._last = replace(counters)
        self._finished = False

    def wait_until(self) -> int | None:
        """When the next interval ends; None when none is left."""
        passed = (self._last_at - self._start) // self._interval
        at = self._start + (passed + 1) * self._interval
        return None if self._finished or at > self._until else at

    def take(self, now: int) -> Sample | None:
        """What the worker did since the last reading, if an interval has ended by ``now``."""
        at = self.wait_until()
        return self._read(now) if at is not None and at <= now else None

    def finish(self, now: int) -> Sample | None:
        """What the worker did since the last interval, if it did anything; no more are to come."""
        idle = self._counters == self._last
        self._finished = True
        return None if idle or now <= self._last_at else self._read(now)

    def _read(self, now: int) -> Sample:
        before, counters = self._last, replace(self._counters)
        sample = Sample(
            flow=self._assignment.spec.name,
            role=self._assignment.role,
            worker=self._assignment.worker,
            at_seconds=(now - self._start) / NANOSECONDS,
            interval_seconds=(now - self._last_at) / NANOSECONDS,
            bytes=counters.bytes - before.bytes,
            packets=counters.packets - before.packets,
            transactions=counters.transactions - before.transactions,
            connections=counters.connections - before.connections,
            tcp_info=self._connection(),
        )
        self._last, self._last_at = counters, now
        return sample
