"""One reach step: destinations listen, sources probe, destinations tell what came in.

All agents are ordered at once in each phase. An agent that fails takes its own cells with it and no others.
"""

import asyncio
import secrets
from collections.abc import Mapping
from typing import TypeVar

from sockrig.orchestration.context import RunContext
from sockrig.orchestration.reach_cells import AskedCell, ReachRows, listen_orders, probe_orders
from sockrig.orchestration.timing import PREPARE_TIMEOUT_SECONDS, RESULT_GRACE_SECONDS
from sockrig.results.model.reach import ReachResult
from sockrig.scenario.plan import ReachStep
from sockrig_wire.errors import IncompatibleError, LostError, SockrigError
from sockrig_wire.model.controller import PhaseReached, ReachProgress
from sockrig_wire.model.reach import CloseReach, ProbeReach, ReachCount, ReachOpened, ReachProbed, ReachSeen
from sockrig_wire.model.session import CommandBody, Event
from sockrig_wire.reach import REACH_CAPABILITY, longest_seconds

Answer = TypeVar("Answer", ReachOpened, ReachProbed, ReachSeen)


class ReachStepRunner:
    """Runs one reach step within a run.

    Attributes:
        lost: the agents among those that failed that were lost.
    """

    def __init__(self, step: ReachStep, context: RunContext) -> None:
        self._step = step
        self._context = context
        self._asked = tuple(AskedCell(cell, secrets.randbits(64)) for cell in step.cells)
        self._destinations = tuple(dict.fromkeys(cell.destination for cell in step.cells))
        self._sources = tuple(dict.fromkeys(cell.source for cell in step.cells))
        self._rows = ReachRows(step, self._asked)
        self._done: dict[str, int] = {}
        self._total = 0
        self.lost: set[str] = set()

    @property
    def failures(self) -> Mapping[str, str]:
        """By agent, why it could not do its part."""
        return self._rows.failures

    def take(self, agent: str, event: Event | LostError) -> None:
        """Take in what an agent says: how many of its probes are done."""
        if isinstance(event, Event) and isinstance(event.body, ReachCount) and agent in self._done:
            self._count(agent, event.body.done)

    async def run(self) -> tuple[ReachResult, ...]:
        """Carry out the step; a row for every cell, whatever came of it."""
        agents = tuple(dict.fromkeys((*self._sources, *self._destinations)))
        self._context.emit(PhaseReached("prepare", agents))
        for agent in agents:
            self._look_at(agent)
        if self._step.listen:
            opened = await self._order(listen_orders(self._step, self._asked), ReachOpened, PREPARE_TIMEOUT_SECONDS)
            for agent, answer in opened.items():
                self._rows.opened(agent, answer)
        await self._probe()
        if self._step.listen:
            self._context.emit(PhaseReached("report"))
            seen = await self._order(dict.fromkeys(opened, CloseReach()), ReachSeen, PREPARE_TIMEOUT_SECONDS)
            for agent, told in seen.items():
                self._rows.saw(agent, told)
        return self._rows.rows()

    async def _probe(self) -> None:
        orders = probe_orders(self._step, self._rows.to_probe(), self._rows.addresses, self._destinations)
        self._total = sum(len(order.probes) for order in orders.values())
        self._done = dict.fromkeys(orders, 0)
        self._context.emit(PhaseReached("running"))
        deadline = max(map(_longest_seconds, orders.values()), default=0.0) + RESULT_GRACE_SECONDS
        for answer in (await self._order(orders, ReachProbed, deadline)).values():
            self._rows.probed(answer)

    def _look_at(self, agent: str) -> None:
        """Find out whether an agent can take part, and where it is reached."""
        if agent in self._context.lost:
            self._failed(agent, LostError(self._context.lost[agent]))
            return
        hello = self._context.link(agent).hello
        if hello is not None and REACH_CAPABILITY not in hello.capabilities:
            self._failed(agent, IncompatibleError(f"version {hello.version} knows no reach: update it"))
            return
        if agent in self._destinations:
            try:
                self._rows.addresses[agent] = self._context.address(agent, self._step.family)
            except SockrigError as failure:
                self._failed(agent, failure)

    async def _order(
        self, orders: Mapping[str, CommandBody], kind: type[Answer], deadline_seconds: float
    ) -> dict[str, Answer]:
        """Order all agents at once that have not failed; those that fail now are noted and have no answer."""
        ordered = {agent: order for agent, order in orders.items() if agent not in self.failures}
        answers = await asyncio.gather(
            *(self._order_one(agent, order, kind, deadline_seconds) for agent, order in ordered.items())
        )
        return {agent: answer for agent, answer in zip(ordered, answers, strict=True) if answer is not None}

    async def _order_one(
        self, agent: str, order: CommandBody, kind: type[Answer], deadline_seconds: float
    ) -> Answer | None:
        try:
            answer = await self._context.link(agent).command(
                self._context.run_id, order, deadline_seconds=deadline_seconds
            )
        except (SockrigError, OSError) as failure:
            self._failed(agent, failure)
            return None
        if not isinstance(answer, kind):
            self._failed(agent, IncompatibleError(f"it answered with {type(answer).__name__}"))
            return None
        if isinstance(order, ProbeReach):
            self._count(agent, len(order.probes))
        return answer

    def _count(self, agent: str, done: int) -> None:
        self._done[agent] = max(done, self._done.get(agent, 0))
        self._context.emit(ReachProgress(sum(self._done.values()), self._total))

    def _failed(self, agent: str, failure: SockrigError | OSError) -> None:
        self._rows.failures[agent] = failure.what if isinstance(failure, SockrigError) else str(failure)
        if isinstance(failure, LostError):
            self.lost.add(agent)


def _longest_seconds(order: ProbeReach) -> float:
    by_host: dict[str, int] = {}
    for probe in order.probes:
        by_host[probe.host] = by_host.get(probe.host, 0) + 1
    return longest_seconds(
        len(order.probes), max(by_host.values(), default=0), order.timeout_seconds, order.spacing_seconds
    )
