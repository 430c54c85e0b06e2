"""Consent on UDP: before any traffic a source shows the token in a hello, and the destination gives the hello back.

A hello is a bare header (:mod:`sockrig_wire.datagram`) whose sequence number no packet can have; the answer is the
same bytes, so that a destination never sends more than it got.
"""

import contextlib
import errno
import socket
import time
from typing import Final

from sockrig_wire.datagram import HEADER, HEADER_BYTES, LAST, pack, pack_last

HELLO: Final = 2 * LAST - 1
"""The hello's sequence number: all ones."""

_RETRY_SECONDS: Final = 0.2
_FAREWELL_GAPS_SECONDS: Final = (0.0, 0.0, 0.005, 0.02, 0.05)
"""Before each copy of the closing datagram: some at once, some when a full buffer may have drained."""


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


def answer_hellos(sock: socket.socket, token: int) -> bool:
    """Answer the hellos that wait at an unconnected socket, and drop what does not show the token.

    Returns:
        Whether traffic has begun: a packet of the flow waits, and was left where it is.
    """
    while True:
        try:
            data, sender = sock.recvfrom(HEADER_BYTES, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        except BlockingIOError:
            return False
        shown, sequence = _shown(data)
        if shown == token and sequence != HELLO:
            return True
        sock.recv(HEADER_BYTES, socket.MSG_DONTWAIT)
        if shown == token:
            with contextlib.suppress(OSError):  # no way back: the source will try again, or give up
                sock.sendto(data, sender)


def _shown(data: bytes) -> tuple[int | None, int]:
    """The token and the sequence number of a datagram; None where it is too short for a header."""
    if len(data) < HEADER_BYTES:
        return None, 0
    token, sequence, _ = HEADER.unpack_from(data)
    return token, sequence


def say_farewell(sock: socket.socket, token: int, sent_count: int, until: int) -> None:
    """Tell a few times how many datagrams were sent, as long as it is before ``until`` (nanoseconds, monotonic)."""
    for gap in _FAREWELL_GAPS_SECONDS:
        if time.monotonic_ns() + gap * 1e9 >= until:
            return
        time.sleep(gap)
        with contextlib.suppress(OSError):  # refused: the destination has gone, for it has all
            sock.send(pack_last(token, sent_count, time.monotonic_ns()))
