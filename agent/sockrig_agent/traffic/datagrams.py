"""Datagrams in batches: headers written and read with numpy, many datagrams per system call.

A sender and a receiver each have four ways, chosen by the offloads that a flow may use: one datagram a call or many
(``sendmmsg``), and the kernel cutting and joining them (``gso``, ``gro``) or not. What is sent and seen is the same.
"""

import errno
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sockrig_agent.traffic.arrivals import Arrivals
from sockrig_agent.traffic.capabilities import (
    GRO,
    GSO,
    KERNEL_TIMESTAMPS,
    SENDMMSG,
    SO_TIMESTAMPNS,
    TIMESPEC,
    TRUNCATING_RECEIVE,
    UDP_GRO,
    UDP_SEGMENT,
    most_segments,
)
from sockrig_agent.traffic.kernel_clock import KernelClock
from sockrig_agent.traffic.messages import MessageArray
from sockrig_agent.traffic.orders import NANOSECONDS
from sockrig_agent.traffic.payload import is_intact, seal
from sockrig_agent.traffic.transport import path_mtu
from sockrig_wire.datagram import HEADER, HEADER_BYTES
from sockrig_wire.model.flows import Verify

_BATCH: Final = 64
"""Datagrams a system call without segmentation: the cost of a call is then a small part of that of a datagram."""
_LEAST_SEGMENTED, _MOST_SEGMENTED = 4, 16
"""Messages a system call with it."""
_CACHED_BYTES: Final = 256 * 1024
"""What a call moves, unless its fewest messages are more: from the kernel's copy to our reading it stays in the cache.
Measured with 1400 B: a receiver takes 8 % less processor time a datagram than with calls of 1 MiB."""
_MOST_SEGMENTED_BYTES: Final = 65_000
"""A segmented send is one datagram to the layers below until it is cut; they take less than 64 KiB."""
_COALESCED_SLOT_BYTES: Final = 65_600
"""Room for the largest datagram, 65,527 bytes in IPv6, and one more header."""
_IP_AND_UDP_BYTES: Final = {socket.AF_INET: 28, socket.AF_INET6: 48}

_HEADER_WORDS: Final = HEADER_BYTES // 8
_WIRE_WORD: Final = np.dtype(">i8")
"""Big-endian; signed, so that all arithmetic is in one type. Numbers and times stay below 2**63."""

_CONTROL_BYTES: Final = 64
_CONTROL_HEADER: Final = struct.Struct("@Nii")
_SEGMENT_CONTROL_BYTES: Final = _CONTROL_HEADER.size + 4
"""``struct cmsghdr`` (cmsg(3)) and the int that UDP_GRO brings: the size of the datagrams that were joined."""
_SEGMENT_CONTROL: Final = (socket.IPPROTO_UDP, UDP_GRO)
_TIME_CONTROL_BYTES: Final = _CONTROL_HEADER.size + TIMESPEC.size
"""The same with the time of arrival; where there are both, the kernel puts this one first (udp_recvmsg of udp.c)."""
_TIME_CONTROL: Final = (socket.SOL_SOCKET, SO_TIMESTAMPNS)
_TIME_CONTROL_WORD: Final = int(np.frombuffer(struct.pack("@ii", *_TIME_CONTROL), np.int64)[0])
"""Level and type of its control message, read as one word."""

NOT_SENT: Final = (errno.EAGAIN, errno.ENOBUFS, errno.EINTR, errno.ECONNREFUSED)
"""Backpressure, an interruption, or the news that an earlier datagram was refused: nothing left this time."""
_CANNOT_SEGMENT: Final = (errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP)


class DatagramSender:
    """Sends datagrams of one size through a connected socket, the kernel's fastest way that ``offloads`` allow.

    Args:
        sock: the socket.
        token: what the headers of the datagrams begin with.
        block: what every datagram holds, but for its header and its digest.
        offloads: what may be used.
        verify: the digest that they carry.

    Attributes:
        limit: the most datagrams of one call.
        offloads: those in force; fewer once the route turned out not to segment.
    """

    def __init__(
        self, sock: socket.socket, token: int, block: bytearray, offloads: frozenset[str], verify: Verify = Verify.NONE
    ) -> None:
        self._socket = sock
        self._token = token
        self._verify = verify
        self._block = block
        self._size = size_bytes = len(block)
        self._batched = SENDMMSG in offloads
        mtu = path_mtu(sock)
        fits = mtu is None or size_bytes + _IP_AND_UDP_BYTES[sock.family] <= mtu
        self._lay_out(segmented=GSO in offloads and fits and 2 * size_bytes <= _MOST_SEGMENTED_BYTES)

    def send(self, first: int, count: int, stamp: int) -> int:
        """Send up to ``count`` (at most :attr:`limit`) datagrams numbered from ``first``, all stamped ``stamp``.

        Returns:
            How many the kernel took; what it did not take was not sent, and may be tried again.

        Raises:
            OSError: they cannot be sent at all.
        """
        self.write_headers(first, count, stamp)
        if self._verify is not Verify.NONE:
            for row in self._rows[:count]:
                seal(row.data, self._verify)
        try:
            return self._transmit(count)
        except OSError as failure:
            if failure.errno in NOT_SENT:
                return 0
            if self._per_message > 1 and failure.errno in _CANNOT_SEGMENT:
                self._lay_out(segmented=False)
                return 0
            raise

    def write_headers(self, first: int, count: int, stamp: int) -> None:
        """Number and stamp the next ``count`` datagrams."""
        if count == 1:  # numpy and a batch's call pay from a few datagrams on
            HEADER.pack_into(self._first, 0, self._token, first, stamp)
        else:
            self._sequences[:count] = np.add(self._steps[:count], first, out=self._numbers[:count])
            self._stamps[:count] = stamp

    def bytes_of(self, count: int) -> int:
        """The bytes of ``count`` datagrams."""
        return count * self._size

    def _lay_out(self, *, segmented: bool) -> None:
        self._per_message = min(most_segments(), _MOST_SEGMENTED_BYTES // self._size) if segmented else 1
        count = _segmented_batch(self._size) if segmented else _BATCH
        if segmented:
            self._socket.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, self._size)
        elif hasattr(self, "limit"):
            self._socket.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
        self.limit = count * self._per_message
        self._messages = MessageArray(count, self._per_message * self._size)
        self._rows = self._messages.data.reshape(self.limit, self._size)
        self._first = self._rows[0].data
        self._rows[:] = np.frombuffer(self._block, np.uint8)
        headers = self._rows[:, :HEADER_BYTES].view(_WIRE_WORD)
        headers[:, :1].view(">u8")[:] = self._token
        self._sequences, self._stamps = headers[:, 1], headers[:, 2]
        self._steps = np.arange(self.limit, dtype=np.int64)
        self._numbers = np.empty_like(self._steps)
        in_force = {SENDMMSG: self._batched, GSO: segmented}
        self.offloads = frozenset(name for name, on in in_force.items() if on)

    def _transmit(self, count: int) -> int:
        if count == 1:
            self._socket.send(self._first)
            return 1
        full, rest = divmod(count, self._per_message)
        whole = self._per_message * self._size
        if not self._batched:
            return self._transmit_one_by_one(count, whole)
        if not rest:
            return self._messages.send(self._socket.fileno(), full) * self._per_message
        self._messages.vector_lengths[full] = rest * self._size
        try:
            sent = self._messages.send(self._socket.fileno(), full + 1)
        finally:
            self._messages.vector_lengths[full] = whole
        return min(sent * self._per_message, count)

    def _transmit_one_by_one(self, count: int, whole: int) -> int:
        data = self._messages.data.data.cast("B")[: count * self._size]
        sent = 0
        while sent < len(data):
            try:
                sent += self._socket.send(data[sent : sent + whole])
            except OSError:
                if not sent:
                    raise
                break
        return sent // self._size


@dataclass(frozen=True, slots=True)
class _Part:
    """Where datagrams of one size lie in the slots: their headers' words, first all tokens, then all numbers, times."""

    slots: slice
    joined: int
    """How many lie in each slot."""
    words: NDArray[Any]
    lengths: NDArray[np.int64] | int
    tokens: bytes
    """What the tokens have to be."""
    has_headers: bool
    """Whether each is long enough for one."""


class DatagramReceiver:
    """Receives datagrams from a socket with a bounded wait, the kernel's fastest way that ``offloads`` allow.

    What is too short for a header or does not show the token is left out.

    Args:
        sock: the socket.
        token: what the headers of datagrams that are wanted begin with.
        size_bytes: the size that they are expected to have.
        offloads: what may be used.
        verify: the digest that they carry; to check it they are received one by one and whole.

    Attributes:
        offloads: those in force.
    """

    def __init__(
        self, sock: socket.socket, token: int, size_bytes: int, offloads: frozenset[str], verify: Verify = Verify.NONE
    ) -> None:
        self._socket = sock
        self._token = token.to_bytes(8, sys.byteorder)
        self._verify = verify
        self._batched = SENDMMSG in offloads
        self._coalesced = GRO in offloads and verify is Verify.NONE
        self._truncating = TRUNCATING_RECEIVE in offloads and verify is Verify.NONE and not self._coalesced
        self._clock = KernelClock() if KERNEL_TIMESTAMPS in offloads else None
        self._time_bytes = 0 if self._clock is None else _TIME_CONTROL_BYTES
        control_bytes = _CONTROL_BYTES if self._coalesced else self._time_bytes
        if self._clock is not None:
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        if self._coalesced:
            sock.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
            self._messages = MessageArray(_segmented_batch(size_bytes), _COALESCED_SLOT_BYTES, control_bytes)
        else:
            kept = HEADER_BYTES if self._truncating else max(size_bytes, HEADER_BYTES)
            self._messages = MessageArray(_BATCH, -(-kept // 64) * 64, control_bytes)
        control = self._messages.control
        self._times = control[:, _CONTROL_HEADER.size - 8 : self._time_bytes].view(np.int64)
        segment_from = self._time_bytes + _CONTROL_HEADER.size - 8
        self._segment_words = control[:, segment_from : self._time_bytes + _SEGMENT_CONTROL_BYTES].view(np.int32)
        self._flags = socket.MSG_TRUNC if self._truncating else 0
        self._facts, self._parts = b"", list[_Part]()
        self._slots = [memoryview(slot) for slot in self._messages.data]
        in_force = {
            SENDMMSG: self._batched,
            GRO: self._coalesced,
            TRUNCATING_RECEIVE: self._truncating,
            KERNEL_TIMESTAMPS: self._clock is not None,
        }
        self.offloads = frozenset(name for name, on in in_force.items() if on)

    def receive(self) -> Arrivals | None:
        """Wait for datagrams, at most as long as the socket's timeout; None when nothing came.

        Raises:
            OSError: the socket failed.
        """
        try:
            count = self._messages.receive(self._socket.fileno(), self._flags) if self._batched else self._receive_one()
        except (BlockingIOError, InterruptedError, ConnectionRefusedError):
            return None
        at = time.monotonic_ns()
        facts = self._messages.facts(count, self._time_bytes)
        if facts != self._facts:
            self._facts, self._parts = facts, self._separate(count)
        received = None if self._clock is None else self._received(count, at, self._clock)
        if len(self._parts) == 1:
            return self._read(at, received, self._parts[0])
        return Arrivals.together([self._read(at, received, part) for part in self._parts])

    def _receive_one(self) -> int:
        messages = self._messages
        if not messages.control.size:
            messages.lengths[0] = self._socket.recv_into(self._slots[0], 0, self._flags)
            return 1
        room = socket.CMSG_SPACE(TIMESPEC.size) + socket.CMSG_SPACE(4)
        messages.lengths[0], control, _, _ = self._socket.recvmsg_into([self._slots[0]], room, self._flags)
        messages.control[0] = 0
        messages.control_lengths[0] = end = 0
        for level, kind, data in control:
            record = np.frombuffer(_CONTROL_HEADER.pack(_CONTROL_HEADER.size + len(data), level, kind) + data, np.uint8)
            begin = 0 if (level, kind) == _TIME_CONTROL else self._time_bytes
            messages.control[0, begin : begin + record.size] = record
            messages.control_lengths[0] = end = max(end, begin + record.size)
        return 1

    def _received(self, count: int, at: int, clock: KernelClock) -> NDArray[np.int64] | None:
        """When the kernel took in each message; None where it does not tell, and then it tells of none."""
        if self._times[0, 0] != _TIME_CONTROL_WORD:
            return None
        times: NDArray[np.int64] = self._times[:count, 1] * NANOSECONDS
        times += self._times[:count, 2]
        return clock.monotonic(times, at)

    def _separate(self, count: int) -> list[_Part]:
        """Where the datagrams of ``count`` messages are: one each, or all of one size but for a shorter last one.

        Messages that are alike, and nearly all of a fast flow are, make one part.
        """
        totals = self._messages.lengths[:count]
        if not self._coalesced or not np.count_nonzero(self._messages.control_lengths[:count] > self._time_bytes):
            return [self._part(0, count, 1, 0, int(totals[0]) if _are_alike(totals) else totals.astype(np.int64))]
        parts, slot = [], 0
        for (total, size), alike in groupby(self._segments(count)):
            slots, segments = sum(1 for _ in alike), max(1, -(-total // size))
            lengths: NDArray[np.int64] | int = size
            if total < segments * size:
                lengths = np.full(slots * segments, size)
                lengths[segments - 1 :: segments] = total - (segments - 1) * size
            parts.append(self._part(slot, slots, segments, size, lengths))
            slot += slots
        return parts

    def _part(self, slot: int, slots: int, segments: int, size: int, lengths: NDArray[np.int64] | int) -> _Part:
        """The first ``segments`` datagrams of ``size`` in each of ``slots`` slots.

        The last header of a slot may reach beyond what was received, but never beyond the slot.
        """
        data = self._messages.data
        stride, shape = data.strides[0], (_HEADER_WORDS, slots, segments)
        words: NDArray[Any] = np.ndarray(shape, _WIRE_WORD, data, slot * stride, (8, stride, size))
        shortest = lengths if isinstance(lengths, int) else int(lengths.min())
        has_headers = shortest >= HEADER_BYTES
        return _Part(slice(slot, slot + slots), segments, words, lengths, self._token * (slots * segments), has_headers)

    def _read(self, at: int, received: NDArray[np.int64] | None, part: _Part) -> Arrivals:
        """The datagrams of one part that are wanted."""
        tokens, sequences, stamps = part.words.astype(np.int64, order="C").reshape(_HEADER_WORDS, -1)
        intact = self._check(part.lengths, len(sequences))
        times = None if received is None else received[part.slots]
        arrivals = Arrivals(at, sequences, stamps, part.lengths, intact, times, part.joined)
        if part.has_headers and tokens.tobytes() == part.tokens:
            return arrivals
        wanted = (tokens == np.frombuffer(self._token, np.int64)[0]) & np.greater_equal(part.lengths, HEADER_BYTES)
        return arrivals.select(wanted)

    def _check(self, lengths: NDArray[np.int64] | int, count: int) -> NDArray[np.bool_] | None:
        """Which of the datagrams, one a slot, are as they were sealed; None where that is not looked at."""
        if self._verify is Verify.NONE:
            return None
        room = zip(self._slots, np.broadcast_to(lengths, count).tolist(), strict=False)
        return np.array([is_intact(slot[:length], self._verify) for slot, length in room], np.bool_)

    def _segments(self, count: int) -> Iterator[tuple[int, int]]:
        """Per message: its length, and that of its datagrams, which a control message tells where there are several."""
        totals = self._messages.lengths[:count].tolist()
        room = self._messages.control_lengths[:count].tolist()
        words, least = self._segment_words[:count].tolist(), self._time_bytes + _SEGMENT_CONTROL_BYTES
        for total, length, (level, kind, segment) in zip(totals, room, words, strict=True):
            joined = length >= least and (level, kind) == _SEGMENT_CONTROL
            yield total, segment if joined else max(1, total)


def _segmented_batch(size_bytes: int) -> int:
    """How many messages one call moves that are each cut into datagrams of that size."""
    message_bytes = max(1, min(most_segments(), _MOST_SEGMENTED_BYTES // size_bytes)) * size_bytes
    return min(_MOST_SEGMENTED, max(_LEAST_SEGMENTED, _CACHED_BYTES // message_bytes))


def _are_alike(rows: NDArray[Any]) -> bool:
    """Whether all rows, at least one, hold the same; for few and short rows far faster than numpy's own comparisons."""
    data = rows.tobytes()
    return data == data[: len(data) // len(rows)] * len(rows)
