"""Which module carries out which kind of step."""

import time
from dataclasses import replace

from sockrig.orchestration.context import RunContext
from sockrig.orchestration.steps.failures import one_line
from sockrig.orchestration.steps.search import carry_out_search
from sockrig.orchestration.steps.sockets import carry_out_sockets
from sockrig.orchestration.steps.traffic import carry_out_flows
from sockrig.results.model import StepResult, Verdict
from sockrig.scenario.plan import FlowStep, PlannedStep, SearchStep, SocketStep
from sockrig_wire.errors import SockrigError


async def carry_out(step: PlannedStep, context: RunContext) -> StepResult:
    """Carry out one step; what kept it from being carried out is in its result."""
    began = time.monotonic()
    try:
        result = await _carry_out(step, context)
    except (SockrigError, OSError) as failure:
        result = StepResult(name=step.name, verdict=Verdict.ERROR, problem=one_line(failure))
    return replace(result, duration_seconds=time.monotonic() - began)


async def _carry_out(step: PlannedStep, context: RunContext) -> StepResult:
    match step:
        case SocketStep():
            return await carry_out_sockets(step, context)
        case FlowStep():
            return await carry_out_flows(step, context)
        case SearchStep():
            return await carry_out_search(step, context)
