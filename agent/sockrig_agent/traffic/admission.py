"""Consent on TCP: a destination keeps only connections that show its token, and says so by giving it back.

The source sends the token's eight bytes, big-endian, as the first of a connection; the destination answers with the
same eight. A connection that shows something else, or nothing within the time allowed, is closed; the others do not
wait for it.
"""

import contextlib
import errno
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass
from typing import Final, Protocol

from sockrig_wire.kinds import TOKEN_BYTES

PATIENCE_SECONDS: Final = 2.0
"""How long a connection may take to show the token."""

_MOST_PENDING: Final = 128
"""Strangers beyond these push out the one that has waited longest."""


class _HasFileno(Protocol):
    def fileno(self) -> int: ...


@dataclass(slots=True)
class _Pending:
    connection: socket.socket
    until: float
    shown: bytes = b""


class Admission:
    """The door of one destination worker. Owns the listener, which must not block."""

    def __init__(self, listener: socket.socket, token: int) -> None:
        self._listener = listener
        self._token = token.to_bytes(TOKEN_BYTES, "big")
        self._pending: dict[int, _Pending] = {}
        self._admitted: deque[socket.socket] = deque()
        self._poll = select.poll()
        self._poll.register(listener, select.POLLIN)
        if sys.platform == "linux":  # wake up for the token, not for the handshake before it, tcp(7)
            with contextlib.suppress(OSError):  # MPTCP has it since Linux 6.0 only
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)

    def watch(self, other: _HasFileno) -> None:
        """Let :meth:`wait` end when ``other`` becomes readable, too."""
        self._poll.register(other, select.POLLIN)

    def unwatch(self, other: _HasFileno) -> None:
        """Undo :meth:`watch`."""
        self._poll.unregister(other)

    def wait(self, timeout_seconds: float) -> socket.socket | None:
        """The next connection that has shown the token; None after the timeout, or when something watched is ready.

        While somebody stands at the door who has not shown it, the timeout is at most what patience allows.

        Raises:
            OSError: the listener failed.
        """
        if not self._admitted:
            if self._pending:
                timeout_seconds = min(timeout_seconds, PATIENCE_SECONDS)
            for descriptor, _ in self._poll.poll(max(0, int(timeout_seconds * 1000))):
                if descriptor == self._listener.fileno():
                    self._accept()
                elif pending := self._pending.get(descriptor):
                    self._read(descriptor, pending)
            if self._pending:
                self._expire(time.monotonic())
        return self._admitted.popleft() if self._admitted else None

    def close(self) -> None:
        """Close the listener and whoever still stands before it."""
        self._listener.close()
        for descriptor in tuple(self._pending):
            self._drop(descriptor)
        while self._admitted:
            self._admitted.popleft().close()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        descriptor = connection.fileno()
        self._pending[descriptor] = _Pending(connection, time.monotonic() + PATIENCE_SECONDS)
        self._read(descriptor, self._pending[descriptor])
        if descriptor in self._pending:  # most show the token at once
            self._poll.register(descriptor, select.POLLIN)
        if len(self._pending) > _MOST_PENDING:
            self._drop(next(iter(self._pending)))

    def _read(self, descriptor: int, pending: _Pending) -> None:
        try:
            data = pending.connection.recv(TOKEN_BYTES - len(pending.shown), socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        pending.shown += data
        if not data or not self._token.startswith(pending.shown):
            self._drop(descriptor)
        elif len(pending.shown) == TOKEN_BYTES:
            self._admit(descriptor, pending.connection)

    def _admit(self, descriptor: int, connection: socket.socket) -> None:
        try:
            connection.send(self._token)
        except OSError:
            self._drop(descriptor)
            return
        self._forget(descriptor)
        self._admitted.append(connection)

    def _expire(self, now: float) -> None:
        for descriptor in [d for d, pending in self._pending.items() if pending.until < now]:
            self._drop(descriptor)

    def _drop(self, descriptor: int) -> None:
        self._forget(descriptor).connection.close()

    def _forget(self, descriptor: int) -> _Pending:
        with contextlib.suppress(KeyError):  # it was not waited for
            self._poll.unregister(descriptor)
        return self._pending.pop(descriptor)


def show_token(connection: socket.socket, token: int, timeout_seconds: float) -> None:
    """Be admitted, as the source.

    Raises:
        ConnectionRefusedError: the other end is not the destination that issued the token.
        OSError: the connection broke, or no answer came in time.
    """
    expected = token.to_bytes(TOKEN_BYTES, "big")
    connection.settimeout(timeout_seconds)
    connection.sendall(expected)
    answer = b""
    while len(answer) < TOKEN_BYTES:
        answer = given_back(expected, answer, connection.recv(TOKEN_BYTES - len(answer)))
    connection.setblocking(True)


def given_back(token: bytes, before: bytes, data: bytes) -> bytes:
    """What a source has heard of its token: ``before``, and what has come now.

    Raises:
        ConnectionRefusedError: the other end is not the destination that issued the token.
    """
    answer = before + data
    if not data or not token.startswith(answer):
        raise ConnectionRefusedError(errno.ECONNREFUSED, "the destination does not know the token")
    return answer
