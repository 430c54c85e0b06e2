"""tcp-hold: many connections, held open in one event loop, and a request over one of them at a time.

All are opened before the start. Requests leave at the flow's rate, open loop, over the connections in turn; without a
rate so that each is asked once a second. One that finds no idle connection waits, and keeps the time at which it was
meant to leave: its round trip is measured from there, so that slow answers do not hide what they held back (coordinated
omission, HdrHistogram's notes). One that has still found none when the window closes was never asked.

A connection that breaks is not opened again. A request over it is lost, and so is one that has no answer at the end of
the drain time; a connection that leaves a request without an answer is no longer held, whatever the kernels of its two
hosts believe: somebody between them has forgotten it.
"""

import time
from collections import deque
from dataclasses import replace
from typing import Final

from sockrig_agent.traffic.descriptors import make_room
from sockrig_agent.traffic.ends import TcpListener
from sockrig_agent.traffic.engine import Assignment, Counters, Engine, Engines
from sockrig_agent.traffic.held_lines import HeldLines, Line
from sockrig_agent.traffic.kinds import connections_of
from sockrig_agent.traffic.meters.histogram import HistogramRecorder
from sockrig_agent.traffic.opening import open_connections
from sockrig_agent.traffic.orders import Orders, Timetable
from sockrig_agent.traffic.patterns import Pacing, pacing_of
from sockrig_agent.traffic.payload import is_intact, number, seal
from sockrig_wire.model.flows import FlowSpec, Mode, Verify, WorkerEndpoint, WorkerResult

_SPARE_DESCRIPTORS: Final = 192
"""Of each worker beside its connections: strangers before its door (:mod:`..admission`), and what a process has."""

_MOST_ASKED: Final = 64
"""Requests in a row, before answers have their turn."""

_CHUNK_BYTES: Final = 64 * 1024


class Source(Engine):
    """Opens, holds, asks over all in turn, and times the answers."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._request = memoryview(assignment.block(assignment.size_bytes))
        self._sealing = self.spec.verify is not Verify.NONE
        self._lines = HeldLines(orders)
        self._idle: deque[Line] = deque()
        """The one that has been idle for longest first; some of them may have broken meanwhile."""
        self._under_way = 0
        self._pacer: Pacing | None = None
        self._connect_times = HistogramRecorder()
        self._round_trips = HistogramRecorder()
        self._window_packets = 0
        self._lost_packets = 0
        self._corrupt_blocks = 0
        self._failed_connections = 0
        self._held_connections: int | None = None
        self.offloads = frozenset()

    def prepare(self) -> None:
        """Open the connections."""
        _make_room(self.spec)
        opened = open_connections(self.assignment, self.peer, connections_of(self.spec), self.orders)
        for connection, nanoseconds in zip(opened.connections, opened.connect_nanoseconds, strict=True):
            self._idle.append(self._lines.add(connection))
            self._connect_times.record_one(nanoseconds)
        self._failed_connections = opened.failed

    def make_ready(self, timetable: Timetable) -> None:
        """Lay out when what is due."""
        if not self.spec.has_rate:
            once_a_second = float(max(1, len(self._lines)) * self.spec.workers)
            self.assignment = replace(self.assignment, spec=replace(self.spec, rate_packets_per_second=once_a_second))
        self._pacer = pacing_of(self.assignment, len(self._request), timetable.start_at, 1)

    def run(self, timetable: Timetable) -> None:
        """Ask until the window closes, and wait for the last answers."""
        clock, orders, pacer = time.monotonic_ns, self.orders, self._pacer
        assert pacer is not None
        while (now := clock()) < timetable.window_until and not orders.stopped:
            self._ask_what_is_due(pacer, now, timetable)
            wake_at = pacer.wait_until() if self._idle else timetable.window_until
            self._take_answers(min(wake_at, timetable.window_until), timetable)
        self._take_answers(clock(), timetable)
        self._held_connections = len(self._lines)
        while self._under_way and clock() < timetable.drain_until and not orders.stopped:
            self._take_answers(timetable.drain_until, timetable)
        if not orders.stopped:
            for line in self._lines.under_way():
                self._lose(line, timetable)

    def _ask_what_is_due(self, pacer: Pacing, now: int, timetable: Timetable) -> None:
        for _ in range(_MOST_ASKED):
            if not pacer.due(now) or (line := self._next_idle()) is None:
                return
            intended = pacer.wait_until()
            pacer.sent(1)
            self._ask(line, intended, timetable)

    def _next_idle(self) -> Line | None:
        while self._idle:
            line = self._idle.popleft()
            if line in self._lines:
                return line
        return None

    def _ask(self, line: Line, intended: int, timetable: Timetable) -> None:
        request, counters = self._request, self.counters
        if self._sealing:
            number(request, counters.packets)
            seal(request, self.spec.verify)
        line.intended = intended
        self._under_way += 1
        self._window_packets += timetable.measures(intended)
        counters.packets += 1
        counters.bytes += len(request)
        try:
            self._lines.send(line, request)
        except OSError:
            self._lose(line, timetable)

    def _take_answers(self, until: int, timetable: Timetable) -> None:
        """Take all that are there, or the first that come before ``until``."""
        size = len(self._request)
        for line in self._lines.ready(until):
            try:
                answer = line.answer + line.receive(size - len(line.answer))
            except OSError:
                self._lose(line, timetable)
                continue
            if line.intended is None and answer:
                self._lose(line, timetable)  # nobody has asked: whoever this is, it is not our destination
            elif line.intended is not None and len(answer) == size:
                self._answered(line, line.intended, answer, timetable)
            else:
                line.answer = answer

    def _answered(self, line: Line, intended: int, answer: bytes, timetable: Timetable) -> None:
        now = time.monotonic_ns()
        self._end_request(line)
        self._idle.append(line)
        self.counters.transactions += 1
        if self._sealing:
            self._corrupt_blocks += not is_intact(memoryview(answer), self.spec.verify)
        if timetable.measures(intended):
            self._round_trips.record_one(now - intended)

    def _lose(self, line: Line, timetable: Timetable) -> None:
        """Let go of a connection that broke or does not answer, and of the request over it."""
        self._lines.drop(line)
        if line.intended is not None:
            self._lost_packets += timetable.measures(line.intended)
            self._end_request(line)
            if self._held_connections is not None:  # the window is over: this is what became of it since
                self._held_connections -= 1

    def _end_request(self, line: Line) -> None:
        line.intended, line.answer = None, b""
        self._under_way -= 1

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Connections that were opened and held, requests, those that were answered, and all their times."""
        size = self.assignment.size_bytes
        return replace(
            base,
            bytes=self._window_packets * size,
            packets=self._window_packets,
            total_bytes=self.counters.bytes,
            total_packets=self.counters.packets,
            transactions=self._round_trips.count,
            lost_packets=self._lost_packets,
            corrupt_blocks=self._corrupt_blocks if self._sealing else None,
            connections=self._connect_times.count,
            failed_connections=self._failed_connections,
            held_connections=self._held_connections,
            histograms=(self._connect_times.snapshot("connect_time"), self._round_trips.snapshot("round_trip")),
            rate_limited=self.kept_rate(self._window_packets, size, base.window_seconds),
            clock="monotonic",
        )

    def close(self) -> None:
        """Close all connections."""
        self._lines.close()


class Destination(TcpListener):
    """Holds whoever shows the token until the start, and gives back what comes."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._most = connections_of(self.spec)
        self._lines = HeldLines(orders)
        self._window_transactions = 0
        self.offloads = frozenset()

    def prepare(self) -> WorkerEndpoint:
        """Listen."""
        _make_room(self.spec)
        return super().prepare()

    def attend(self) -> None:
        """Let in all connections while there is no start order."""
        while self.orders.start is None and not self.orders.stopped:
            self._let_in(timeout_seconds=60)
            self.orders.wait(0)

    def run(self, timetable: Timetable) -> None:
        """Close the door, and answer until the source has closed all, or the time to wait for it is over."""
        while self._let_in(timeout_seconds=0):
            continue
        self.admission.close()
        while self._lines and time.monotonic_ns() < (deadline := self.deadline(timetable)):
            for line in self._lines.ready(deadline):
                try:
                    self._answer(line, timetable)
                except OSError:
                    self._lines.drop(line)

    def _let_in(self, timeout_seconds: float) -> bool:
        """Wait for the next connection; whether one came. One more than there are to be is closed."""
        connection = self.admission.wait(timeout_seconds)
        if connection is None:
            return False
        if len(self._lines) < self._most:
            self._lines.add(connection)
        else:
            connection.close()
        return True

    def _answer(self, line: Line, timetable: Timetable) -> None:
        """Give back what has come; of a request that comes in pieces piece by piece, so that none needs a buffer."""
        data = line.receive(_CHUNK_BYTES)
        now = time.monotonic_ns()
        if data:
            self._lines.send(line, data)
        requests, line.received = divmod(line.received + len(data), self.assignment.size_bytes)
        counters = self.counters
        counters.transactions += requests
        counters.packets += requests
        counters.bytes += requests * self.assignment.size_bytes
        if timetable.measures(now):
            self._window_transactions += requests

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Answers given."""
        return replace(
            base,
            bytes=self._window_transactions * self.assignment.size_bytes,
            packets=self._window_transactions,
            total_bytes=self.counters.bytes,
            total_packets=self.counters.packets,
            transactions=self._window_transactions,
        )

    def close(self) -> None:
        """Close the door and all connections."""
        super().close()
        self._lines.close()


def _make_room(spec: FlowSpec) -> None:
    """For all workers that share this process."""
    workers = spec.workers if spec.mode is Mode.CONCURRENT else 1
    make_room(workers * (connections_of(spec) + _SPARE_DESCRIPTORS))


ENGINES = Engines(Source, Destination)
