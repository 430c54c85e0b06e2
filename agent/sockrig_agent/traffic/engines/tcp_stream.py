"""tcp-stream: blocks through one connection, as fast as they go or at a rate; bytes are counted at both ends.

The source sends, whoever connected: in reverse the connection comes from the destination.
"""

import socket
import time
from abc import ABC
from dataclasses import replace
from typing import Final

from sockrig_agent.traffic.capabilities import SENDFILE, TRUNCATING_RECEIVE
from sockrig_agent.traffic.ends import TcpConnector, TcpEnd, TcpListener
from sockrig_agent.traffic.engine import TICK_SECONDS, Assignment, Counters, Engines
from sockrig_agent.traffic.memory_file import CannotSendFileError, MemoryFile, Writability
from sockrig_agent.traffic.orders import Orders, Timetable
from sockrig_agent.traffic.patterns import Pacing, pacing_of
from sockrig_agent.traffic.payload import is_intact, number, seal
from sockrig_agent.traffic.transport import bound_waits, smooth
from sockrig_wire.kinds import STREAM_BLOCK_BYTES
from sockrig_wire.model.flows import ConstantPattern, TcpInfo, Verify, WorkerResult

_SMALLEST_BLOCK: Final = 512
_BLOCKS_PER_SECOND: Final = 200
"""How finely a rate in bit/s is dealt out where no size is given."""


def block_bytes(assignment: Assignment) -> int:
    """The block's size: as asked for, else large, else as small as an even rate needs."""
    rate = assignment.bits_per_second
    if assignment.spec.size_bytes or rate is None:
        return assignment.size_bytes
    return min(STREAM_BLOCK_BYTES, max(_SMALLEST_BLOCK, int(rate / 8 / _BLOCKS_PER_SECOND)))


class _Sending(TcpEnd, ABC):
    """Sends blocks."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._block = assignment.block(block_bytes(assignment))
        self._window_bytes = 0
        self._tcp_info: TcpInfo | None = None
        self._pacer: Pacing | None = None
        self._file: MemoryFile | None = None
        self.offloads = frozenset({SENDFILE} if self._sends_file() else ())

    def _sends_file(self) -> bool:
        """Whether blocks leave as a file: all alike, at full speed, and because it was asked for by name.

        A block that stays in the cache leaves faster by itself. Measured, file to block: 0.8 times over loopback with
        BBR, 1.0 with CUBIC at 1.3 times the CPU time, and 0.6 over a veth pair, where single pages make poor packets.
        """
        alike = self.spec.verify is Verify.NONE and pacing_of(self.assignment, len(self._block), 0, 1) is None
        return SENDFILE in self.spec.offloads and SENDFILE in self.offloads and alike

    def make_ready(self, timetable: Timetable) -> None:
        """Lay out when what is due, or what the kernel is to send by itself."""
        self._pacer = pacing_of(self.assignment, len(self._block), timetable.start_at, 1)
        if SENDFILE in self.offloads:
            self._file = MemoryFile(self._block)

    def run(self, timetable: Timetable) -> None:
        """Send until the window closes, then say that this was all."""
        if not self.meet(self.deadline(timetable)):
            return
        if self.assignment.bits_per_second is not None and self.spec.pattern == ConstantPattern():
            smooth(self.socket, self.assignment.bits_per_second)
        try:
            if self._file is not None:
                self._send_file(self._file, timetable)
            else:
                self._send(timetable)
        finally:
            self._tcp_info = self.connection()
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the connection and the file."""
        super().close()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _send_file(self, file: MemoryFile, timetable: Timetable) -> None:
        """Send blocks that are all alike out of the kernel's own memory."""
        try:
            self.socket.setblocking(False)
            self._send_all_of(file, Writability(self.socket), timetable)
        except CannotSendFileError:
            self.offloads = frozenset()
            bound_waits(self.socket, TICK_SECONDS)
            self._send(timetable)

    def _send_all_of(self, file: MemoryFile, room: Writability, timetable: Timetable) -> None:
        orders, counters, sock, clock = self.orders, self.counters, self.socket, time.monotonic_ns
        window_from, until, size = timetable.window_from, timetable.window_until, len(self._block)
        while clock() < until and not orders.stopped:
            try:
                sent = file.send(sock)
            except BlockingIOError:
                room.wait(TICK_SECONDS)
                continue
            counters.bytes += sent
            counters.packets = counters.bytes // size
            if window_from <= clock() < until:
                self._window_bytes += sent

    def _send(self, timetable: Timetable) -> None:
        orders, counters, send, clock = self.orders, self.counters, self.socket.send, time.monotonic_ns
        window_from, until = timetable.window_from, timetable.window_until
        block, verify = memoryview(self._block), self.spec.verify
        size, offset, blocks, pacer = len(block), 0, 0, self._pacer
        now = clock()
        while now < until and not orders.stopped:
            if offset == 0:
                if pacer is not None and not pacer.due(now):
                    orders.sleep_until(min(pacer.wait_until(), until))
                    now = clock()
                    continue
                if verify is not Verify.NONE:
                    number(block, blocks)
                    seal(block, verify)
            try:
                sent = send(block[offset:] if offset else block)
            except BlockingIOError:
                sent = 0
            now = clock()
            counters.bytes += sent
            if window_from <= now < until:
                self._window_bytes += sent
            offset += sent
            if offset == size:
                offset = 0
                blocks += 1
                counters.packets = blocks
                if pacer is not None:
                    pacer.sent(1)

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Bytes that the kernel took, and what it knows of the connection."""
        size = len(self._block)
        return replace(
            base,
            bytes=self._window_bytes,
            packets=self._window_bytes // size,
            total_bytes=self.counters.bytes,
            total_packets=self.counters.packets,
            tcp_info=self._tcp_info,
            rate_limited=self.kept_rate(self._window_bytes / size, size, base.window_seconds),
        )


class _Receiving(TcpEnd, ABC):
    """Receives, and counts or checks."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._size = block_bytes(assignment)
        self._window_bytes = 0
        self._corrupt_blocks = 0
        counts_only = self.spec.verify is Verify.NONE
        self.offloads &= frozenset({TRUNCATING_RECEIVE} if counts_only else ())

    def run(self, timetable: Timetable) -> None:
        """Receive until the source has sent all, or the time to wait for it is over."""
        if not self.meet(self.deadline(timetable)):
            return
        verify, size = self.spec.verify, self._size
        truncating = TRUNCATING_RECEIVE in self.offloads
        flags = socket.MSG_TRUNC if truncating else 0
        buffer = memoryview(bytearray(size if verify is not Verify.NONE else max(size, STREAM_BLOCK_BYTES)))
        orders, counters, receive, clock = self.orders, self.counters, self.socket.recv_into, time.monotonic_ns
        window_from, until, deadline = timetable.window_from, timetable.window_until, timetable.drain_until
        capacity, offset = len(buffer), 0
        while True:
            try:
                received = receive(buffer[offset:] if offset else buffer, capacity - offset, flags)
                if not received:
                    return
            except BlockingIOError:
                received = 0
            now = clock()
            counters.bytes += received
            if window_from <= now < until:
                self._window_bytes += received
            if verify is not Verify.NONE:
                offset += received
                if offset == size:
                    offset = 0
                    self._corrupt_blocks += not is_intact(buffer, verify)
            counters.packets = counters.bytes // size
            if now >= deadline or (orders.stopped and now >= self.deadline(timetable)):
                return

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Bytes that arrived."""
        return replace(
            base,
            bytes=self._window_bytes,
            packets=self._window_bytes // self._size,
            total_bytes=self.counters.bytes,
            total_packets=self.counters.packets,
            corrupt_blocks=None if self.spec.verify is Verify.NONE else self._corrupt_blocks,
        )


class Source(_Sending, TcpConnector):
    """Connects and sends."""


class Destination(_Receiving, TcpListener):
    """Listens and receives."""


class ListeningSource(_Sending, TcpListener):
    """Listens and sends."""


class ConnectingDestination(_Receiving, TcpConnector):
    """Connects and receives."""


ENGINES = Engines(Source, Destination, reverse=Engines(ListeningSource, ConnectingDestination))
