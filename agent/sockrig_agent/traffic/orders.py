"""What a worker is told while it lives, and the times that follow from it."""

import select
import socket
import time
from dataclasses import dataclass
from typing import Final, Self

from sockrig_wire.model.flows import FlowSpec, FlowStart

NANOSECONDS: Final = 10**9

_NAP_NANOSECONDS: Final = 5_000_000
"""Naps below this end by themselves, on time; longer ones can be ended by a stop, in steps of poll(2)'s millisecond."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """A flow's times in nanoseconds of this host's CLOCK_MONOTONIC.

    Traffic begins at ``start_at``, is measured from ``window_from`` and ends at ``window_until``; what is under way
    then may come in until ``drain_until``. ``peer_clock_offset`` added to a time of the other end's clock gives ours.
    """

    common_start_at: int
    start_at: int
    window_from: int
    window_until: int
    drain_until: int
    peer_clock_offset: int

    @classmethod
    def of(cls, spec: FlowSpec, start: FlowStart) -> Self:
        """From T, the flow's delay, warm-up, duration and drain time."""
        common = start.start_at_nanoseconds
        begin = common + round(spec.delay_seconds * NANOSECONDS)
        window_from = begin + round(spec.warmup_seconds * NANOSECONDS)
        window_until = window_from + round(spec.duration_seconds * NANOSECONDS)
        drain_until = window_until + round(spec.drain_seconds * NANOSECONDS)
        peer = start.peer_start_at_nanoseconds
        return cls(common, begin, window_from, window_until, drain_until, 0 if peer is None else common - peer)

    def measures(self, at: int) -> bool:
        """Whether ``at`` lies in the measured window."""
        return self.window_from <= at < self.window_until


class Orders:
    """The start and the stop of one worker: given by one thread, waited for by the worker's."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)
        self.start: FlowStart | None = None
        """Set once, by :meth:`give_start`."""
        self.stopped_at: int | None = None
        """Set once, by :meth:`give_stop`: nanoseconds of CLOCK_MONOTONIC."""
        self.stopped = False
        """Whether the worker is to end; set after :attr:`stopped_at`."""

    def fileno(self) -> int:
        """Becomes readable with an order that :meth:`wait` has not yet seen."""
        return self._reader.fileno()

    def give_start(self, start: FlowStart) -> None:
        """Tell T."""
        self.start = start
        self._wake()

    def give_stop(self) -> None:
        """End the worker before its time."""
        if self.stopped_at is None:
            self.stopped_at = time.monotonic_ns()
            self.stopped = True
        self._wake()

    def wait(self, timeout_seconds: float | None = None) -> None:
        """Return with the next order, or after the timeout."""
        if self._poll.poll(None if timeout_seconds is None else max(0, int(timeout_seconds * 1000))):
            try:
                self._reader.recv(16)
            except BlockingIOError:
                return

    def sleep_until(self, at: int) -> None:
        """Sleep until ``at``, nanoseconds of CLOCK_MONOTONIC, or until stopped."""
        self.doze_until(at)
        if not self.stopped and (left := at - time.monotonic_ns()) > 0:
            time.sleep(left / NANOSECONDS)

    def doze_until(self, at: int) -> None:
        """Sleep until a nap before ``at``, or until stopped."""
        while not self.stopped and (left := at - time.monotonic_ns()) > _NAP_NANOSECONDS:
            self.wait((left - _NAP_NANOSECONDS // 2) / NANOSECONDS)

    def close(self) -> None:
        """Release the two sockets."""
        self._reader.close()
        self._writer.close()

    def _wake(self) -> None:
        try:
            self._writer.send(b"!")
        except OSError:  # full: it is awake already; closed: it has ended
            return
