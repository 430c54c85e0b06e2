"""Consent on UDP: before any traffic a source shows the token in a hello, and the destination gives the hello back.

A hello is a bare header (:mod:`sockrig_wire.datagram`) whose sequence number no packet can have; the answer is the
same bytes, so that a destination never sends more than it got.
"""

import contextlib
import errno
import socket
import struct
import time
from typing import Final

from sockrig_wire.datagram import HEADER, HEADER_BYTES, LAST, pack, pack_last

HELLO: Final = 2 * LAST - 1
"""The hello's sequence number: all ones."""

_RETRY_SECONDS: Final = 0.2
_FAREWELL_GAPS_SECONDS: Final = (0.0, 0.0, 0.005, 0.02, 0.05)
"""Before each copy of the closing datagram: some at once, some when a full buffer may have drained."""

_TOKEN: Final = struct.Struct("!Q")


def exchange_hello(sock: socket.socket, token: int, timeout_seconds: float) -> None:
    """Show the token through a connected socket until the destination gives it back.

    Raises:
        TimeoutError: no answer came in time.
        OSError: the socket failed.
    """
    hello = pack(token, HELLO, time.monotonic_ns())
    until = time.monotonic() + timeout_seconds
    try:
        while (left := until - time.monotonic()) > 0:
            sock.settimeout(min(_RETRY_SECONDS, left))
            # A refusal may be older than the listener; only silence until the end counts.
            with contextlib.suppress(TimeoutError, ConnectionRefusedError):
                sock.send(hello)
                while sock.recv(HEADER_BYTES) != hello:
                    continue
                return
            if sock.gettimeout():
                time.sleep(0.01)
    finally:
        sock.setblocking(True)
    raise TimeoutError(errno.ETIMEDOUT, "the destination did not answer the hello")


def answer_hellos(sock: socket.socket, token: int) -> None:
    """Answer every hello that waits at an unconnected socket; what else waits is dropped unseen."""
    while True:
        try:
            data, sender = sock.recvfrom(HEADER_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        if is_hello(data, token):
            with contextlib.suppress(OSError):
                sock.sendto(data, sender)


def is_hello(data: bytes, token: int) -> bool:
    """Whether a datagram is a hello that shows ``token``."""
    if len(data) < HEADER_BYTES:
        return False
    shown, sequence, _ = HEADER.unpack_from(data)
    return bool(shown == token and sequence == HELLO)


def say_farewell(sock: socket.socket, token: int, sent_count: int, until: int) -> None:
    """Tell a few times how many datagrams were sent, as long as it is before ``until`` (nanoseconds, monotonic)."""
    for gap in _FAREWELL_GAPS_SECONDS:
        if time.monotonic_ns() + gap * 1e9 >= until:
            return
        time.sleep(gap)
        with contextlib.suppress(OSError):  # refused: the destination has gone, for it has all
            sock.send(pack_last(token, sent_count, time.monotonic_ns()))
