"""The one small interface of every kind of traffic: an engine is one worker's end of a flow.

::

    prepare -> attend -> make_ready -> rehearse -> run -> figures -> close

*prepare* binds or connects. *attend* lasts until the start order is there; a destination lets its source in meanwhile.
*make_ready* is called when T is known, with time to spare, and of a source *rehearse* some tens of milliseconds before
its own start. *run* is called when it is time (a source: at its own start; a destination: a moment before T, so that
it is there when something comes) and carries the traffic. All of it happens in one thread, with blocking calls of
bounded length; the counters are read from outside while it runs. An engine knows no process, no pipe, no session: a
new kind is one file with an :class:`Engines` of its own.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final

from sockrig_agent.traffic.capabilities import offloads_for
from sockrig_agent.traffic.demand import fewest_packets
from sockrig_agent.traffic.kinds import size_of
from sockrig_agent.traffic.orders import NANOSECONDS, Orders, Timetable
from sockrig_agent.traffic.payload import filled
from sockrig_wire.errors import UsageError
from sockrig_wire.model.flows import Direction, FlowSpec, Role, TcpInfo, WorkerEndpoint, WorkerResult

PREPARE_SECONDS: Final = 5.0
"""The longest that a source tries to reach its destination."""

TICK_SECONDS: Final = 0.05
"""The longest that a system call of an engine blocks: how late it may notice a stop."""

_KEPT: Final = 0.99
"""The part of its rate that a source must reach to have kept it."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one worker is to do.

    ``bind_host`` is the agent's own address, empty for any; ``advertised_host`` what its peers are told; ``peer`` the
    listening worker that the other end goes to: a source to its destination, in reverse a destination to its source.
    """

    spec: FlowSpec
    role: Role
    worker: int
    bind_host: str = ""
    advertised_host: str = ""
    peer: WorkerEndpoint | None = None

    @property
    def size_bytes(self) -> int:
        """Of one datagram, message or block; the largest, where their sizes differ."""
        return size_of(self.spec)

    def block(self, size_bytes: int) -> bytearray:
        """A block of that size with what the flow is to carry."""
        return filled(size_bytes, self.spec.fill, self.spec.content)

    @property
    def bits_per_second(self) -> float | None:
        """This worker's share of the flow's rate in bit/s, where one is given so."""
        rate = self.spec.rate_bits_per_second
        return None if rate is None else rate / self.spec.workers

    def packets_per_second(self, size_bytes: float) -> float | None:
        """This worker's share of the flow's rate, in packets of that size; None is as fast as it goes."""
        if self.bits_per_second is not None:
            return self.bits_per_second / 8 / size_bytes
        rate = self.spec.rate_packets_per_second
        return None if rate is None else rate / self.spec.workers


@dataclass(slots=True)
class Counters:
    """What a worker has done so far, warm-up included; written by its thread, read by the sampler."""

    bytes: int = 0
    packets: int = 0
    transactions: int = 0
    connections: int = 0


class Engine(ABC):
    """One worker's end of one flow."""

    def __init__(self, assignment: Assignment, counters: Counters, orders: Orders) -> None:
        self.assignment = assignment
        self.spec = assignment.spec
        self.counters = counters
        self.orders = orders
        self.offloads = offloads_for(assignment.spec)

    @property
    def peer(self) -> WorkerEndpoint:
        """Where the end that connects goes to.

        Raises:
            ValueError: the assignment names none.
        """
        if self.assignment.peer is None:
            raise ValueError("an end that connects needs the other's endpoint")
        return self.assignment.peer

    @abstractmethod
    def prepare(self) -> WorkerEndpoint | None:
        """Bind, or connect and show the token; who binds returns where it can be reached.

        Raises:
            OSError: the system or the peer refused.
            SockrigError: the flow cannot be carried.
        """

    def attend(self) -> None:
        """Wait until there is a start order or a stop; a destination lets its source in."""
        while self.orders.start is None and not self.orders.stopped:
            self.orders.wait()

    def make_ready(self, timetable: Timetable) -> None:  # noqa: B027 - most have nothing to do
        """Do what can be done before T and would make the start late."""

    def rehearse(self) -> None:  # noqa: B027 - most have little to gain
        """Do what a first packet takes, but for sending it, so that it is in the caches when it is time."""

    @abstractmethod
    def run(self, timetable: Timetable) -> None:
        """Carry the traffic until its time is over or a stop.

        Raises:
            OSError: it could not go on; what it counted until then holds.
        """

    @abstractmethod
    def figures(self, base: WorkerResult) -> WorkerResult:
        """``base``, completed with what this engine measured."""

    def connection(self) -> TcpInfo | None:
        """What the kernel knows of the one connection that a source sends through, if it has one.

        Called from another thread while the engine runs.
        """
        return None

    @abstractmethod
    def close(self) -> None:
        """Close every socket; harmless in any state."""

    def kept_rate(self, packets: float, size_bytes: float, window_seconds: float) -> bool:
        """Whether the rate that was asked for is what limited a source: it sent that much, one packet more or less.

        Where a pattern asks for more at one time than at another, that much is the least that it asks for.
        """
        rate = self.assignment.packets_per_second(size_bytes)
        asked = fewest_packets(self.spec.pattern, rate, window_seconds)
        return asked is not None and window_seconds > 0 and packets + 1 >= _KEPT * asked

    def deadline(self, timetable: Timetable) -> int:
        """When a receiving end gives up waiting: after the drain time, counted from a stop where there was one."""
        if self.orders.stopped_at is None:
            return timetable.drain_until
        drain = round(self.spec.drain_seconds * NANOSECONDS)
        return min(timetable.drain_until, self.orders.stopped_at + drain)


@dataclass(frozen=True, slots=True)
class Engines:
    """The two ends of one kind: what an entry point of the group ``sockrig.engines`` names.

    ``reverse`` are those of a flow whose destination connects, where the kind can do that.
    """

    source: type[Engine]
    destination: type[Engine]
    reverse: "Engines | None" = None

    def of(self, role: Role, direction: Direction = Direction.FORWARD) -> type[Engine]:
        """The engine of that end.

        Raises:
            UsageError: the kind knows no such direction.
        """
        if direction is Direction.REVERSE:
            if self.reverse is None:
                raise UsageError("this kind of traffic goes forward only: its source connects")
            return self.reverse.of(role)
        return self.source if role is Role.SOURCE else self.destination
