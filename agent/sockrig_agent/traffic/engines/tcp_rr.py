"""tcp-rr: a request, an answer of the same bytes, the next request, through one connection.

Without a rate the next request follows the answer. With one, each request has an intended time, and its round trip is
measured from there: a request that had to wait for the answer before it counts its wait, so that a slow answer is not
hidden by the requests that it held back (coordinated omission, HdrHistogram's notes).
"""

import time
from dataclasses import replace

from sockrig_agent.traffic.ends import TcpConnector, TcpListener
from sockrig_agent.traffic.engine import Assignment, Counters, Engines
from sockrig_agent.traffic.meters.histogram import HistogramRecorder
from sockrig_agent.traffic.orders import Orders, Timetable
from sockrig_agent.traffic.patterns import pacing_of
from sockrig_agent.traffic.payload import filled, is_intact, number, seal
from sockrig_agent.traffic.tcp_info import read_tcp_info
from sockrig_wire.model.flows import TcpInfo, Verify, WorkerResult


class Source(TcpConnector):
    """Asks, and times the answers."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._request = memoryview(filled(assignment.size_bytes))
        self._answer = memoryview(bytearray(assignment.size_bytes))
        self._round_trips = HistogramRecorder()
        self._corrupt_blocks = 0
        self._tcp_info: TcpInfo | None = None
        self.offloads = frozenset()

    def run(self, timetable: Timetable) -> None:
        """Ask until the window closes."""
        try:
            self._ask(timetable)
        finally:
            self._tcp_info = read_tcp_info(self.socket)

    def _ask(self, timetable: Timetable) -> None:
        counters, orders, clock = self.counters, self.orders, time.monotonic_ns
        window_from, until, deadline = timetable.window_from, timetable.window_until, timetable.drain_until
        verify, size, record = self.spec.verify, len(self._request), self._round_trips.record_one
        pacer = pacing_of(self.assignment, size, timetable.start_at, 1)
        while (intended := clock()) < until and not orders.stopped:
            if pacer is not None:
                if not pacer.due(intended):
                    orders.sleep_until(min(pacer.wait_until(), until))
                    continue
                intended = pacer.wait_until()
                pacer.sent(1)
            if verify is not Verify.NONE:
                number(self._request, counters.transactions)
                seal(self._request, verify)
            if not self._exchange(deadline):
                break
            answered = clock()
            counters.transactions += 1
            counters.packets += 1
            counters.bytes += size
            if verify is not Verify.NONE:
                self._corrupt_blocks += not is_intact(self._answer, verify)
            if window_from <= intended < until:
                record(answered - intended)

    def _exchange(self, deadline: int) -> bool:
        """One request and its answer; False where it was given up, for a stop or the deadline.

        Raises:
            ConnectionResetError: the destination has gone.
        """
        sock, request, answer, size = self.socket, self._request, self._answer, len(self._request)
        sent = answered = 0
        while answered < size:
            try:
                while sent < size:
                    sent += sock.send(request[sent:] if sent else request)
                received = sock.recv_into(answer[answered:] if answered else answer)
            except BlockingIOError:
                if self.orders.stopped or time.monotonic_ns() >= deadline:
                    return False
                continue
            if not received:
                raise ConnectionResetError("the destination closed the connection")
            answered += received
        return True

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Answered requests and their round trips."""
        size, transactions = self.assignment.size_bytes, self._round_trips.count
        return replace(
            base,
            bytes=transactions * size,
            packets=transactions,
            total_bytes=self.counters.bytes,
            total_packets=self.counters.packets,
            transactions=transactions,
            corrupt_blocks=None if self.spec.verify is Verify.NONE else self._corrupt_blocks,
            histograms=(self._round_trips.snapshot("round_trip"),),
            tcp_info=self._tcp_info,
            rate_limited=self.kept_rate(transactions, size, base.window_seconds),
            clock="monotonic",
        )


class Destination(TcpListener):
    """Answers each request with its own bytes."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._message = memoryview(bytearray(assignment.size_bytes))
        self._window_transactions = 0
        self.offloads = frozenset()

    def run(self, timetable: Timetable) -> None:
        """Answer until the source has closed, or the time to wait for it is over."""
        if not self.admit(self.deadline(timetable)):
            return
        self.admission.close()
        counters, clock = self.counters, time.monotonic_ns
        window_from, until, size = timetable.window_from, timetable.window_until, len(self._message)
        while self._answer_one(timetable):
            counters.transactions += 1
            counters.packets += 1
            counters.bytes += size
            if window_from <= clock() < until:
                self._window_transactions += 1

    def _answer_one(self, timetable: Timetable) -> bool:
        """One request and its answer; False at the end."""
        sock, message, size = self.socket, self._message, len(self._message)
        received = sent = 0
        while sent < size:
            try:
                while received < size:
                    count = self.receive(message[received:] if received else message)
                    if not count:
                        return False
                    received += count
                sent += sock.send(message[sent:] if sent else message)
            except BlockingIOError:
                if time.monotonic_ns() >= self.deadline(timetable):
                    return False
        return True

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


ENGINES = Engines(Source, Destination)
