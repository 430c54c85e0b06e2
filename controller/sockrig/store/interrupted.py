"""The result document of a run that never came to its end, from what was recorded until then. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sockrig.results.assembling import assembled
from sockrig.results.intervals import intervals_of
from sockrig.results.model.flow import FlowResult
from sockrig.results.model.run import AgentResult, RunResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig_wire.model.flows import FlowSpec, Sample

_ONLY_ITS_COURSE = "interrupted: only its course until then is known"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFlow:
    """A flow of the step that was under way, and its samples."""

    name: str
    group: str
    kind: str
    source: str
    destination: str
    direction: str
    mode: str
    workers: int
    warmup_seconds: float
    duration_seconds: float
    interval_seconds: float
    samples: Sequence[Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptedRun:
    """What was recorded.

    ``agents`` are their recorded states, with ``problem`` where they were lost; ``step_begun`` is what was known of the
    step that was under way, None between steps.
    """

    run_id: str
    name: str
    source: str
    scenario_text: str
    controller_version: str
    baseline: str | None
    started_at_seconds: float
    duration_seconds: float
    problem: str
    verdict: Verdict
    agents: Sequence[Mapping[str, Any]]
    steps: Sequence[StepResult]
    step_begun: StepResult | None
    flows: Sequence[RecordedFlow]


def interrupted_result(run: InterruptedRun) -> RunResult:
    """Steps that were finished are whole; of the one that was under way there is the course of its flows.

    Of a search there are its trials instead: the course of each would say little.
    """
    steps = list(run.steps)
    if run.step_begun is not None:
        flows = () if run.step_begun.search else tuple(_flow(flow) for flow in run.flows)
        steps.append(replace(run.step_begun, verdict=run.verdict, flows=flows, problem=run.problem))
    result = RunResult(
        run_id=run.run_id,
        name=run.name,
        scenario=run.source,
        scenario_text=run.scenario_text,
        controller_version=run.controller_version,
        verdict=run.verdict,
        started_at=datetime.fromtimestamp(run.started_at_seconds, UTC),
        duration_seconds=run.duration_seconds,
        agents=tuple(_agent(status) for status in run.agents),
        steps=tuple(steps),
        baseline=run.baseline,
        notices=(f"{run.problem}; this is what was recorded until then",),
    )
    return assembled(result)


def _agent(status: Mapping[str, Any]) -> AgentResult:
    return AgentResult(
        name=status.get("name", ""),
        agent_id=status.get("agent_id", ""),
        version=status.get("version", ""),
        verdict=Verdict.PASSED if status.get("problem") is None else Verdict.DEGRADED,
        clock_offset_seconds=status.get("clock_offset_seconds"),
        clock_uncertainty_seconds=status.get("clock_uncertainty_seconds"),
        clock_drift_ppm=status.get("clock_drift_ppm"),
        clock_drift_uncertainty_ppm=status.get("clock_drift_uncertainty_ppm"),
        problem=status.get("problem"),
    )


def _flow(flow: RecordedFlow) -> FlowResult:
    spec = FlowSpec(
        name=flow.name,
        kind=flow.kind,
        duration_seconds=flow.duration_seconds,
        warmup_seconds=flow.warmup_seconds,
        interval_seconds=flow.interval_seconds,
    )
    return FlowResult(
        name=flow.name,
        group=flow.group,
        kind=flow.kind,
        source=flow.source,
        destination=flow.destination,
        direction=flow.direction,
        mode=flow.mode,
        workers=flow.workers,
        duration_seconds=None,
        intervals=intervals_of(spec, flow.samples),
        problems=(_ONLY_ITS_COURSE,),
    )
