"""Carries out a step of scripted sockets."""

from sockrig.orchestration.context import RunContext
from sockrig.orchestration.dialogue import CallOutcome, run_dialogue
from sockrig.orchestration.steps.failures import one_line
from sockrig.results.model.step import SocketCallResult, StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.verdicts import step_verdict
from sockrig.scenario.plan import SocketStep
from sockrig_wire.errors import SockrigError


async def carry_out_sockets(step: SocketStep, context: RunContext) -> StepResult:
    """All calls in order; those that were made are in the result, also where one could not be."""
    outcomes: list[CallOutcome] = []
    problem = None
    try:
        await run_dialogue(step, context, context.address, outcomes.append)
    except (SockrigError, OSError) as failure:
        problem = one_line(failure)
    calls = tuple(_call_result(outcome) for outcome in outcomes)
    verdict = Verdict.ERROR if problem else step_verdict(sockets=calls)
    return StepResult(name=step.name, verdict=verdict, sockets=calls, problem=problem)


def _call_result(outcome: CallOutcome) -> SocketCallResult:
    told = outcome.result if outcome.passed else outcome.detail
    return SocketCallResult(
        on=outcome.on,
        call=outcome.call,
        result=told,
        verdict=Verdict.PASSED if outcome.passed else Verdict.FAILED,
    )
