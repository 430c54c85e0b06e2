"""Carries out a step of generated traffic, and judges it."""

from dataclasses import replace

from sockrig.fleet.clock import uncertainty_over
from sockrig.orchestration.context import RunContext
from sockrig.orchestration.flow_step import FlowStepOutcome, FlowStepRunner
from sockrig.orchestration.timing import StartSkew
from sockrig.results.baseline import step_of
from sockrig.results.evaluation import evaluate
from sockrig.results.merging import FlowFacts, flow_result
from sockrig.results.model.flow import FlowResult
from sockrig.results.model.step import StartLateness, StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.verdicts import step_verdict
from sockrig.scenario.plan import FlowPlan, FlowStep


async def carry_out_flows(step: FlowStep, context: RunContext) -> StepResult:
    """All flows of the step that still have both their agents.

    Raises:
        SockrigError | OSError: they could not be prepared.
    """
    flows = [flow for flow in step.flows if not {flow.source, flow.destination} & context.lost.keys()]
    if not flows:
        return StepResult(name=step.name, verdict=Verdict.DEGRADED, problem="all its agents are lost")
    context.observer.flows_begin(flows)
    runner = FlowStepRunner(context.run_id, context.fleet, flows, context.emit, ends_at=context.ends_at)
    with context.listening(runner.take):
        outcome = await runner.run()
    results = tuple(flow_result_of(flow, outcome) for flow in flows)
    skew = outcome.skew
    measured = StepResult(
        name=step.name,
        verdict=step_verdict(flows=results),
        start_skew_seconds=skew.skew_seconds if skew else None,
        start_skew_uncertainty_seconds=skew.uncertainty_seconds if skew else None,
        start_lateness=_lateness(skew) if skew else None,
        late_workers=skew.late_workers if skew else (),
        flows=results,
    )
    earlier = None if context.baseline is None else step_of(context.baseline, step.name)
    expectations = tuple(evaluate(expectation, measured, baseline=earlier) for expectation in step.expectations)
    return replace(measured, verdict=step_verdict(expectations=expectations, flows=results), expectations=expectations)


def _lateness(skew: StartSkew) -> StartLateness:
    return StartLateness(
        median_seconds=skew.median_late_seconds,
        max_seconds=skew.late_seconds[skew.latest_agent],
        latest_agent=skew.latest_agent,
        by_agent=skew.late_seconds,
    )


def flow_result_of(flow: FlowPlan, outcome: FlowStepOutcome) -> FlowResult:
    """What the workers of one flow of the step reported, as its result."""
    results, samples, failures = outcome.collected.of_flow(flow.spec.name)
    uncertainty = 0 if flow.source == flow.destination else _clock_uncertainty(flow, outcome)
    facts = FlowFacts(
        name=flow.spec.name,
        group=flow.group,
        kind=flow.spec.kind,
        source=flow.source,
        destination=flow.destination,
        mode=flow.spec.mode,
        workers=flow.spec.workers,
        spec=flow.spec,
        clock_uncertainty_seconds=uncertainty / 1e9,
    )
    return flow_result(facts, results, samples, failures)


def _clock_uncertainty(flow: FlowPlan, outcome: FlowStepOutcome) -> int:
    """Of delays between the two agents, in nanoseconds: their offset is that of the start, and may have changed."""
    ends, later = (flow.source, flow.destination), outcome.end_clocks
    begin = (outcome.clocks[ends[0]], outcome.clocks[ends[1]])
    end = (later[ends[0]], later[ends[1]]) if later.keys() >= set(ends) else None
    return uncertainty_over(begin, end, outcome.lasted_nanoseconds)
