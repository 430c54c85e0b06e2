"""A stream of datagrams, judged on arrival: losses, order, delay and jitter, by runs where it comes in runs.

A datagram belongs to the measured window by the time it was sent. Both ways to judge, run by run and one by one, give
the same figures.
"""

from itertools import pairwise
from typing import Final

import numpy as np

from sockrig_agent.traffic.arrivals import Arrivals
from sockrig_agent.traffic.meters.delays import DelayMeter
from sockrig_agent.traffic.meters.sequences import SequenceMeter
from sockrig_wire.datagram import LAST

_WORTHWHILE_RUN: Final = 8
"""Datagrams a run, on average, from which on to judge by runs is faster than all datagrams with numpy at once."""

_LARGEST: Final = LAST - 1
_HELLO: Final = -1
"""All ones, read as signed; traffic/hello.py."""


class StreamMeter:
    """Judges what arrives of one stream.

    Args:
        window_from: when the measured window begins, in nanoseconds of the receiver's clock.
        window_until: when it ends.
        peer_clock_offset: what added to a stamp gives the receiver's clock.
    """

    def __init__(self, window_from: int = 0, window_until: int = 0, peer_clock_offset: int = 0) -> None:
        self._window_from = window_from
        self._window_until = window_until
        self._offset = peer_clock_offset
        self.sequences = SequenceMeter()
        self.delays = DelayMeter()
        self.announced_packets: int | None = None
        """How many the sender says it has sent."""
        self.total_bytes = 0
        """Of all datagrams that were received, duplicates left out."""
        self.window_bytes = 0
        """Of those in the window."""
        self.corrupt_packets = 0
        """How many were not as they had been sealed."""

    @property
    def window_packets(self) -> int:
        """Received and sent within the window."""
        return self.delays.count

    @property
    def is_complete(self) -> bool:
        """Whether all that the sender has sent is here."""
        return self.announced_packets is not None and self.sequences.received_packets >= self.announced_packets

    def observe(self, arrivals: Arrivals) -> None:
        """Judge what has come next."""
        starts = arrivals.run_starts()
        if arrivals.intact is not None or len(starts) * _WORTHWHILE_RUN > arrivals.count + _WORTHWHILE_RUN:
            self._observe_each(arrivals)
            return
        for begin, end in pairwise([*starts, arrivals.count]):
            self._observe_run(arrivals, begin, end)

    def _observe_run(self, arrivals: Arrivals, begin: int, end: int) -> None:
        """Judge one run; most are new and in order, and then nothing needs to be looked at one by one."""
        first, count = int(arrivals.sequences[begin]), end - begin
        if first < 0 or first + count > _LARGEST or not self.sequences.observe_run(first, count):
            self._observe_each(arrivals.select(slice(begin, end)))
            return
        lengths = arrivals.lengths
        size = lengths * count if isinstance(lengths, int) else int(lengths[begin:end].sum())
        self.total_bytes += size
        sent_at = int(arrivals.stamps[begin]) + self._offset
        if self._window_from <= sent_at < self._window_until:
            self.window_bytes += size
            if arrivals.received is None:
                self.delays.observe_equal(arrivals.at - sent_at, count)
            else:
                received, each = arrivals.times(begin, end)
                self.delays.observe(received - sent_at, each)

    def _observe_each(self, arrivals: Arrivals) -> None:
        """Judge any datagrams."""
        arrivals = self._without_announcements(arrivals)
        if arrivals.intact is not None:
            self.corrupt_packets += arrivals.count - int(np.count_nonzero(arrivals.intact))
        new = self.sequences.observe(arrivals.sequences)
        if np.count_nonzero(new) < arrivals.count:
            arrivals = arrivals.select(new)
        self.total_bytes += arrivals.total_bytes
        sent_at = arrivals.stamps + self._offset
        measured = (sent_at >= self._window_from) & (sent_at < self._window_until)
        if np.count_nonzero(measured) < arrivals.count:
            arrivals, sent_at = arrivals.select(measured), sent_at[measured]
        self.window_bytes += arrivals.total_bytes
        self.delays.observe((arrivals.at if arrivals.received is None else arrivals.received) - sent_at)

    def _without_announcements(self, arrivals: Arrivals) -> Arrivals:
        """Take note of what are no packets, and leave it out."""
        packets = arrivals.sequences >= 0
        if np.count_nonzero(packets) == arrivals.count:
            return arrivals
        for number in arrivals.sequences[~packets].tolist():
            if number != _HELLO:
                self.announced_packets = number + LAST
        return arrivals.select(packets)
