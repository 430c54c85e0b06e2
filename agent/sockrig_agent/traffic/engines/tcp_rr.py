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
from sockrig_agent.traffic.patterns import Pacing, pacing_of
from sockrig_agent.traffic.payload import is_intact, number, seal
from sockrig_wire.model.flows import TcpInfo, Verify, WorkerResult


class Source(TcpConnector):
    """Asks, and times the answers."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._request = memoryview(assignment.block(assignment.size_bytes))
        self._answer = memoryview(bytearray(assignment.size_bytes))
        self._round_trips = HistogramRecorder()
        self._corrupt_blocks = 0
        self._tcp_info: TcpInfo | None = None
        self._pacer: Pacing | None = None
        self.offloads = frozenset()

    def make_ready(self, timetable: Timetable) -> None:
        """Lay out when what is due."""
        self._pacer = pacing_of(self.assignment, len(self._request), timetable.start_at, 1)

    def run(self, timetable: Timetable) -> None:
        """Ask until the window closes."""
        try:
            self._ask(timetable)
        finally:
            self._tcp_info = self.connection()

    def _ask(self, timetable: Timetable) -> None:
        counters, orders, clock, record = self.counters, self.orders, time.monotonic_ns, self._round_trips.record_one
        window_from, until = timetable.window_from, timetable.window_until
        send, receive, request, answer = self.socket.send, self.receive, self._request, self._answer
        verify, sealing, size = self.spec.verify, self.spec.verify is not Verify.NONE, len(request)
        pacer = self._pacer
        while (intended := clock()) < until and not orders.stopped:
            if pacer is not None:
                if not pacer.due(intended):
                    orders.sleep_until(min(pacer.wait_until(), until))
                    continue
                intended = pacer.wait_until()
                pacer.sent(1)
            if sealing:
                number(request, counters.transactions)
                seal(request, verify)
            sent = received = 0
            try:
                sent = send(request)
                received = receive(answer) if sent == size else 0
            except BlockingIOError:
                pass
            if received < size and not self._finish(sent, received, timetable.drain_until):
                break
            answered = clock()
            counters.transactions += 1
            counters.packets += 1
            counters.bytes += size
            if sealing:
                self._corrupt_blocks += not is_intact(answer, verify)
            if window_from <= intended < until:
                record(answered - intended)

    def _finish(self, sent: int, received: int, deadline: int) -> bool:
        """What is left of a request and its answer; False where it was given up, for a stop or the deadline.

        Raises:
            ConnectionResetError: the destination has gone.
        """
        request, answer, size = self._request, self._answer, len(self._request)
        while received < size:
            try:
                while sent < size:
                    sent += self.socket.send(request[sent:])
                count = self.receive(answer[received:])
            except BlockingIOError:
                if self.orders.stopped or time.monotonic_ns() >= deadline:
                    return False
                continue
            if not count:
                raise ConnectionResetError("the destination closed the connection")
            received += count
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
        counters, clock, window_from, until = (
            self.counters,
            time.monotonic_ns,
            timetable.window_from,
            timetable.window_until,
        )
        send, receive, message, size = self.socket.send, self.receive, self._message, len(self._message)
        while True:
            received = sent = 0
            try:
                received = receive(message)
                sent = send(message) if received == size else 0
            except BlockingIOError:
                pass
            if sent < size and not self._finish(received, sent, timetable):
                return
            counters.transactions += 1
            counters.packets += 1
            counters.bytes += size
            if window_from <= clock() < until:
                self._window_transactions += 1

    def _finish(self, received: int, sent: int, timetable: Timetable) -> bool:
        """What is left of a request and its answer; False at the end."""
        message, size = self._message, len(self._message)
        while sent < size:
            try:
                while received < size:
                    count = self.receive(message[received:])
                    if not count:
                        return False
                    received += count
                sent += self.socket.send(message[sent:])
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
