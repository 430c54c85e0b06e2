"""What the steps of a run share: its agents, who of them is lost, its events, and who hears what the agents say."""

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from sockrig.fleet.fleet import Fleet
from sockrig.fleet.link import AgentLink
from sockrig.orchestration.addresses import address_of
from sockrig.results.model.run import RunResult
from sockrig.results.model.search import SearchResult
from sockrig.results.model.step import StepResult
from sockrig.scenario.flow_expansion import FlowNames
from sockrig.scenario.plan import FlowPlan
from sockrig_wire.errors import LostError
from sockrig_wire.model.controller import Notice, RunEventBody
from sockrig_wire.model.flows import StopFlows
from sockrig_wire.model.session import Event
from sockrig_wire.model.sockets import Family, SocketCall, SocketReply

Emit = Callable[[RunEventBody], None]
"""Tells everybody who watches the run."""

STOP_TIMEOUT_SECONDS = 5.0
"""How long the end of a step that failed waits for an agent to stop what is left of it."""

Listener = Callable[[str, Event | LostError], None]
"""Hears an agent by name: what it says of this run, or that it is lost."""


class RunObserver(Protocol):
    """Sees what a run does, for its record. None of its methods waits or raises."""

    def flows_begin(self, flows: Sequence[FlowPlan], /) -> None:
        """These flows begin; the samples of their names are theirs."""

    def agent_lost(self, agent: str, problem: str, /) -> None:
        """An agent is lost, and why."""

    def step_begins(self, step: StepResult, /) -> None:
        """The next step begins; of its result there is what is known by now."""

    def search_goes_on(self, search: SearchResult, /) -> None:
        """The step that is under way has found so much by now."""

    def step_finished(self, step: StepResult, /) -> None:
        """The step that is under way has come to its end."""


class Unobserved:
    """Nobody keeps a record."""

    def flows_begin(self, flows: Sequence[FlowPlan], /) -> None:
        """Nothing."""

    def agent_lost(self, agent: str, problem: str, /) -> None:
        """Nothing."""

    def step_begins(self, step: StepResult, /) -> None:
        """Nothing."""

    def search_goes_on(self, search: SearchResult, /) -> None:
        """Nothing."""

    def step_finished(self, step: StepResult, /) -> None:
        """Nothing."""


class RunContext:
    """One run, as its steps see it.

    Attributes:
        lost: the agents that were lost on the way, and why.
        baseline: the earlier run that this one is compared with.
        flow_names: of all flows of the run, as late events of one must never count for another.
        ends_at: when the step that is under way has to end, on the loop's clock.
    """

    def __init__(
        self,
        run_id: str,
        fleet: Fleet,
        agents: Sequence[str],
        emit: Emit,
        *,
        needed: int,
        baseline: RunResult | None = None,
        observer: RunObserver | None = None,
    ) -> None:
        self.run_id = run_id
        self.fleet = fleet
        self.emit = emit
        self.baseline = baseline
        self.observer = observer or Unobserved()
        self.links = tuple(fleet.link(name) for name in agents)
        self.lost: dict[str, str] = {}
        self.flow_names = FlowNames()
        self.ends_at = math.inf
        self._needed = needed
        self._listeners: list[Listener] = []

    @property
    def enough_left(self) -> bool:
        """Whether so many agents are left that the run can still be whole, as its scenario requires."""
        return len(self.links) - len(self.lost) >= self._needed

    async def stop_flows(self) -> None:
        """End whatever traffic a step that failed has left on the agents; never raises, never waits long."""
        await asyncio.gather(
            *(
                link.command(self.run_id, StopFlows(), deadline_seconds=STOP_TIMEOUT_SECONDS)
                for link in self.links
                if link.name not in self.lost
            ),
            return_exceptions=True,
        )

    def link(self, agent: str) -> AgentLink:
        """The session with an agent."""
        return self.fleet.link(agent)

    def address(self, agent: str, family: Family) -> str:
        """Where its peers reach an agent.

        Raises:
            IncompatibleError: it advertises no address of that family.
        """
        return address_of(self.fleet.link(agent), family)

    def hear(self, agent: str, event: Event | LostError) -> None:
        """Take in what an agent says; the step that is under way hears it."""
        if isinstance(event, LostError) and agent not in self.lost:
            self.lost[agent] = event.what
            self.observer.agent_lost(agent, event.what)
            self.emit(Notice("error", f"agent {agent} is lost: {event.what}"))
        for listener in tuple(self._listeners):
            listener(agent, event)

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """Let ``listener`` hear the agents within the block."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    async def call_socket(self, agent: str, call: SocketCall) -> SocketReply:
        """One call of a dialogue, on the run's lease.

        Raises:
            OSError: as a local socket would raise.
            SockrigError: any other failure.
        """
        reply = await self.fleet.link(agent).command(self.run_id, call, deadline_seconds=None)
        assert isinstance(reply, SocketReply), "an agent answers a socket call with a socket reply"
        return reply
