"""The header that every datagram and every request of generated traffic begins with.

24 bytes, big-endian: the destination's 64-bit token, a sequence number that counts from 0, and the time of sending in
nanoseconds of the sender's CLOCK_MONOTONIC. A sequence number with its top bit set ends the flow; the rest of it says
how many were sent, so that a receiver need not wait for datagrams that never left.
"""

import struct

HEADER = struct.Struct("!QQQ")
HEADER_BYTES = HEADER.size
LAST = 1 << 63
"""Flag in the sequence number: no more come; the other bits count what was sent."""


def pack(token: int, sequence: int, sent_at_nanoseconds: int) -> bytes:
    """The header as bytes."""
    return HEADER.pack(token, sequence, sent_at_nanoseconds)


def pack_last(token: int, sent_count: int, sent_at_nanoseconds: int) -> bytes:
    """A closing header that says how many datagrams were sent."""
    return HEADER.pack(token, LAST | sent_count, sent_at_nanoseconds)
