"""udp-stream: numbered and stamped datagrams in one direction; losses, order, delay and jitter are judged on arrival.

A datagram belongs to the measured window by the time it was sent, at both ends: the same stamps, compared with the
same bounds, so that what one end counts and the other does not was lost.
"""

import time
from dataclasses import replace
from typing import Final

from sockrig_agent.traffic.capabilities import GSO, KERNEL_TIMESTAMPS
from sockrig_agent.traffic.datagrams import DatagramReceiver, DatagramSender
from sockrig_agent.traffic.ends import UdpDestination, UdpSource
from sockrig_agent.traffic.engine import Assignment, Counters, Engines
from sockrig_agent.traffic.hello import say_farewell
from sockrig_agent.traffic.meters.stream import StreamMeter
from sockrig_agent.traffic.mixed_datagrams import MixedDatagramSender
from sockrig_agent.traffic.orders import Orders, Timetable
from sockrig_agent.traffic.patterns import Pacing, pacing_of
from sockrig_agent.traffic.sizes import SizeDraw, mean_bytes
from sockrig_agent.traffic.transport import kernel_drops
from sockrig_wire.model.flows import Verify, WorkerEndpoint, WorkerResult

_SEGMENTING_RATE: Final = 50_000.0
"""Packets per second from which on segmentation pays: below it, no two leave at the same time anyway."""


_REHEARSALS: Final = 16
"""Measured with 8 sources on 2 cores: they start within 0.85 times the time that they need without."""


class Source(UdpSource):
    """Sends datagrams, as fast as they go or each at its time."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._mean_bytes = mean_bytes(self.spec.sizes) if self.spec.sizes else assignment.size_bytes
        self._rate = assignment.packets_per_second(self._mean_bytes)
        self._window_packets = 0
        self._window_bytes = 0
        self._sender: DatagramSender | MixedDatagramSender | None = None
        self._pacer: Pacing | None = None

    def prepare(self) -> None:
        """Exchange a hello, and lay out the batch."""
        super().prepare()
        self._sender = self._mixed_sender() if self.spec.sizes else self._plain_sender()
        self.offloads = self._sender.offloads

    def make_ready(self, timetable: Timetable) -> None:
        """Lay out when what is due."""
        assert self._sender is not None
        self._pacer = pacing_of(self.assignment, self._mean_bytes, timetable.start_at, self._sender.limit)

    def rehearse(self) -> None:
        """Ask the pacer and write a header, often enough for the interpreter to have specialized the code (PEP 659)."""
        assert self._sender is not None
        for _ in range(_REHEARSALS):
            now = time.monotonic_ns()
            if self._pacer is not None:
                self._pacer.due(now)
                self._pacer.wait_until()
            self._sender.write_headers(0, 1, now)

    def run(self, timetable: Timetable) -> None:
        """Send until the window closes, then tell how many it were."""
        assert self._sender is not None
        try:
            self._send(self._sender, timetable)
        finally:
            self.offloads = self._sender.offloads
            say_farewell(self.socket, self.peer.token, self.counters.packets, self.deadline(timetable))

    def _plain_sender(self) -> DatagramSender:
        allowed = self.offloads
        if self._rate is not None and self._rate < _SEGMENTING_RATE:
            allowed -= {GSO}
        return DatagramSender(self.socket, self.peer.token, self._block(), allowed, self.spec.verify)

    def _mixed_sender(self) -> MixedDatagramSender:
        sizes = SizeDraw(self.assignment)
        return MixedDatagramSender(self.socket, self.peer.token, self._block(), sizes, self.offloads, self.spec.verify)

    def _block(self) -> bytearray:
        return self.assignment.block(self.assignment.size_bytes)

    def _send(self, sender: DatagramSender | MixedDatagramSender, timetable: Timetable) -> None:
        orders, counters, clock = self.orders, self.counters, time.monotonic_ns
        until, pacer = timetable.window_until, self._pacer
        while (now := clock()) < until and not orders.stopped:
            count = sender.limit if pacer is None else pacer.due(now)
            if not count:
                assert pacer is not None
                orders.sleep_until(min(pacer.wait_until(), until))
                continue
            sent = sender.send(counters.packets, count, now)
            sent_bytes = sender.bytes_of(sent)
            if timetable.window_from <= now:
                self._window_packets += sent
                self._window_bytes += sent_bytes
            counters.packets += sent
            counters.bytes += sent_bytes
            if pacer is not None:
                pacer.sent(sent)

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Datagrams that the kernel took."""
        return replace(
            base,
            bytes=self._window_bytes,
            packets=self._window_packets,
            total_bytes=self.counters.bytes,
            total_packets=self.counters.packets,
            rate_limited=self.kept_rate(self._window_packets, self._mean_bytes, base.window_seconds),
        )


class Destination(UdpDestination):
    """Receives datagrams and judges them."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._receiver: DatagramReceiver | None = None
        self._meter = StreamMeter()
        self._kernel_drops: int | None = None

    def prepare(self) -> WorkerEndpoint:
        """Bind, and lay out the batch."""
        endpoint = super().prepare()
        self._receiver = DatagramReceiver(
            self.socket, self.token, self.assignment.size_bytes, self.offloads, self.spec.verify
        )
        self.offloads = self._receiver.offloads
        return endpoint

    def run(self, timetable: Timetable) -> None:
        """Receive until all that was sent is in, or the time to wait for it is over."""
        assert self._receiver is not None
        receive, counters, orders, deadline = self._receiver.receive, self.counters, self.orders, timetable.drain_until
        self._meter = meter = StreamMeter(timetable.window_from, timetable.window_until, timetable.peer_clock_offset)
        try:
            while not meter.is_complete:
                arrivals = receive()
                if arrivals is not None:
                    meter.observe(arrivals)
                    counters.packets, counters.bytes = meter.sequences.received_packets, meter.total_bytes
                now = time.monotonic_ns() if arrivals is None else arrivals.at
                if now >= deadline or (orders.stopped and now >= self.deadline(timetable)):
                    return
        finally:
            self._kernel_drops = kernel_drops(self.socket)

    def figures(self, base: WorkerResult) -> WorkerResult:
        """What arrived, how, and how long it was under way."""
        meter, sequences = self._meter, self._meter.sequences
        return replace(
            base,
            bytes=meter.window_bytes,
            packets=meter.window_packets,
            total_bytes=meter.total_bytes,
            total_packets=sequences.received_packets,
            duplicate_packets=sequences.duplicate_packets,
            reordered_packets=sequences.reordered_packets,
            late_packets=sequences.late_packets,
            corrupt_blocks=None if self.spec.verify is Verify.NONE else meter.corrupt_packets,
            jitter_seconds=meter.delays.jitter_seconds,
            kernel_drops=self._kernel_drops,
            histograms=(meter.delays.snapshot("one_way_delay"),),
            clock="kernel" if KERNEL_TIMESTAMPS in self.offloads else "monotonic",
        )


ENGINES = Engines(Source, Destination)
