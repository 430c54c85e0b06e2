"""udp-rr: a datagram out, the same datagram back.

Without a rate one request is under way at a time; one that is not answered within the drain time is lost, and the
next follows. With a rate requests leave on schedule, however many are under way; answers are matched by sequence
number, and round trips measured from the intended time (coordinated omission, HdrHistogram's notes). A request belongs
to the measured window by the time it was sent.
"""

import select
import socket
import struct
import time
from dataclasses import replace
from typing import Final

from sockrig_agent.traffic.ends import UdpDestination, UdpSource
from sockrig_agent.traffic.engine import TICK_SECONDS, Assignment, Counters, Engines
from sockrig_agent.traffic.hello import HELLO, say_farewell
from sockrig_agent.traffic.meters.histogram import HistogramRecorder
from sockrig_agent.traffic.orders import NANOSECONDS, Orders, Timetable
from sockrig_agent.traffic.patterns import Pacing, pacing_of
from sockrig_agent.traffic.payload import is_intact, seal
from sockrig_agent.traffic.transport import bound_waits, kernel_drops
from sockrig_wire.datagram import HEADER, HEADER_BYTES
from sockrig_wire.kinds import TOKEN_BYTES
from sockrig_wire.model.flows import Poll, Verify, WorkerResult

_LEAST_PATIENCE_SECONDS: Final = 0.01
"""An answer gets at least this long, also where the drain time is 0."""

_TICK_NANOSECONDS: Final = round(TICK_SECONDS * NANOSECONDS)
_LARGEST_DATAGRAM_BYTES: Final = 65_535
_NAME_BYTES: Final = 16
"""Token and number: what an answer has in common with its request alone."""
_MOVING: Final = struct.Struct("!QQ")
"""What differs from request to request: number and time, after the token (:mod:`sockrig_wire.datagram`)."""
_FLAGGED: Final = 0x80
"""The top bit of a number, in the first byte after the token."""


class Source(UdpSource):
    """Asks, and times the answers."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._request = memoryview(assignment.block(assignment.size_bytes))
        self._answer = memoryview(bytearray(_LARGEST_DATAGRAM_BYTES))
        self._asked, self._shown = self._request[:_NAME_BYTES], self._answer[:_NAME_BYTES]
        self._sealing = self.spec.verify is not Verify.NONE
        self._pacer: Pacing | None = None
        patience = max(self.spec.drain_seconds, _LEAST_PATIENCE_SECONDS)
        self._patience = round(patience * NANOSECONDS)
        self._round_trips = HistogramRecorder()
        self._window_packets = 0
        self._lost_packets = 0
        self._corrupt_blocks = 0
        self.offloads = frozenset()

    def prepare(self) -> None:
        """Exchange a hello."""
        super().prepare()
        HEADER.pack_into(self._request, 0, self.peer.token, 0, 0)
        bound_waits(self.socket, min(TICK_SECONDS, self._patience / NANOSECONDS))

    def make_ready(self, timetable: Timetable) -> None:
        """Lay out when what is due."""
        self._pacer = pacing_of(self.assignment, self.assignment.size_bytes, timetable.start_at, 1)

    def run(self, timetable: Timetable) -> None:
        """Ask until the window closes, wait for the last answers, and say that this was all."""
        try:
            if self._pacer is None:
                self._run_closed(timetable)
            else:
                self._run_open(timetable, self._pacer)
        finally:
            say_farewell(self.socket, self.peer.token, self.counters.packets, timetable.drain_until + _TICK_NANOSECONDS)

    def _run_closed(self, timetable: Timetable) -> None:
        """One request under way at a time."""
        clock, orders, patience, record = time.monotonic_ns, self.orders, self._patience, self._round_trips.record_one
        counters, window_from, until = self.counters, timetable.window_from, timetable.window_until
        while (sent_at := clock()) < until and not orders.stopped:
            if not self._ask(counters.packets, sent_at, timetable):
                continue
            answered_at = self._await(sent_at + patience)
            if answered_at is not None:
                counters.transactions += 1
                if window_from <= sent_at:
                    record(answered_at - sent_at)
            elif not orders.stopped:
                self._lost_packets += timetable.measures(sent_at)

    def _await(self, until: int) -> int | None:
        """When the answer to the last request came; None where it did not before ``until``, or before a stop."""
        receive, answer, clock = self.receive, self._answer, time.monotonic_ns
        while True:
            try:
                length = receive(answer)
            except (BlockingIOError, ConnectionRefusedError):
                length = 0
            now = clock()
            if length >= HEADER_BYTES and self._shown == self._asked:
                self._verify(length)
                return now
            if now >= until or self.orders.stopped:
                return None

    def _run_open(self, timetable: Timetable, pacer: Pacing) -> None:
        """Every request at its time; under way are (number: intended and real time of sending), oldest first."""
        clock, orders = time.monotonic_ns, self.orders
        under_way: dict[int, tuple[int, int]] = {}
        while not orders.stopped:
            now = clock()
            sending = now < timetable.window_until
            while sending and pacer.due(now):
                sequence, intended, sent_at = self.counters.packets, pacer.wait_until(), clock()
                if not self._ask(sequence, sent_at, timetable):
                    break
                pacer.sent(1)
                under_way[sequence] = intended, sent_at
                self._collect(under_way, timetable)
            self._give_up(under_way, now, timetable)
            if not sending and not under_way:
                return
            wake_at = min(now + _TICK_NANOSECONDS, pacer.wait_until() if sending else timetable.drain_until)
            if under_way:
                wake_at = min(wake_at, next(iter(under_way.values()))[1] + self._patience)
            if self.spec.poll is Poll.BLOCKING:
                select.select([self.socket], [], [], max(0, wake_at - clock()) / NANOSECONDS)
            self._collect(under_way, timetable)

    def _collect(self, under_way: dict[int, tuple[int, int]], timetable: Timetable) -> None:
        """Take all answers that are there."""
        while (answer := self._receive_any()) is not None:
            now = time.monotonic_ns()
            if times := under_way.pop(answer, None):
                intended, sent_at = times
                self.counters.transactions += 1
                if timetable.measures(sent_at):
                    self._round_trips.record_one(now - intended)

    def _give_up(self, under_way: dict[int, tuple[int, int]], now: int, timetable: Timetable) -> None:
        """Count as lost what is under way for too long."""
        while under_way:
            sequence, (_, sent_at) = next(iter(under_way.items()))
            if now - sent_at < self._patience:
                return
            del under_way[sequence]
            self._lost_packets += timetable.measures(sent_at)

    def _ask(self, sequence: int, sent_at: int, timetable: Timetable) -> bool:
        """Send a request; False where the kernel did not take it."""
        request = self._request
        _MOVING.pack_into(request, TOKEN_BYTES, sequence, sent_at)
        if self._sealing:
            seal(request, self.spec.verify)
        try:
            self.socket.send(request)
        except (BlockingIOError, ConnectionRefusedError):
            return False
        self.counters.packets += 1
        self.counters.bytes += len(request)
        if timetable.window_from <= sent_at:
            self._window_packets += 1
        return True

    def _receive_any(self) -> int | None:
        """The sequence number of an answer that is there; None where there is none, and for strangers -1."""
        try:
            length = self.socket.recv_into(self._answer, 0, socket.MSG_DONTWAIT)
        except (BlockingIOError, ConnectionRefusedError):
            return None
        if length < HEADER_BYTES:
            return -1
        token, sequence, _ = HEADER.unpack_from(self._answer)
        if token != self.peer.token:
            return -1
        self._verify(length)
        return int(sequence)

    def _verify(self, length: int) -> None:
        """Check an answer of that length."""
        if self._sealing:
            self._corrupt_blocks += not is_intact(self._answer[:length], self.spec.verify)

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Requests, those that were answered, and their round trips."""
        size = self.assignment.size_bytes
        return replace(
            base,
            bytes=self._window_packets * size,
            packets=self._window_packets,
            total_bytes=self.counters.bytes,
            total_packets=self.counters.packets,
            transactions=self._round_trips.count,
            lost_packets=self._lost_packets,
            corrupt_blocks=None if self.spec.verify is Verify.NONE else self._corrupt_blocks,
            histograms=(self._round_trips.snapshot("round_trip"),),
            rate_limited=self.kept_rate(self._window_packets, size, base.window_seconds),
            clock="monotonic",
        )


class Destination(UdpDestination):
    """Sends back every datagram that shows the token, to the first that showed it, and not a byte more than came."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._buffer = memoryview(bytearray(_LARGEST_DATAGRAM_BYTES))
        self._window_packets = 0
        self._window_bytes = 0
        self._kernel_drops: int | None = None
        self.offloads = frozenset()

    def run(self, timetable: Timetable) -> None:
        """Answer until the source says that this was all, or the time to wait for it is over."""
        buffer, receive, send, clock = self._buffer, self.receive, self.socket.send, time.monotonic_ns
        counters, orders = self.counters, self.orders
        token, shown = self.token.to_bytes(TOKEN_BYTES, "big"), self._buffer[:TOKEN_BYTES]
        offset, window_from, until = timetable.peer_clock_offset, timetable.window_from, timetable.window_until
        length = self._meet(token, timetable)
        while True:
            if length >= HEADER_BYTES and shown == token:
                if buffer[TOKEN_BYTES] & _FLAGGED and HEADER.unpack_from(buffer)[1] != HELLO:
                    break
                try:  # noqa: SIM105 - a context manager takes longer than the rest of the loop's Python
                    send(buffer[:length])
                except OSError:  # no way back, or no room: the answer is lost
                    pass
                _, sequence, stamp = HEADER.unpack_from(buffer)
                if sequence != HELLO:
                    counters.transactions += 1
                    counters.packets += 1
                    counters.bytes += length
                    if window_from <= stamp + offset < until:
                        self._window_packets += 1
                        self._window_bytes += length
            now = clock()
            if now >= timetable.drain_until or (orders.stopped and now >= self.deadline(timetable)):
                break
            try:
                length = receive(buffer)
            except (BlockingIOError, ConnectionRefusedError):
                length = 0
        self._kernel_drops = kernel_drops(self.socket)

    def _meet(self, token: bytes, timetable: Timetable) -> int:
        """Wait for the first datagram that shows the token, and connect to whoever sent it; its length, 0 for none.

        With a connected socket the kernel need not look for the way with each answer.
        """
        while True:
            try:
                length, sender = self.socket.recvfrom_into(self._buffer)
            except BlockingIOError:
                length = 0
            if length >= HEADER_BYTES and self._buffer[:TOKEN_BYTES] == token:
                self.socket.connect(sender)
                return length
            if time.monotonic_ns() >= self.deadline(timetable):
                return 0

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Requests that came, and were answered."""
        return replace(
            base,
            bytes=self._window_bytes,
            packets=self._window_packets,
            total_bytes=self.counters.bytes,
            total_packets=self.counters.packets,
            transactions=self._window_packets,
            kernel_drops=self._kernel_drops,
        )


ENGINES = Engines(Source, Destination)
