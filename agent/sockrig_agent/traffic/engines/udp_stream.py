"""udp-stream: numbered and stamped datagrams in one direction; losses, order, delay and jitter are judged on arrival.

A datagram belongs to the measured window by the time it was sent, at both ends: the same stamps, compared with the
same bounds, so that what one end counts and the other does not was lost.
"""

import time
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sockrig_agent.traffic.capabilities import GSO
from sockrig_agent.traffic.datagrams import Arrivals, DatagramReceiver, DatagramSender
from sockrig_agent.traffic.ends import UdpDestination, UdpSource
from sockrig_agent.traffic.engine import Assignment, Counters, Engines
from sockrig_agent.traffic.hello import HELLO, say_farewell
from sockrig_agent.traffic.meters.histogram import HistogramRecorder
from sockrig_agent.traffic.meters.jitter import JitterMeter
from sockrig_agent.traffic.meters.sequences import SequenceMeter
from sockrig_agent.traffic.orders import Orders, Timetable
from sockrig_agent.traffic.pacing import Pacer
from sockrig_agent.traffic.transport import kernel_drops
from sockrig_wire.datagram import LAST
from sockrig_wire.model.flows import Verify, WorkerEndpoint, WorkerResult

_SEGMENTING_RATE: Final = 50_000.0
"""Packets per second from which on segmentation pays: below it, no two leave at the same time anyway."""

_LAST: Final = np.uint64(LAST)


class Source(UdpSource):
    """Sends datagrams, as fast as they go or each at its time."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._rate = assignment.packets_per_second(assignment.size_bytes)
        self._window_packets = 0
        self._sender: DatagramSender | None = None

    def prepare(self) -> None:
        """Exchange a hello, and lay out the batch."""
        super().prepare()
        allowed = self.offloads
        if self._rate is not None and self._rate < _SEGMENTING_RATE:
            allowed -= {GSO}
        self._sender = DatagramSender(
            self.socket, self.peer.token, self.assignment.size_bytes, allowed, self.spec.verify
        )
        self.offloads = self._sender.offloads

    def run(self, timetable: Timetable) -> None:
        """Send until the window closes, then tell how many it were."""
        assert self._sender is not None
        try:
            self._send(self._sender, timetable)
        finally:
            self.offloads = self._sender.offloads
            say_farewell(self.socket, self.peer.token, self.counters.packets, self.deadline(timetable))

    def _send(self, sender: DatagramSender, timetable: Timetable) -> None:
        orders, counters, clock = self.orders, self.counters, time.monotonic_ns
        size, until = self.assignment.size_bytes, timetable.window_until
        pacer = None if self._rate is None else Pacer(timetable.start_at, self._rate, sender.limit)
        while (now := clock()) < until and not orders.stopped:
            count = sender.limit if pacer is None else pacer.due(now)
            if not count:
                assert pacer is not None
                orders.sleep_until(min(pacer.wait_until(), until))
                continue
            sent = sender.send(counters.packets, count, now)
            if timetable.window_from <= now:
                self._window_packets += sent
            counters.packets += sent
            counters.bytes += sent * size
            if pacer is not None:
                pacer.sent(sent)

    def figures(self, base: WorkerResult) -> WorkerResult:
        """Datagrams that the kernel took."""
        size = self.assignment.size_bytes
        return replace(
            base,
            bytes=self._window_packets * size,
            packets=self._window_packets,
            total_bytes=self.counters.bytes,
            total_packets=self.counters.packets,
            rate_limited=self.kept_rate(self._window_packets, size, base.window_seconds),
        )


class Destination(UdpDestination):
    """Receives datagrams and judges them."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._receiver: DatagramReceiver | None = None
        self._sequences = SequenceMeter()
        self._jitter = JitterMeter()
        self._delays = HistogramRecorder()
        self._window_packets = 0
        self._window_bytes = 0
        self._corrupt = 0
        self._sent_packets: int | None = None
        self._kernel_drops: int | None = None

    def prepare(self) -> WorkerEndpoint:
        """Bind, and lay out the batch."""
        endpoint = super().prepare()
        self._receiver = DatagramReceiver(self.socket, self.assignment.size_bytes, self.offloads, self.spec.verify)
        self.offloads = self._receiver.offloads
        return endpoint

    def run(self, timetable: Timetable) -> None:
        """Receive until all that was sent is in, or the time to wait for it is over."""
        assert self._receiver is not None
        receive = self._receiver.receive
        try:
            while not self._is_complete():
                arrivals = receive()
                if arrivals is not None:
                    self._judge(arrivals, timetable)
                if (arrivals.at if arrivals else time.monotonic_ns()) >= self.deadline(timetable):
                    return
        finally:
            self._kernel_drops = kernel_drops(self.socket)

    def _is_complete(self) -> bool:
        return self._sent_packets is not None and self._sequences.received_packets >= self._sent_packets

    def _judge(self, arrivals: Arrivals, timetable: Timetable) -> None:
        ours = arrivals.tokens == np.uint64(self.token)
        packets = ours & (arrivals.sequences < _LAST)
        if not packets.all():
            for farewell in arrivals.sequences[ours & ~packets].tolist():
                if farewell != HELLO:
                    self._sent_packets = farewell - LAST
            arrivals = _selected(arrivals, packets)
        if arrivals.intact is not None:
            self._corrupt += int(np.count_nonzero(~arrivals.intact))
        new = self._sequences.observe(arrivals.sequences)
        self.counters.packets = self._sequences.received_packets
        sent_at = arrivals.stamps + timetable.peer_clock_offset
        counted = new & (sent_at >= timetable.window_from) & (sent_at < timetable.window_until)
        delays, lengths = arrivals.at - sent_at, arrivals.lengths
        self.counters.bytes += int(lengths.sum() if new.all() else lengths[new].sum())
        if not counted.all():
            delays, lengths = delays[counted], lengths[counted]
        self._window_packets += delays.size
        self._window_bytes += int(lengths.sum())
        self._jitter.observe(delays)
        self._delays.record(delays)

    def figures(self, base: WorkerResult) -> WorkerResult:
        """What arrived, how, and how long it was under way."""
        sequences = self._sequences
        return replace(
            base,
            bytes=self._window_bytes,
            packets=self._window_packets,
            total_bytes=self.counters.bytes,
            total_packets=sequences.received_packets,
            duplicate_packets=sequences.duplicate_packets,
            reordered_packets=sequences.reordered_packets,
            late_packets=sequences.late_packets,
            corrupt_blocks=None if self.spec.verify is Verify.NONE else self._corrupt,
            jitter_seconds=self._jitter.jitter_seconds,
            kernel_drops=self._kernel_drops,
            histograms=(self._delays.snapshot("one_way_delay"),),
            clock="monotonic",
        )


def _selected(arrivals: Arrivals, which: NDArray[np.bool_]) -> Arrivals:
    return Arrivals(
        arrivals.at,
        arrivals.tokens[which],
        arrivals.sequences[which],
        arrivals.stamps[which],
        arrivals.lengths[which],
        None if arrivals.intact is None else arrivals.intact[which],
    )


ENGINES = Engines(Source, Destination)
