"""How the ends of flows begin, whatever the kind: consent first, and the socket that it leaves open.

::

    Engine
    ├── TcpEnd
    │   ├── TcpConnector  connects and shows the token
    │   └── TcpListener   listens, admits the connection that shows the token
    ├── UdpSource         exchanges a hello
    └── UdpDestination    binds, answers hellos

Over TCP it is the flow's direction that says which end is which: forward, the source connects.
"""

import secrets
import select
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property

from sockrig_agent.traffic.admission import Admission, show_token
from sockrig_agent.traffic.engine import PREPARE_SECONDS, TICK_SECONDS, Assignment, Counters, Engine
from sockrig_agent.traffic.hello import answer_hellos, exchange_hello
from sockrig_agent.traffic.orders import NANOSECONDS, Orders
from sockrig_agent.traffic.polling import waiting
from sockrig_agent.traffic.tcp_info import read_tcp_info
from sockrig_agent.traffic.transport import (
    bound_waits,
    connected_socket,
    datagram_socket,
    listening_socket,
    port_of,
    resolve,
)
from sockrig_wire.model.flows import Role, TcpInfo, WorkerEndpoint


class _End(Engine, ABC):
    """Holds the one socket that carries the traffic once there is consent."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._socket: socket.socket | None = None

    @property
    def socket(self) -> socket.socket:
        """The socket.

        Raises:
            ValueError: it is not open yet.
        """
        if self._socket is None:
            raise ValueError("the engine is not prepared")
        return self._socket

    @cached_property
    def receive(self) -> Callable[[memoryview], int]:
        """The socket's ``recv_into``, which waits as the flow's ``poll`` says, at most a tick."""
        return waiting(self.socket.recv_into, self.spec.poll, TICK_SECONDS)

    def close(self) -> None:
        """Close the socket; what the kernel still holds of a stream goes on its way."""
        if self._socket is not None:
            self._socket.close()


class TcpEnd(_End, ABC):
    """An end of a connection, whoever opened it."""

    def connection(self) -> TcpInfo | None:
        """Of a source, TCP_INFO as it is now; None where there is no connection (yet, or any more)."""
        sends = self.assignment.role is Role.SOURCE and self._socket is not None
        return read_tcp_info(self.socket) if sends else None

    @abstractmethod
    def meet(self, until: int) -> bool:
        """Whether the peer is there, or comes before ``until`` and before a stop; then nobody else is let in."""


class TcpConnector(TcpEnd, ABC):
    """The end that connects."""

    def prepare(self) -> None:
        """Connect and show the token."""
        self._socket = connected_socket(
            self.peer, self.spec.family, self.assignment.bind_host, PREPARE_SECONDS, self.spec.socket_options
        )
        show_token(self._socket, self.peer.token, PREPARE_SECONDS)
        bound_waits(self._socket, TICK_SECONDS)

    def meet(self, until: int) -> bool:  # noqa: ARG002 - only a listener has to wait
        """It is: there is a connection since :meth:`prepare`."""
        return True


class TcpListener(TcpEnd, ABC):
    """The end with a listener, and the first connection that showed the token."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self._admission: Admission | None = None

    @property
    def admission(self) -> Admission:
        """The door.

        Raises:
            ValueError: it is not open yet.
        """
        if self._admission is None:
            raise ValueError("the engine is not prepared")
        return self._admission

    def prepare(self) -> WorkerEndpoint:
        """Listen."""
        token = secrets.randbits(64)
        listener = listening_socket(self.spec.family, self.assignment.bind_host, self.spec.socket_options)
        self._admission = Admission(listener, token)
        self._admission.watch(self.orders)
        return WorkerEndpoint(self.assignment.advertised_host, port_of(listener), token)

    def attend(self) -> None:
        """Admit the peer while there is no start order."""
        while self.orders.start is None and not self.orders.stopped:
            if self._socket is None:
                self._socket = self.admission.wait(timeout_seconds=60)
                self.orders.wait(0)
            else:
                self.orders.wait()

    def admit(self, until: int) -> bool:
        """Whether the peer is there, or comes before ``until`` and before a stop."""
        while self._socket is None and not self.orders.stopped and (left := until - time.monotonic_ns()) > 0:
            self._socket = self.admission.wait(left / NANOSECONDS)
            self.orders.wait(0)
        if self._socket is None:
            return False
        bound_waits(self._socket, TICK_SECONDS)
        return True

    def meet(self, until: int) -> bool:
        """Wait for the peer, and close the door behind it."""
        there = self.admit(until)
        self.admission.close()
        return there

    def close(self) -> None:
        """Close the door and the connection."""
        super().close()
        if self._admission is not None:
            self._admission.close()


class UdpSource(_End, ABC):
    """A source with a connected datagram socket."""

    def prepare(self) -> None:
        """Exchange a hello."""
        self._socket = datagram_socket(self.spec.family, self.assignment.bind_host, self.spec.socket_options)
        self._socket.connect(resolve(self.peer.host, self.peer.port, self.spec.family, socket.SOCK_DGRAM))
        exchange_hello(self._socket, self.peer.token, PREPARE_SECONDS)
        bound_waits(self._socket, TICK_SECONDS)


class UdpDestination(_End, ABC):
    """A destination with a bound datagram socket."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        super().__init__(assignment, counters, orders)
        self.token = secrets.randbits(64)

    def prepare(self) -> WorkerEndpoint:
        """Bind."""
        self._socket = datagram_socket(self.spec.family, self.assignment.bind_host, self.spec.socket_options)
        bound_waits(self._socket, TICK_SECONDS)
        return WorkerEndpoint(self.assignment.advertised_host, port_of(self._socket), self.token)

    def attend(self) -> None:
        """Answer hellos while there is no start order."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        poll.register(self.orders, select.POLLIN)
        while self.orders.start is None and not self.orders.stopped:
            poll.poll()
            if answer_hellos(self.socket, self.token):
                poll.unregister(self.socket)
                super().attend()
                return
            self.orders.wait(0)
