"""Which module carries out which kind of step."""

import asyncio
import time
from dataclasses import replace

from sockrig.orchestration.context import STOP_TIMEOUT_SECONDS, RunContext
from sockrig.orchestration.steps.barrier import carry_out_barrier
from sockrig.orchestration.steps.failures import one_line
from sockrig.orchestration.steps.reach import carry_out_reach
from sockrig.orchestration.steps.search import carry_out_search
from sockrig.orchestration.steps.sleep import carry_out_sleep
from sockrig.orchestration.steps.sockets import carry_out_sockets
from sockrig.orchestration.steps.traffic import carry_out_flows
from sockrig.orchestration.timing import RESULT_GRACE_SECONDS
from sockrig.results import quantities
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.plan import BarrierStep, FlowStep, ReachStep, SearchStep, SingleStep, SleepStep, SocketStep
from sockrig_wire.errors import SockrigError

GATHERING_SECONDS = RESULT_GRACE_SECONDS + 2 * STOP_TIMEOUT_SECONDS
"""How long after its deadline a step of traffic may still gather what was measured until then."""


async def carry_out(step: SingleStep, context: RunContext, *, deadline_seconds: float, deadline: str) -> StepResult:
    """Carry out one step; what kept it from being carried out is in its result.

    Args:
        step: what to do.
        context: the run.
        deadline_seconds: how long it may take; then it is ended, and keeps what it has.
        deadline: for people, whose deadline that is.
    """
    began = time.monotonic()
    loop = asyncio.get_running_loop()
    context.ends_at = loop.time() + deadline_seconds
    late = f"ended after {quantities.time(deadline_seconds)}: {deadline}"
    try:
        async with asyncio.timeout_at(context.ends_at + _gathering_seconds(step)) as limit:
            result = await _carry_out(step, context)
        if loop.time() >= context.ends_at:
            told = f"{late}; {result.problem}" if result.problem else late
            result = replace(result, verdict=Verdict.ERROR, problem=told)
    except (SockrigError, OSError) as failure:
        told = late if limit.expired() else one_line(failure)
        result = StepResult(name=step.name, verdict=Verdict.ERROR, problem=told)
    return replace(result, duration_seconds=time.monotonic() - began)


def _gathering_seconds(step: SingleStep) -> float:
    return GATHERING_SECONDS if isinstance(step, FlowStep) else 0.0


async def _carry_out(step: SingleStep, context: RunContext) -> StepResult:
    match step:
        case SleepStep():
            return await carry_out_sleep(step, context)
        case BarrierStep():
            return await carry_out_barrier(step, context)
        case SocketStep():
            return await carry_out_sockets(step, context)
        case FlowStep():
            return await carry_out_flows(step, context)
        case ReachStep():
            return await carry_out_reach(step, context)
        case SearchStep():
            return await carry_out_search(step, context)
