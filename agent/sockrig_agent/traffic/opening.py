"""Opens many connections to one destination, many at a time: each is connected, shows the token and gets it back.

One after the other, ten thousand would take as many round trips; all at once, they would push each other out at the
destination's door (:mod:`.admission`).
"""

import errno
import os
import selectors
import socket
import time
from dataclasses import dataclass
from typing import Final

from sockrig_agent.traffic.admission import given_back
from sockrig_agent.traffic.deadlines import DeadlineSelector
from sockrig_agent.traffic.engine import PREPARE_SECONDS, Assignment
from sockrig_agent.traffic.orders import NANOSECONDS, Orders
from sockrig_agent.traffic.socket_options import open_socket
from sockrig_agent.traffic.transport import bind_source, reset_on_close, resolve
from sockrig_wire.kinds import TOKEN_BYTES
from sockrig_wire.model.flows import WorkerEndpoint

MOST_UNDER_WAY: Final = 64
"""Half of those that a destination lets stand before its door."""

OPENING_SECONDS: Final = 12.0
"""For all of them together; the armed barrier waits for 15 s."""

_PATIENCE: Final = round(PREPARE_SECONDS * NANOSECONDS)
"""For one of them; a SYN that was lost is sent again after 1 s and 3 s (RFC 6298 section 2)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The connections that were let in, how long connecting each of them took, and how many others there should be."""

    connections: tuple[socket.socket, ...]
    connect_nanoseconds: tuple[int, ...]
    failed: int


def open_connections(assignment: Assignment, peer: WorkerEndpoint, count: int, orders: Orders) -> Opened:
    """Open ``count`` connections to ``peer``, or as many as go within the time; a stop ends it.

    They do not block, and end with a reset when they are closed.

    Raises:
        OSError: none could be opened; the first failure.
        IncompatibleError: the system refuses an option of the flow.
    """
    opening = _Opening(assignment, peer, count, orders)
    try:
        opening.carry_out()
        opened = opening.opened()
    except BaseException:
        opening.abandon()
        raise
    finally:
        opening.close()
    return opened


@dataclass(slots=True, eq=False)
class _Attempt:
    connection: socket.socket
    began_at: int
    connected_at: int = 0
    answer: bytes = b""


class _Opening:
    """The attempts under way, oldest first, and what came of the others."""

    def __init__(self, assignment: Assignment, peer: WorkerEndpoint, count: int, orders: Orders) -> None:
        spec, bind_host = assignment.spec, assignment.bind_host
        self._spec = spec
        self._address = resolve(peer.host, peer.port, spec.family, socket.SOCK_STREAM)
        self._leave_from = resolve(bind_host, 0, spec.family, socket.SOCK_STREAM) if bind_host else None
        self._token = peer.token.to_bytes(TOKEN_BYTES, "big")
        self._count = count
        self._orders = orders
        self._selector = DeadlineSelector()
        self._selector.register(orders, selectors.EVENT_READ)
        self._under_way: dict[_Attempt, None] = {}
        self._opened: list[_Attempt] = []
        self._failed = 0
        self._first_failure: OSError | None = None

    def carry_out(self) -> None:
        """Go on until all have been tried, the time is over, nobody seems to be there, or a stop."""
        until = time.monotonic_ns() + round(OPENING_SECONDS * NANOSECONDS)
        while not self._orders.stopped and not self._is_hopeless() and (now := time.monotonic_ns()) < until:
            if self._may_begin():
                self._begin()
            elif not self._under_way:
                return
            # Look between any two: when one is connected is seen at once, not after all the others have begun.
            wake_at = now if self._may_begin() else min(until, self._patient_until())
            ready = self._selector.ready_until(wake_at)
            now = time.monotonic_ns()
            for key, _ in ready:
                if key.data is None:
                    self._orders.wait(0)
                else:
                    self._advance(key.data, now)
            while self._under_way and self._patient_until() <= now:
                self._drop(next(iter(self._under_way)), _error(errno.ETIMEDOUT))

    def opened(self) -> Opened:
        """What came of it.

        Raises:
            OSError: nothing, without a stop.
        """
        if not self._opened and not self._orders.stopped:
            raise self._first_failure or _error(errno.ETIMEDOUT)
        return Opened(
            tuple(one.connection for one in self._opened),
            tuple(one.connected_at - one.began_at for one in self._opened),
            self._count - len(self._opened),
        )

    def abandon(self) -> None:
        """Close the connections that were opened."""
        for attempt in self._opened:
            attempt.connection.close()

    def close(self) -> None:
        """Close what is still under way."""
        self._selector.close()
        for attempt in self._under_way:
            attempt.connection.close()

    def _may_begin(self) -> bool:
        tried = len(self._under_way) + len(self._opened) + self._failed
        return tried < self._count and len(self._under_way) < MOST_UNDER_WAY

    def _patient_until(self) -> int:
        oldest = next(iter(self._under_way), None)
        return time.monotonic_ns() if oldest is None else oldest.began_at + _PATIENCE

    def _is_hopeless(self) -> bool:
        return not self._opened and self._failed >= MOST_UNDER_WAY

    def _begin(self) -> None:
        began_at = time.monotonic_ns()
        try:
            connection = open_socket(self._spec.family, socket.SOCK_STREAM, self._spec.socket_options)
        except OSError as failure:
            self._fail(failure)
            return
        attempt = _Attempt(connection, began_at)
        self._under_way[attempt] = None
        try:
            connection.setblocking(False)
            reset_on_close(connection)
            if self._leave_from is not None:
                bind_source(connection, self._leave_from)
            attempt.began_at = time.monotonic_ns()
            if (number := connection.connect_ex(self._address)) not in {0, errno.EINPROGRESS}:
                raise _error(number)
            self._selector.register(connection, selectors.EVENT_WRITE, attempt)
        except OSError as failure:
            self._drop(attempt, failure)

    def _advance(self, attempt: _Attempt, now: int) -> None:
        """It is connected, or was answered, or has failed."""
        connection = attempt.connection
        try:
            if not attempt.connected_at:
                if number := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    raise _error(number)
                attempt.connected_at = now
                connection.send(self._token)
                self._selector.modify(connection, selectors.EVENT_READ, attempt)
                return
            data = connection.recv(TOKEN_BYTES - len(attempt.answer))
            attempt.answer = given_back(self._token, attempt.answer, data)
        except BlockingIOError:
            return
        except OSError as failure:
            self._drop(attempt, failure)
            return
        if len(attempt.answer) == TOKEN_BYTES:
            self._selector.unregister(connection)
            del self._under_way[attempt]
            self._opened.append(attempt)

    def _drop(self, attempt: _Attempt, failure: OSError) -> None:
        if attempt.connection in self._selector.get_map():
            self._selector.unregister(attempt.connection)
        attempt.connection.close()
        del self._under_way[attempt]
        self._fail(failure)

    def _fail(self, failure: OSError) -> None:
        self._failed += 1
        self._first_failure = self._first_failure or failure


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
