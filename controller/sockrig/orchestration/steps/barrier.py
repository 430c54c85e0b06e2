"""Carries out a step that waits until every agent answers."""

import asyncio

from sockrig.orchestration.barrier import all_ready
from sockrig.orchestration.context import RunContext
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.plan import BarrierStep
from sockrig_wire.errors import LostError
from sockrig_wire.model.controller import PhaseReached
from sockrig_wire.model.session import Event


async def carry_out_barrier(step: BarrierStep, context: RunContext) -> StepResult:
    """Have all agents answer a burst of pings; those that were lost before are named, and not waited for.

    Raises:
        BarrierTimeoutError: some did not; the message names them.
        SockrigError: one was lost meanwhile.
    """
    waits = [agent for agent in step.agents if agent not in context.lost]
    gone = [agent for agent in step.agents if agent in context.lost]
    member_lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hear(agent: str, event: Event | LostError) -> None:
        if isinstance(event, LostError) and agent in waits and not member_lost.done():
            member_lost.set_exception(event)

    context.emit(PhaseReached("barrier", tuple(waits)))
    try:
        with context.listening(hear):
            await all_ready(
                "answering",
                {agent: [context.link(agent).refresh_clock()] for agent in waits},
                timeout_seconds=step.timeout_seconds,
                member_lost=member_lost,
            )
    finally:
        member_lost.cancel()
        if member_lost.done() and not member_lost.cancelled():
            member_lost.exception()
    if gone:
        return StepResult(name=step.name, verdict=Verdict.DEGRADED, problem=f"lost before: {', '.join(gone)}")
    return StepResult(name=step.name, verdict=Verdict.PASSED)
