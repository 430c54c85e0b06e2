"""Carries out a search for a capacity: trial after trial, each with flows of its own, until none is left to make."""

import time
from collections.abc import Sequence
from dataclasses import replace

from sockrig.orchestration.context import RunContext
from sockrig.orchestration.flow_step import FlowStepRunner
from sockrig.orchestration.steps.failures import one_line
from sockrig.orchestration.steps.traffic import flow_result_of
from sockrig.results.baseline import step_of
from sockrig.results.evaluation import evaluate
from sockrig.results.model.flow import FlowResult
from sockrig.results.model.search import SearchResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.search import TrialFigures, rate_of, search_result, trial_figures
from sockrig.results.verdicts import step_verdict
from sockrig.scenario.plan import FlowPlan, SearchStep
from sockrig.search.classification import bounds_of, classes_of
from sockrig.search.strategy import NextTrial, SearchEnd, decide
from sockrig_wire.errors import SockrigError
from sockrig_wire.model.controller import FlowProgress, RunEventBody, SearchTrial


async def carry_out_search(step: SearchStep, context: RunContext) -> StepResult:
    """All trials, of the flows that still have both their agents; those that were made are always in the result."""
    flows = tuple(flow for flow in step.flows if not {flow.source, flow.destination} & context.lost.keys())
    if not flows:
        return StepResult(name=step.name, verdict=Verdict.DEGRADED, problem="all its agents are lost")
    return await _Search(replace(step, flows=flows), context).carry_out()


class _Search:
    def __init__(self, step: SearchStep, context: RunContext) -> None:
        self._step = step
        self._context = context
        self._figures: list[TrialFigures] = []

    async def carry_out(self) -> StepResult:
        began = time.monotonic()
        problem, verdict = None, Verdict.PASSED
        while True:
            trials = [one.trial for one in self._figures]
            decision = decide(self._step.goals, self._step.limits, trials, elapsed_seconds=time.monotonic() - began)
            if isinstance(decision, SearchEnd):
                break
            try:
                flows = await self._trial(decision)
            except (SockrigError, OSError) as failure:
                problem, verdict = one_line(failure), Verdict.DEGRADED if self._lost_some() else Verdict.ERROR
                break
            figures = trial_figures(self._step, decision, flows)
            if figures is None:
                problem, verdict = _why(flows), Verdict.DEGRADED
                break
            self._figures.append(figures)
            self._context.observer.search_goes_on(search_result(self._step, self._figures, SearchEnd("interrupted")))
            self._tell(figures)
        end = decision if isinstance(decision, SearchEnd) else SearchEnd(f"trial {len(self._figures) + 1} failed")
        return self._result(search_result(self._step, self._figures, end), problem, verdict)

    def _lost_some(self) -> bool:
        return any({flow.source, flow.destination} & self._context.lost.keys() for flow in self._step.flows)

    async def _trial(self, wanted: NextTrial) -> list[FlowResult]:
        """Carry out one trial.

        Raises:
            SockrigError | OSError: its flows could not be prepared.
        """
        number = len(self._figures) + 1
        flows = [_flow_of_trial(flow, number, wanted, in_packets=self._step.in_packets) for flow in self._step.flows]
        names = {trial.spec.name: flow.spec.name for trial, flow in zip(flows, self._step.flows, strict=True)}

        def emit(body: RunEventBody) -> None:
            """Tell what flows carry, under the names of the step; phases of every trial would be too much."""
            if isinstance(body, FlowProgress) and body.sample.flow in names:
                sample = replace(body.sample, flow=names[body.sample.flow])
                self._context.emit(replace(body, sample=sample))

        known = zip(flows, self._step.flows, strict=True)
        self._context.observer.flows_begin(
            [replace(trial, spec=replace(trial.spec, name=flow.spec.name)) for trial, flow in known]
        )
        runner = FlowStepRunner(self._context.run_id, self._context.fleet, flows, emit, ends_at=self._context.ends_at)
        with self._context.listening(runner.take):
            outcome = await runner.run()
        return [flow_result_of(flow, outcome) for flow in flows]

    def _tell(self, figures: TrialFigures) -> None:
        trials = [one.trial for one in self._figures]
        bounds = bounds_of(classes_of(self._step.goals[0], trials))
        lower, upper = (
            None if load is None else rate_of(self._step, load).bits_per_second for load in (bounds.lower, bounds.upper)
        )
        offered = rate_of(self._step, figures.offered_load)
        self._context.emit(
            SearchTrial(
                number=len(self._figures),
                most_trials=self._step.limits.most_trials,
                bits_per_second=offered.bits_per_second,
                packets_per_second=offered.packets_per_second,
                duration_seconds=figures.duration_seconds,
                loss_ratio=figures.loss_ratio,
                lower_bound_bits_per_second=lower,
                upper_bound_bits_per_second=upper,
            )
        )

    def _result(self, search: SearchResult, problem: str | None, verdict: Verdict) -> StepResult:
        found = StepResult(name=self._step.name, verdict=verdict, search=search, problem=problem)
        earlier = None if self._context.baseline is None else step_of(self._context.baseline, found.name)
        expectations = tuple(evaluate(one, found, baseline=earlier) for one in self._step.expectations)
        if problem is None:
            verdict = step_verdict(expectations=expectations)
        return replace(found, verdict=verdict, expectations=expectations)


def _flow_of_trial(flow: FlowPlan, number: int, wanted: NextTrial, *, in_packets: bool) -> FlowPlan:
    spec = replace(
        flow.spec,
        name=f"{flow.spec.name}, trial {number}",
        duration_seconds=wanted.duration_seconds,
        rate_bits_per_second=None if in_packets else wanted.load,
        rate_packets_per_second=wanted.load if in_packets else None,
    )
    return replace(flow, spec=spec)


def _why(flows: Sequence[FlowResult]) -> str:
    problems = dict.fromkeys(problem for flow in flows for problem in flow.problems)
    return "; ".join(problems) or "the agents told no loss"
