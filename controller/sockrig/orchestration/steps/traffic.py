"""Carries out a step of generated traffic, and judges it."""

from sockrig.fleet.clock import uncertainty_between
from sockrig.orchestration.context import RunContext
from sockrig.orchestration.flow_step import FlowStepOutcome, FlowStepRunner
from sockrig.results.evaluation import evaluate
from sockrig.results.merging import FlowFacts, flow_result
from sockrig.results.model import FlowResult, StepResult, Verdict
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
    runner = FlowStepRunner(context.run_id, context.fleet, flows, context.emit)
    with context.listening(runner.take):
        outcome = await runner.run()
    results = tuple(_flow_result(flow, outcome) for flow in flows)
    skew = outcome.skew
    expectations = tuple(
        evaluate(expectation, results, start_skew_seconds=skew.skew_seconds if skew else None)
        for expectation in step.expectations
    )
    return StepResult(
        name=step.name,
        verdict=step_verdict(expectations=expectations, flows=results),
        start_skew_seconds=skew.skew_seconds if skew else None,
        start_skew_uncertainty_seconds=skew.uncertainty_seconds if skew else None,
        late_workers=skew.late_workers if skew else (),
        flows=results,
        expectations=expectations,
    )


def _flow_result(flow: FlowPlan, outcome: FlowStepOutcome) -> FlowResult:
    results, samples, failures = outcome.collected.of_flow(flow.spec.name)
    one, other = outcome.clocks[flow.source], outcome.clocks[flow.destination]
    uncertainty = 0 if flow.source == flow.destination else uncertainty_between(one, other)
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
