"""What a controller does for its clients: every RPC in a few lines, on the fleet and the table of runs."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from sockrig.fleet.fleet import Fleet
from sockrig.fleet.link import AgentLink
from sockrig.orchestration.lease import RunLease, surely_closed
from sockrig.orchestration.scenario_run import ScenarioRun
from sockrig.results.baseline import check_baseline, read_baseline
from sockrig.results.document import to_json
from sockrig.results.model.run import RunResult
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, Plan, expand
from sockrig.service.recording import recorded
from sockrig.service.runs import Run, RunTable
from sockrig.service.statuses import Context, told, told_stream
from sockrig.store.facts import RunBeginning
from sockrig_wire.codec import from_message, to_message
from sockrig_wire.model.controller import NO_HOST_FACTS, NO_LIMITS, AgentState, AgentStatus
from sockrig_wire.model.sockets import SocketCall
from sockrig_wire.v1 import controller_pb2, controller_pb2_grpc, sockets_pb2

if TYPE_CHECKING:
    from sockrig.store.recorder import Recorder

SETTLE_SECONDS = 5.0
"""How long a run waits for agents that are still being dialled."""


class ControllerServicer(controller_pb2_grpc.ControllerServiceServicer):
    """Serves clients."""

    def __init__(self, fleet: Fleet, runs: RunTable, recorder: "Recorder | None") -> None:
        self._fleet = fleet
        self._runs = runs
        self._recorder = recorder

    @told
    async def ListAgents(
        self, request: controller_pb2.ListAgentsRequest, context: Context
    ) -> controller_pb2.ListAgentsResponse:
        """The agents and the state of their sessions."""
        await self._fleet.settled(request.wait_seconds)
        return controller_pb2.ListAgentsResponse(
            agents=[to_message(status_of(link), controller_pb2.AgentStatus()) for link in self._fleet.links]
        )

    @told
    async def OpenSocketRun(
        self, request: controller_pb2.OpenSocketRunRequest, context: Context
    ) -> controller_pb2.OpenSocketRunResponse:
        """A run that holds remote sockets, on every agent that is ready."""
        await self._fleet.settled(SETTLE_SECONDS)
        ready = [link for link in self._fleet.links if status_of(link).state is AgentState.READY]
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        run = self._runs.start(request.name, lambda run: _hold_sockets(run, ready, opened))
        await opened
        return controller_pb2.OpenSocketRunResponse(run_id=run.run_id)

    @told
    async def CallSocket(
        self, request: controller_pb2.CallSocketRequest, context: Context
    ) -> controller_pb2.CallSocketResponse:
        """One call on a remote socket."""
        self._runs.run(request.run_id)
        call = from_message(request.call, SocketCall)
        reply = await self._fleet.link(request.agent).command(request.run_id, call, deadline_seconds=None)
        return controller_pb2.CallSocketResponse(reply=to_message(reply, sockets_pb2.SocketReply()))

    @told
    async def StartRun(
        self, request: controller_pb2.StartRunRequest, context: Context
    ) -> controller_pb2.StartRunResponse:
        """Check a scenario against the agents, and start it."""
        loaded = load_scenario(
            request.scenario,
            file_name=request.file_name,
            variables=dict(request.variables),
            included=dict(request.included),
        )
        await self._fleet.settled(SETTLE_SECONDS)
        plan = expand(loaded, [facts_of(link) for link in self._fleet.links])
        baseline = read_baseline(request.baseline) if request.baseline else None
        check_baseline(plan, baseline, file_name=request.file_name)
        for name in plan.agents:
            self._fleet.link(name).require_ready()

        async def carry_out(run: Run) -> None:
            async with recorded(run, self._recorder, self._beginning(run, request, plan, baseline)) as record:
                scenario_run = ScenarioRun(
                    run.run_id,
                    plan,
                    self._fleet,
                    record.emit,
                    source=request.file_name,
                    text=request.scenario,
                    baseline=baseline,
                    observer=record.recording,
                )
                try:
                    run.emit_result(to_json(await record.finished(await scenario_run.execute())))
                finally:
                    run.closed = scenario_run.lease.closed or run.closed

        return controller_pb2.StartRunResponse(run_id=self._runs.start(plan.name, carry_out).run_id)

    def _beginning(
        self, run: Run, request: controller_pb2.StartRunRequest, plan: Plan, baseline: RunResult | None
    ) -> RunBeginning:
        return RunBeginning(
            run_id=run.run_id,
            name=plan.name,
            source=request.file_name,
            scenario=request.scenario,
            included=dict(request.included),
            variables=dict(request.variables),
            baseline=None if baseline is None else baseline.run_id,
            agents=tuple(status_of(self._fleet.link(name)) for name in plan.agents),
        )

    @told
    async def StopRun(self, request: controller_pb2.StopRunRequest, context: Context) -> controller_pb2.StopRunResponse:
        """End a run on every agent."""
        closed = await self._runs.stop(request.run_id)
        return controller_pb2.StopRunResponse(
            sockets=closed.sockets, workers=closed.workers, lost_agents=closed.lost_agents
        )

    @told_stream
    async def WatchRun(
        self, request: controller_pb2.WatchRunRequest, context: Context
    ) -> AsyncGenerator[controller_pb2.WatchRunResponse, None]:
        """What happens in a run."""
        async with contextlib.aclosing(self._runs.run(request.run_id).watch(owner=request.owner)) as events:
            async for event in events:
                yield to_message(event, controller_pb2.WatchRunResponse())


async def _hold_sockets(run: Run, links: list[AgentLink], opened: "asyncio.Future[None]") -> None:
    lease = RunLease(run.run_id, links)
    try:
        await lease.open(lambda _name, _event: None)
        opened.set_result(None)
        await asyncio.Event().wait()
    except Exception as failure:
        if opened.done():
            raise
        opened.set_exception(failure)
    finally:
        try:
            await surely_closed(lease)
        finally:
            run.closed = lease.closed or run.closed


def status_of(link: AgentLink) -> AgentStatus:
    """What clients are told of an agent."""
    hello, clock = link.hello, link.clock
    return AgentStatus(
        name=link.name,
        address=link.target.address,
        state=link.state,
        problem=str(link.problem) if link.problem else "",
        agent_id=hello.agent_id if hello else "",
        version=hello.version if hello else "",
        labels=link.labels,
        capabilities=hello.capabilities if hello else (),
        advertised_addresses=link.addresses,
        host=hello.host if hello else NO_HOST_FACTS,
        clock_offset_seconds=clock.offset_nanoseconds / 1e9 if clock else None,
        clock_uncertainty_seconds=clock.uncertainty_nanoseconds / 1e9 if clock else None,
        round_trip_seconds=clock.round_trip_nanoseconds / 1e9 if clock else None,
        limits=hello.limits if hello else NO_LIMITS,
        clock_drift_ppm=clock.drift.ppm if clock and clock.drift else None,
        clock_drift_uncertainty_ppm=clock.drift.uncertainty_ppm if clock and clock.drift else None,
    )


def facts_of(link: AgentLink) -> AgentFacts:
    """What the expansion of a scenario needs of an agent."""
    capabilities = link.hello.capabilities if link.hello else None
    return AgentFacts(name=link.name, labels=link.labels, addresses=link.addresses, capabilities=capabilities)
