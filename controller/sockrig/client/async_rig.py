"""A rig: hosts whose sockets and traffic one program commands. The asynchronous face."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sockrig.client.agents import unreachable
from sockrig.client.async_host import AsyncHost
from sockrig.client.connection import Connection
from sockrig.client.inventory import checked_address, load_inventory
from sockrig.client.runs import run_scenario
from sockrig.client.socket_run import SocketRun
from sockrig_wire.errors import NotFoundError, UsageError
from sockrig_wire.model.controller import AgentState, AgentStatus, WatchRunResponse

if TYPE_CHECKING:
    from sockrig.results.model.run import RunResult

NO_STORE = "none"
"""Records nothing; as in :mod:`sockrig.store.location`."""

WAIT_SECONDS = 10.0
"""How long a rig waits for its agents to come up."""


def ignore_event(_event: WatchRunResponse) -> None:
    """What a run does with its events when nobody asked for them."""


class AsyncRig:
    """The hosts of a controller. An async context manager; make it with one of its class methods.

    ::

        async with AsyncRig.local(2) as rig:
            a, b = rig.hosts
    """

    def __init__(
        self, controller: AbstractAsyncContextManager[str], *, wait_seconds: float = WAIT_SECONDS, require_all: bool
    ) -> None:
        self._controller = controller
        self._wait_seconds = wait_seconds
        self._require_all = require_all
        self._open = AsyncExitStack()
        self._connection: Connection | None = None
        self._statuses: tuple[AgentStatus, ...] = ()
        self._hosts: tuple[AsyncHost, ...] = ()

    @classmethod
    def local(cls, count: int, *, wait_seconds: float = WAIT_SECONDS, store: str = NO_STORE) -> Self:
        """A rig of so many agents started on this machine, ``local-1`` and so on, which end with the rig.

        Its runs are recorded in ``store``: a path, a URL, or "" for the usual place of this user.

        Raises:
            UsageError: ``count`` is less than 1.
        """
        if count < 1:
            raise UsageError(f"a rig of {count} agents has no host", next="Ask for one or more.")
        return cls(_embedded(local=count, store=store), wait_seconds=wait_seconds, require_all=True)

    @classmethod
    def agents(
        cls,
        agents: Mapping[str, str],
        *,
        wait_seconds: float = WAIT_SECONDS,
        require_all: bool = True,
        store: str = NO_STORE,
    ) -> Self:
        """A rig of agents that listen, given as names with their addresses: ``{"a": "10.0.0.1:7411"}``.

        Its runs are recorded in ``store``, as of :meth:`local`.

        Raises:
            UsageError: there are none, or an address is not one.
        """
        if not agents:
            raise UsageError("a rig needs an agent", next='Give names and addresses: {"a": "10.0.0.1:7411"}.')
        checked = {name: checked_address(address, where=f"agent {name}") for name, address in agents.items()}
        return cls(_embedded(agents=checked, store=store), wait_seconds=wait_seconds, require_all=require_all)

    @classmethod
    def inventory(
        cls,
        path: str | Path,
        *,
        wait_seconds: float = WAIT_SECONDS,
        require_all: bool = True,
        store: str = NO_STORE,
    ) -> Self:
        """A rig of the agents of an inventory file (:mod:`sockrig.client.inventory` shows its form).

        Its runs are recorded in ``store``, as of :meth:`local`.

        Raises:
            UsageError: the file cannot be read or is wrong.
        """
        listed = load_inventory(Path(path))
        agents = {name: agent.address for name, agent in listed.items()}
        labels = {name: agent.labels for name, agent in listed.items()}
        return cls(
            _embedded(agents=agents, labels=labels, store=store), wait_seconds=wait_seconds, require_all=require_all
        )

    @classmethod
    def connect(cls, controller: str, *, wait_seconds: float = WAIT_SECONDS, require_all: bool = False) -> Self:
        """A rig of all ready agents of a controller that runs already.

        Raises:
            UsageError: the address is not one.
        """
        return cls(
            _running(checked_address(controller, where="controller")),
            wait_seconds=wait_seconds,
            require_all=require_all,
        )

    async def __aenter__(self) -> Self:
        """Start or reach the controller and wait for its agents.

        Raises:
            UnreachableError: the controller or, with ``require_all``, an agent does not answer.
        """
        async with AsyncExitStack() as opening:
            address = await opening.enter_async_context(self._controller)
            self._connection = await opening.enter_async_context(Connection(address))
            sockets = SocketRun(self._connection)
            opening.push_async_callback(sockets.close)
            self._statuses = await self._connection.agents(wait_seconds=self._wait_seconds)
            ready = tuple(each for each in self._statuses if each.state is AgentState.READY)
            if self._require_all and len(ready) < len(self._statuses):
                raise unreachable([each for each in self._statuses if each.state is not AgentState.READY])
            self._hosts = tuple(AsyncHost(status, sockets) for status in ready)
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every socket on every agent, then what the rig started."""
        self._connection = None
        await self._open.aclose()

    @property
    def controller(self) -> str:
        """The address of its controller, which other rigs can :meth:`connect` to while this one is open.

        Raises:
            UsageError: the rig is not open.
        """
        return self._connected().address

    @property
    def hosts(self) -> tuple[AsyncHost, ...]:
        """The hosts whose agents were ready when the rig was opened."""
        return self._hosts

    def host(self, name: str) -> AsyncHost:
        """The host of the agent with this name.

        Raises:
            UnreachableError: the agent is known, but was not ready.
            NotFoundError: there is no such agent.
        """
        for host in self._hosts:
            if host.name == name:
                return host
        for status in self._statuses:
            if status.name == name:
                raise unreachable([status])
        names = ", ".join(host.name for host in self._hosts) or "none"
        raise NotFoundError(f"there is no agent {name!r}", next=f"There are: {names}.")

    async def statuses(self, *, wait_seconds: float = 0.0) -> tuple[AgentStatus, ...]:
        """All agents as the controller sees them now, those that are not ready too."""
        return await self._connected().agents(wait_seconds=wait_seconds)

    async def run(
        self,
        scenario: str | Path,
        *,
        file_name: str | None = None,
        variables: Mapping[str, str] | None = None,
        baseline: str | Path | None = None,
        on_event: Callable[[WatchRunResponse], None] = ignore_event,
    ) -> "RunResult":
        """Run a scenario and return its result, whatever the verdict.

        A cancellation stops the run on every agent before it is raised.

        Args:
            scenario: a file's path, or the YAML itself (a string with a line break).
            file_name: what errors and the result call it; with it ``scenario`` is always the YAML itself.
            variables: for the ``$names`` in it.
            baseline: the run that expectations are compared with, in place of the one that the scenario names: a
                result file's path, or a stored run.
            on_event: gets what happens on the way.

        Raises:
            UsageError: the scenario is wrong; says where.
            SockrigError: it cannot be run.
        """
        return await run_scenario(
            self._connected(),
            scenario,
            file_name=file_name,
            variables=variables or {},
            baseline=baseline,
            on_event=on_event,
        )

    def _connected(self) -> Connection:
        if self._connection is None:
            raise UsageError("the rig is not open", next="Use it in `async with`, before its end.")
        return self._connection


@asynccontextmanager
async def _running(address: str) -> AsyncIterator[str]:
    """The controller that runs already."""
    yield address


def _embedded(
    *,
    local: int = 0,
    agents: Mapping[str, str] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    store: str,
) -> AbstractAsyncContextManager[str]:
    """A controller in this process, for as long as the rig is open."""
    from sockrig.embedded import embedded_controller  # noqa: PLC0415 - a client of a running one need not load it

    return embedded_controller(local=local, agents=agents, labels=labels, store=store)
