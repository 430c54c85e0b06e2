"""How a step and a run ended, from their parts, and what the command line makes of it. Pure."""

from collections.abc import Iterable, Sequence

from sockrig.results.model.flow import FlowResult
from sockrig.results.model.reach import ReachResult
from sockrig.results.model.run import AgentResult
from sockrig.results.model.step import ExpectationResult, SocketCallResult, StepResult
from sockrig.results.model.verdict import Verdict

_FROM_BEST_TO_WORST = (Verdict.PASSED, Verdict.DEGRADED, Verdict.FAILED, Verdict.ERROR, Verdict.INTERRUPTED)

_EXIT_CODES = {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.DEGRADED: 3, Verdict.ERROR: 4, Verdict.INTERRUPTED: 130}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that decides: interrupted, error, failed, degraded, passed in this order; of none it is passed."""
    return max(verdicts, key=_FROM_BEST_TO_WORST.index, default=Verdict.PASSED)


def step_verdict(
    *,
    expectations: Sequence[ExpectationResult] = (),
    flows: Sequence[FlowResult] = (),
    sockets: Sequence[SocketCallResult] = (),
    reach: Sequence[ReachResult] = (),
) -> Verdict:
    """The worst of the step's parts.

    A flow that lacks workers makes it degraded, whatever the expectations: what they say of partial results, they may
    not say of whole ones. Where no flow has any figures it is an error: nothing was measured.
    """
    partial = any(flow.problems for flow in flows)
    verdicts = [Verdict.DEGRADED] if partial else [expectation.verdict for expectation in expectations]
    verdicts += [call.verdict for call in sockets]
    verdicts += [reach_verdict(probe) for probe in reach]
    if flows and not any(flow.worker_results or flow.intervals for flow in flows):
        verdicts.append(Verdict.ERROR)
    return worst(verdicts)


def reach_verdict(probe: ReachResult) -> Verdict:
    """Failed where the answer is not the expected one; an error where the probe proves nothing though it should."""
    if probe.expected is None or probe.met:
        return Verdict.PASSED
    return Verdict.ERROR if probe.met is None else Verdict.FAILED


def run_verdict(*, steps: Sequence[StepResult], agents: Sequence[AgentResult]) -> Verdict:
    """The worst of the steps and the agents."""
    return worst([*(step.verdict for step in steps), *(agent.verdict for agent in agents)])


def exit_code_of(verdict: Verdict) -> int:
    """The command's exit code: passed 0, failed 1, degraded 3, error 4, interrupted 130."""
    return _EXIT_CODES[verdict]
