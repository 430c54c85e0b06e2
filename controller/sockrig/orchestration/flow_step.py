"""One flow step: prepare, armed, start at T, running, drain.

All agents are ordered at once in each phase; listeners are bound before anybody connects. Whatever happens, the step
ends within a bounded time, and what came in is kept.
"""

import asyncio
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sockrig.fleet.clock import ClockEstimate, agreed
from sockrig.fleet.fleet import Fleet
from sockrig.orchestration.addresses import address_of
from sockrig.orchestration.barrier import all_ready
from sockrig.orchestration.collected import Collected
from sockrig.orchestration.context import Emit
from sockrig.orchestration.timing import (
    PREPARE_TIMEOUT_SECONDS,
    RESULT_GRACE_SECONDS,
    StartSkew,
    WorkerStart,
    lead_seconds,
    longest_seconds,
    on_agents_clock,
    start_skew,
)
from sockrig.scenario.plan import FlowPlan
from sockrig_wire.errors import IncompatibleError, LostError, SockrigError
from sockrig_wire.model.controller import FlowProgress, PhaseReached
from sockrig_wire.model.flows import (
    FlowPrepared,
    FlowSpec,
    FlowStart,
    PrepareFlow,
    Role,
    Sample,
    StartFlows,
    StopFlows,
    WorkerEndpoint,
)
from sockrig_wire.model.session import Event, ReplyBody


@dataclass(frozen=True, slots=True)
class FlowStepOutcome:
    """What came of the step."""

    collected: Collected
    skew: StartSkew | None
    clocks: Mapping[str, ClockEstimate]
    """Of every agent, at the start."""
    end_clocks: Mapping[str, ClockEstimate]
    """Of every agent that was still there, at the end."""
    lasted_nanoseconds: int
    """From the one to the other."""


class FlowStepRunner:
    """Runs one set of flows within a run.

    Args:
        run_id: of the run.
        fleet: where its agents are.
        flows: what to carry.
        emit: is told what happens.
        ends_at: when the step has to end, on the loop's clock; flows that still go on then are ended, and what they
            measured is kept.
    """

    def __init__(
        self, run_id: str, fleet: Fleet, flows: Sequence[FlowPlan], emit: Emit, *, ends_at: float = math.inf
    ) -> None:
        self._run_id = run_id
        self._flows = flows
        self._emit = emit
        self._ends_at = ends_at
        self._collected = Collected(flows)
        names = dict.fromkeys(name for flow in flows for name in (flow.source, flow.destination))
        self._links = {name: fleet.link(name) for name in names}
        self._peers = {
            (flow.spec.name, role): ends
            for flow in flows
            for role, ends in (
                (Role.SOURCE, (flow.source, flow.destination)),
                (Role.DESTINATION, (flow.destination, flow.source)),
            )
        }
        self._changed = asyncio.Event()
        self._bereft: dict[str, set[str]] = {}
        self._started = False
        self._member_lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self, agent: str, event: Event | LostError) -> None:
        """Take in what an agent said, or that it was lost."""
        if isinstance(event, LostError):
            if agent in self._links:
                for other, flows in self._collected.lose_agent(agent, event.what).items():
                    self._bereft.setdefault(other, set()).update(flows)
                if not self._started and not self._member_lost.done():
                    self._member_lost.set_exception(event)
        else:
            self._collected.take(event.body)
            if isinstance(event.body, Sample) and (ends := self._peers.get((event.body.flow, event.body.role))):
                self._emit(FlowProgress(*ends, event.body))
        self._changed.set()

    async def run(self) -> FlowStepOutcome:
        """Carry out the step.

        Raises:
            SockrigError | OSError: it could not be prepared; nothing was started.
        """
        try:
            await self._prepare()
            order_seconds = await self._rehearse()
            measured = await asyncio.gather(*(link.refresh_clock() for link in self._links.values()))
            fresh = agreed(dict(zip(self._links, measured, strict=True)))
            lead = round(lead_seconds(fresh, order_seconds) * 1e9)
            start_at = time.monotonic_ns() + lead
            clocks = {name: clock.later(lead) for name, clock in fresh.items()}
            starts = {name: on_agents_clock(start_at, clock) for name, clock in clocks.items()}
            await self._start(starts)
            await self._results(start_at)
            return FlowStepOutcome(
                self._collected,
                start_skew(tuple(self._worker_starts(starts, clocks))),
                clocks,
                await self._clocks_at_the_end(clocks),
                time.monotonic_ns() - start_at,
            )
        finally:
            self._member_lost.cancel()
            if self._member_lost.done() and not self._member_lost.cancelled():
                self._member_lost.exception()

    async def _prepare(self) -> None:
        self._emit(PhaseReached("prepare", tuple(self._links)))
        specs = [flow.spec for flow in self._flows]
        bound = await self._ready(
            "listening", {spec.name: PrepareFlow(spec, spec.direction.listener) for spec in specs}
        )
        endpoints = {spec.name: self._reachable(spec, bound[spec.name].endpoints) for spec in specs}
        await self._ready(
            "connected",
            {spec.name: PrepareFlow(spec, spec.direction.connector, endpoints[spec.name]) for spec in specs},
        )
        self._emit(PhaseReached("armed"))

    async def _ready(self, what: str, orders: Mapping[str, PrepareFlow]) -> dict[str, FlowPrepared]:
        by_agent: dict[str, list[str]] = {}
        for name, order in orders.items():
            by_agent.setdefault(self._peers[name, order.role][0], []).append(name)
        answers = await all_ready(
            what,
            {
                agent: [
                    self._links[agent].command(self._run_id, orders[name], deadline_seconds=PREPARE_TIMEOUT_SECONDS)
                    for name in names
                ]
                for agent, names in by_agent.items()
            },
            timeout_seconds=PREPARE_TIMEOUT_SECONDS,
            member_lost=self._member_lost,
        )
        return {
            name: _prepared(answer, agent)
            for agent, names in by_agent.items()
            for name, answer in zip(names, answers[agent], strict=True)
        }

    def _reachable(self, spec: FlowSpec, endpoints: Iterable[WorkerEndpoint]) -> tuple[WorkerEndpoint, ...]:
        listener, _ = self._peers[spec.name, spec.direction.listener]
        host = address_of(self._links[listener], spec.family)
        return tuple(
            endpoint if endpoint.host else WorkerEndpoint(host, endpoint.port, endpoint.token) for endpoint in endpoints
        )

    async def _clocks_at_the_end(self, clocks: Mapping[str, ClockEstimate]) -> dict[str, ClockEstimate]:
        """The clocks measured again, now that the traffic is over: those that may have drifted."""
        drifting = [self._links[name] for name, clock in clocks.items() if not clock.exact]
        measured = await asyncio.gather(*(link.refresh_clock() for link in drifting), return_exceptions=True)
        there = {
            link.name: clock
            for link, clock in zip(drifting, measured, strict=True)
            if not isinstance(clock, BaseException)
        }
        return agreed({**{name: clock for name, clock in clocks.items() if clock.exact}, **there})

    async def _rehearse(self) -> dict[str, float]:
        """Give everybody a start order for no flow; how long each took to answer, in seconds."""
        began, answered = time.monotonic(), dict[str, float]()

        async def order(agent: str) -> None:
            if await self._order(agent, StartFlows(())):
                answered[agent] = time.monotonic() - began

        await asyncio.gather(*(order(agent) for agent in self._links))
        return answered

    async def _start(self, starts: Mapping[str, int]) -> None:
        orders: dict[str, list[FlowStart]] = {}
        for (flow, role), (agent, peer) in self._peers.items():
            orders.setdefault(agent, []).append(FlowStart(flow, role, starts[agent], starts[peer]))
        self._started = True
        self._emit(PhaseReached("running", (), longest_seconds([flow.spec for flow in self._flows], with_drain=False)))
        await asyncio.gather(*(self._order(agent, StartFlows(tuple(flows))) for agent, flows in orders.items()))

    async def _order(self, agent: str, order: StartFlows) -> bool:
        """Give a start order; whether it was taken. Who does not take it will be missed when results are due."""
        try:
            await self._links[agent].command(self._run_id, order, deadline_seconds=PREPARE_TIMEOUT_SECONDS)
        except (SockrigError, OSError):
            return False
        return True

    async def _results(self, start_at: int) -> None:
        specs = [flow.spec for flow in self._flows]
        latest = start_at / 1e9 + longest_seconds(specs) + RESULT_GRACE_SECONDS
        drain_from = start_at / 1e9 + longest_seconds(specs, with_drain=False)
        await self._wait_done(drain_from)
        if not self._collected.done:
            self._emit(PhaseReached("drain", self._collected.waiting_for))
            await self._wait_done(latest)
        if not self._collected.done and asyncio.get_running_loop().time() >= self._ends_at:
            await self._stop(dict.fromkeys(self._links, StopFlows()))
            self._ends_at = math.inf
            await self._wait_done(time.monotonic() + RESULT_GRACE_SECONDS)
        if not self._collected.done:
            self._collected.give_up(f"gave no result within {RESULT_GRACE_SECONDS:g} s of its end")
            await self._stop(dict.fromkeys(self._links, StopFlows()))
        self._emit(PhaseReached("report"))

    async def _wait_done(self, until_seconds: float) -> None:
        left = min(until_seconds - time.monotonic(), self._ends_at - asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(max(0.0, left)):
                while not self._collected.done:
                    self._changed.clear()
                    await self._stop_bereft()
                    await self._changed.wait()
        except TimeoutError:
            pass

    async def _stop_bereft(self) -> None:
        """End what is at work for an agent that is lost; what it has measured comes at once."""
        bereft, self._bereft = self._bereft, {}
        await self._stop({agent: StopFlows(tuple(sorted(flows))) for agent, flows in bereft.items()})

    async def _stop(self, orders: Mapping[str, StopFlows]) -> None:
        await asyncio.gather(
            *(
                self._links[agent].command(self._run_id, order, deadline_seconds=RESULT_GRACE_SECONDS)
                for agent, order in orders.items()
            ),
            return_exceptions=True,
        )

    def _worker_starts(self, starts: Mapping[str, int], clocks: Mapping[str, ClockEstimate]) -> Iterable[WorkerStart]:
        delays = {flow.spec.name: int(flow.spec.delay_seconds * 1e9) for flow in self._flows}
        for result in self._collected.results:
            agent = self._peers[result.flow, result.role][0]
            delay = delays[result.flow] if result.role is Role.SOURCE else 0  # a destination is there from T on
            yield WorkerStart(
                agent,
                result.flow,
                result.role,
                result.worker,
                starts[agent] + delay,
                result.started_at_nanoseconds,
                clocks[agent],
            )


def _prepared(answer: ReplyBody, agent: str) -> FlowPrepared:
    if isinstance(answer, FlowPrepared):
        return answer
    raise IncompatibleError(f"it answered an order to prepare with {type(answer).__name__}", where=f"agent {agent}")
