"""A rig: hosts whose sockets and traffic one program commands. The synchronous face."""

import atexit
import queue
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sockrig.client.async_rig import NO_STORE, WAIT_SECONDS, AsyncRig, ignore_event
from sockrig.client.host import Host
from sockrig.client.loop_thread import LoopThread
from sockrig_wire.model.controller import AgentStatus, WatchRunResponse

if TYPE_CHECKING:
    from sockrig.results.model.run import RunResult


class Rig:
    """The hosts of a controller; open as soon as one of the class methods has made it, until it is closed.

    ::

        with Rig.local(2) as rig:
            a, b = rig.hosts

    Its methods do what those of :class:`~sockrig.client.async_rig.AsyncRig` do, which see, and wait for it. Threads may
    share it.
    """

    def __init__(self, rig: AsyncRig) -> None:
        self._loop_thread = LoopThread.acquire()
        try:
            self._holding = self._loop_thread.hold(rig)
        except BaseException:
            self._loop_thread.release()
            raise
        self._rig = rig
        self._closed = False
        self._hosts = tuple(Host(self._loop_thread, host) for host in rig.hosts)
        atexit.register(self.close)

    @classmethod
    def local(cls, count: int, *, wait_seconds: float = WAIT_SECONDS, store: str = NO_STORE) -> Self:
        """A rig of so many agents started on this machine, ``local-1`` and so on, which end with the rig."""
        return cls(AsyncRig.local(count, wait_seconds=wait_seconds, store=store))

    @classmethod
    def agents(
        cls,
        agents: Mapping[str, str],
        *,
        wait_seconds: float = WAIT_SECONDS,
        require_all: bool = True,
        store: str = NO_STORE,
    ) -> Self:
        """A rig of agents that listen, given as names with their addresses: ``{"a": "10.0.0.1:7411"}``."""
        return cls(AsyncRig.agents(agents, wait_seconds=wait_seconds, require_all=require_all, store=store))

    @classmethod
    def inventory(
        cls,
        path: str | Path,
        *,
        wait_seconds: float = WAIT_SECONDS,
        require_all: bool = True,
        store: str = NO_STORE,
    ) -> Self:
        """A rig of the agents of an inventory file."""
        return cls(AsyncRig.inventory(path, wait_seconds=wait_seconds, require_all=require_all, store=store))

    @classmethod
    def connect(cls, controller: str, *, wait_seconds: float = WAIT_SECONDS, require_all: bool = False) -> Self:
        """A rig of all ready agents of a controller that runs already."""
        return cls(AsyncRig.connect(controller, wait_seconds=wait_seconds, require_all=require_all))

    @property
    def controller(self) -> str:
        """The address of its controller, which other rigs can :meth:`connect` to while this one is open."""
        return self._rig.controller

    @property
    def hosts(self) -> tuple[Host, ...]:
        """The hosts whose agents were ready when the rig was opened."""
        return self._hosts

    def host(self, name: str) -> Host:
        """The host of the agent with this name."""
        wanted = self._rig.host(name)
        return next(host for host in self._hosts if host.name == wanted.name)

    def statuses(self, *, wait_seconds: float = 0.0) -> tuple[AgentStatus, ...]:
        """All agents as the controller sees them now, those that are not ready too."""
        return self._loop_thread.call(self._rig.statuses(wait_seconds=wait_seconds))

    def run(
        self,
        scenario: str | Path,
        *,
        variables: Mapping[str, str] | None = None,
        baseline: str | Path | None = None,
        on_event: Callable[[WatchRunResponse], None] = ignore_event,
    ) -> "RunResult":
        """Run a scenario and return its result, whatever the verdict; ``on_event`` is called in this thread.

        Ctrl-C stops the run on every agent before it is raised.
        """
        events: queue.SimpleQueue[WatchRunResponse | None] = queue.SimpleQueue()
        running = self._rig.run(scenario, variables=variables, baseline=baseline, on_event=events.put)
        with self._loop_thread.prepare(running) as order:
            order.outcome.add_done_callback(lambda _: events.put(None))
            while (event := events.get()) is not None:
                on_event(event)
            return order.outcome.result()

    def close(self) -> None:
        """Close every socket on every agent, then what the rig started. Closing twice is nothing."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.close)
        try:
            self._holding.close()
        finally:
            self._loop_thread.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
