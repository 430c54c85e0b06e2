"""Sends datagrams of mixed sizes, many per system call where there is sendmmsg.

The kernel cuts only what is of one size, so there is no segmentation here.
"""

import socket
from typing import Final

import numpy as np

from sockrig_agent.traffic.capabilities import SENDMMSG
from sockrig_agent.traffic.datagrams import NOT_SENT
from sockrig_agent.traffic.messages import MessageArray
from sockrig_agent.traffic.payload import seal
from sockrig_agent.traffic.sizes import SizeDraw
from sockrig_wire.datagram import HEADER_BYTES
from sockrig_wire.model.flows import Verify

_BATCH: Final = 64
_WIRE_WORD: Final = np.dtype(">u8")


class MixedDatagramSender:
    """Sends through a connected socket, as :class:`~.datagrams.DatagramSender` does.

    The size of a datagram depends on its number alone: one that the kernel did not take keeps its size for the next
    try.

    Args:
        sock: the socket.
        token: what the headers of the datagrams begin with.
        block: what the largest datagram holds, but for its header and its digest; smaller ones hold its beginning.
        sizes: of the datagrams.
        offloads: what may be used.
        verify: the digest that they carry.

    Attributes:
        limit: the most datagrams of one call.
        offloads: those in force.
    """

    def __init__(
        self,
        sock: socket.socket,
        token: int,
        block: bytearray,
        sizes: SizeDraw,
        offloads: frozenset[str],
        verify: Verify = Verify.NONE,
    ) -> None:
        self.limit = _BATCH
        self.offloads = offloads & {SENDMMSG}
        self._socket = sock
        self._verify = verify
        self._sizes = sizes
        self._next_sizes = sizes.draw(_BATCH)
        self._messages = MessageArray(_BATCH, -(-len(block) // 8) * 8)
        self._messages.data[:, : len(block)] = np.frombuffer(block, np.uint8)
        self._slots = [memoryview(slot) for slot in self._messages.data]
        self._headers = self._messages.data[:, :HEADER_BYTES].view(_WIRE_WORD)
        self._headers[:, 0] = token
        self._sent_bytes = 0

    def send(self, first: int, count: int, stamp: int) -> int:
        """Send up to ``count`` (at most :attr:`limit`) datagrams numbered from ``first``, all stamped ``stamp``.

        Returns:
            How many the kernel took; what it did not take was not sent, and may be tried again.

        Raises:
            OSError: they cannot be sent at all.
        """
        self.write_headers(first, count, stamp)
        sizes = self._next_sizes[:count]
        if self._verify is not Verify.NONE:
            for slot, size in zip(self._slots, sizes.tolist(), strict=False):
                seal(slot[:size], self._verify)
        try:
            sent = self._transmit(count)
        except OSError as failure:
            if failure.errno not in NOT_SENT:
                raise
            sent = 0
        self._sent_bytes = int(sizes[:sent].sum())
        self._next_sizes = np.concatenate([self._next_sizes[sent:], self._sizes.draw(sent)])
        return sent

    def write_headers(self, first: int, count: int, stamp: int) -> None:
        """Number and stamp the next ``count`` datagrams."""
        self._headers[:count, 1] = np.arange(first, first + count, dtype=np.uint64)
        self._headers[:count, 2] = stamp

    def bytes_of(self, count: int) -> int:  # noqa: ARG002 - it is what the kernel took
        """The bytes of the datagrams that the last call sent."""
        return self._sent_bytes

    def _transmit(self, count: int) -> int:
        if self.offloads:
            self._messages.vector_lengths[:count] = self._next_sizes[:count]
            return self._messages.send(self._socket.fileno(), count)
        sent = 0
        for slot, size in zip(self._slots, self._next_sizes[:count].tolist(), strict=False):
            try:
                self._socket.send(slot[:size])
            except OSError:
                if not sent:
                    raise
                break
            sent += 1
        return sent
