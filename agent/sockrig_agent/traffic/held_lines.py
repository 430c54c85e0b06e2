"""Many connections in one event loop: who has something to say, and what could not yet be sent.

One thread waits for all of them, so that a connection costs a few hundred bytes here and its buffers in the kernel,
and none of the waiting.
"""

import selectors
import socket
from dataclasses import dataclass
from typing import Final

from sockrig_agent.traffic.deadlines import DeadlineSelector
from sockrig_agent.traffic.orders import Orders

_MOST_UNSENT_BYTES: Final = 64 * 1024
"""An end that keeps its word has a request or an answer under way, 16 KiB at most (:mod:`sockrig_wire.kinds`)."""


@dataclass(slots=True, eq=False)
class Line:
    """One connection.

    A source keeps in ``intended`` when the request that is under way was meant to leave, None while it is idle, and in
    ``answer`` what has come back of it; a destination keeps in ``received`` how much of a request has come.
    """

    connection: socket.socket
    intended: int | None = None
    answer: bytes = b""
    received: int = 0
    unsent: bytes = b""

    def receive(self, most_bytes: int) -> bytes:
        """What is there; empty where there is nothing yet.

        Raises:
            OSError: it broke, or the other end has closed it.
        """
        try:
            data = self.connection.recv(most_bytes)
        except BlockingIOError:
            return b""
        if not data:
            raise ConnectionResetError("the other end closed the connection")
        return data


class HeldLines:
    """The lines that are open, in the order in which they came; an order ends every wait."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._lines: dict[Line, None] = {}
        self._selector = DeadlineSelector()
        self._selector.register(orders, selectors.EVENT_READ)

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, line: Line) -> bool:
        return line in self._lines

    def under_way(self) -> list[Line]:
        """Those with a request that was not answered."""
        return [line for line in self._lines if line.intended is not None]

    def add(self, connection: socket.socket) -> Line:
        """Take over a connection."""
        line = Line(connection)
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, line)
        self._lines[line] = None
        return line

    def ready(self, until: int) -> list[Line]:
        """Those to receive from, now or as soon as there are any; none at ``until``, or with an order.

        Args:
            until: nanoseconds of CLOCK_MONOTONIC.
        """
        ready = []
        for key, events in self._selector.ready_until(until):
            line: Line | None = key.data
            if line is None:
                self._orders.wait(0)
                continue
            broken = bool(events & selectors.EVENT_WRITE) and not self._sent_rest(line)
            if broken or events & selectors.EVENT_READ:
                ready.append(line)
        return ready

    def send(self, line: Line, data: bytes | memoryview) -> None:
        """Send, or keep what an exceptionally small send buffer does not take until it does.

        Raises:
            OSError: it broke, or the other end takes nothing and asks on.
        """
        sent = 0
        if not line.unsent:
            try:
                sent = line.connection.send(data)
            except BlockingIOError:
                sent = 0
        if sent < len(data):
            line.unsent += bytes(data[sent:])
            if len(line.unsent) > _MOST_UNSENT_BYTES:
                raise ConnectionAbortedError("the other end takes no answers")
            self._selector.modify(line.connection, selectors.EVENT_READ | selectors.EVENT_WRITE, line)

    def drop(self, line: Line) -> None:
        """Close one."""
        self._selector.unregister(line.connection)
        line.connection.close()
        del self._lines[line]

    def close(self) -> None:
        """Close all of them; harmless the second time."""
        self._selector.close()
        for line in self._lines:
            line.connection.close()
        self._lines.clear()

    def _sent_rest(self, line: Line) -> bool:
        """Send on; False where it broke over it, which receiving then shows."""
        try:
            line.unsent = line.unsent[line.connection.send(line.unsent) :]
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not line.unsent:
            self._selector.modify(line.connection, selectors.EVENT_READ, line)
        return True
