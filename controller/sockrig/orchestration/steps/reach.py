"""Carries out a step that finds out who can talk to whom, and judges it."""

from sockrig.orchestration.context import RunContext
from sockrig.orchestration.reach_step import ReachStepRunner
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.verdicts import step_verdict, worst
from sockrig.scenario.plan import ReachStep


async def carry_out_reach(step: ReachStep, context: RunContext) -> StepResult:
    """A row for every cell; an agent that was lost degrades the step, and takes no other's cells with it."""
    runner = ReachStepRunner(step, context)
    with context.listening(runner.take):
        rows = await runner.run()
    untouched = [row for row in rows if not {row.source, row.destination} & runner.lost]
    verdicts = [step_verdict(reach=untouched)]
    if runner.failures:
        verdicts.append(Verdict.DEGRADED if runner.failures.keys() == runner.lost else Verdict.ERROR)
    return StepResult(
        name=step.name,
        verdict=worst(verdicts),
        reach=rows,
        problem="; ".join(f"agent {agent}: {why}" for agent, why in runner.failures.items()) or None,
    )
