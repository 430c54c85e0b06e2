"""Carries out a step that lets time pass."""

import asyncio

from sockrig.orchestration.context import RunContext
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.plan import SleepStep
from sockrig_wire.errors import LostError
from sockrig_wire.model.controller import PhaseReached
from sockrig_wire.model.session import Event


async def carry_out_sleep(step: SleepStep, context: RunContext) -> StepResult:
    """Sleep; not a moment longer once too few agents are left for the run to go on."""
    alone = asyncio.Event()

    def hear(_agent: str, _event: Event | LostError) -> None:
        if not context.enough_left:
            alone.set()

    context.emit(PhaseReached("sleep", (), step.seconds))
    try:
        with context.listening(hear):
            async with asyncio.timeout(step.seconds):
                await alone.wait()
    except TimeoutError:
        return StepResult(name=step.name, verdict=Verdict.PASSED)
    return StepResult(name=step.name, verdict=Verdict.DEGRADED, problem="too few agents are left to go on")
