"""tcp-connect: connect, show the token and get it back, close; as often as it goes, or at a rate.

The connection over which a source was admitted stays open for as long as the flow lasts: its end tells the destination
that no more are to come. The others are ended with a reset after their exchange, so that neither host keeps ports in
TIME_WAIT.
"""

import contextlib
import socket
import time
from dataclasses import replace
from typing import Final

from sockrig_agent.traffic.ends import TcpConnector, TcpListener
from sockrig_agent.traffic.engine import TICK_SECONDS, Assignment, Counters, Engines
from sockrig_agent.traffic.meters.histogram import HistogramRecorder
from sockrig_agent.traffic.orders import Orders, Timetable
from sockrig_agent.traffic.patterns import Pacing, pacing_of
from sockrig_agent.traffic.socket_options import open_socket
from sockrig_agent.traffic.transport import SocketAddress, bind_source, bound_waits, reset_on_close, resolve
from sockrig_wire.kinds import TOKEN_BYTES
from sockrig_wire.model.flows import WorkerResult

_PATIENCE_SECONDS: Final = 1.0
"""How long one connection may take; the first retransmission of a SYN comes after 1 s (RFC 6298 section 2)."""

_AFTER_FAILURE_NANOSECONDS: Final = 1_000_000
"""A pause, so that a closed port does not turn into a busy loop."""


class Source(TcpConnector):
    """Connects."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._connect_times = HistogramRecorder()
        self._failed_connections = 0
        self._pacer: Pacing | None = None
        self.offloads = frozenset()

    def make_ready(self, timetable: Timetable) -> None:
        """Lay out when what is due."""
        self._pacer = pacing_of(self.assignment, TOKEN_BYTES, timetable.start_at, 1)

    def run(self, timetable: Timetable) -> None:
        """Connect until the window closes, then say that this was all."""
        orders, counters, clock = self.orders, self.counters, time.monotonic_ns
        peer, family = self.peer, self.spec.family
        address, bind_host = resolve(peer.host, peer.port, family, socket.SOCK_STREAM), self.assignment.bind_host
        leave_from = resolve(bind_host, 0, family, socket.SOCK_STREAM) if bind_host else None
        pacer = self._pacer
        while (intended := clock()) < timetable.window_until and not orders.stopped:
            if pacer is not None:
                if not pacer.due(intended):
                    orders.sleep_until(min(pacer.wait_until(), timetable.window_until))
                    continue
                intended = pacer.wait_until()
                pacer.sent(1)
            try:
                connected_at = self._connect_once(address, leave_from)
            except OSError:
                self._failed_connections += timetable.measures(intended)
                orders.sleep_until(clock() + _AFTER_FAILURE_NANOSECONDS)
                continue
            counters.connections += 1
            counters.transactions += 1
            counters.bytes += TOKEN_BYTES
            if timetable.measures(intended):
                self._connect_times.record_one(connected_at - intended)
        with contextlib.suppress(OSError):  # the destination has already ended
            self.socket.shutdown(socket.SHUT_WR)

    def _connect_once(self, address: SocketAddress, leave_from: SocketAddress | None) -> int:
        """One connection and its exchange; when it was connected.

        Raises:
            OSError: it was refused, broke, or took too long.
        """
        token = self.peer.token.to_bytes(TOKEN_BYTES, "big")
        with open_socket(self.spec.family, socket.SOCK_STREAM, self.spec.socket_options) as connection:
            if leave_from is not None:
                bind_source(connection, leave_from)
            bound_waits(connection, _PATIENCE_SECONDS)
            reset_on_close(connection)
            connection.connect(address)
            connected_at = time.monotonic_ns()
            connection.send(token)
            if connection.recv(TOKEN_BYTES, socket.MSG_WAITALL) != token:
                raise ConnectionResetError("the destination closed the connection")
            return connected_at

    def connection(self) -> None:
        """None: each exchange has one of its own, and the one that stays open carries nothing."""

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Connections that were made and exchanged something, and how long connecting took."""
        connections = self._connect_times.count
        return replace(
            base,
            bytes=connections * TOKEN_BYTES,
            total_bytes=self.counters.bytes,
            transactions=connections,
            connections=connections,
            failed_connections=self._failed_connections,
            histograms=(self._connect_times.snapshot("connect_time"),),
            rate_limited=self.kept_rate(connections, TOKEN_BYTES, base.window_seconds),
            clock="monotonic",
        )


class Destination(TcpListener):
    """Accepts, gives the token back, closes."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._window_connections = 0
        self.offloads = frozenset()

    def run(self, timetable: Timetable) -> None:
        """Accept until the source says that this was all, or the time to wait for it is over."""
        if not self.admit(self.deadline(timetable)):
            return
        admission, counters, clock = self.admission, self.counters, time.monotonic_ns
        admission.watch(self.socket)
        while True:
            connection = admission.wait(TICK_SECONDS)
            now = clock()
            if connection is not None:
                connection.close()
                counters.connections += 1
                counters.transactions += 1
                counters.bytes += TOKEN_BYTES
                self._window_connections += timetable.measures(now)
            elif self._source_has_ended():
                return
            if now >= self.deadline(timetable):
                return

    def _source_has_ended(self) -> bool:
        try:
            return not self.socket.recv(1, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Connections that showed the token."""
        connections = self._window_connections
        return replace(
            base,
            bytes=connections * TOKEN_BYTES,
            total_bytes=self.counters.bytes,
            transactions=connections,
            connections=connections,
        )


ENGINES = Engines(Source, Destination)
