"""What the steps of a run say together: its start, its late workers, and what load did to round trips. Pure."""

from dataclasses import replace

from sockrig.results.load_latency import latency_under_load
from sockrig.results.model.run import AgentResult, RunResult
from sockrig.results.model.step import StepResult


def assembled(run: RunResult) -> RunResult:
    """The run with all that follows from its steps."""
    steps = run.steps
    skewed = max(
        (step for step in steps if step.start_skew_seconds is not None),
        key=lambda step: step.start_skew_seconds or 0.0,
        default=None,
    )
    return replace(
        run,
        agents=tuple(_assembled_agent(agent, steps) for agent in run.agents),
        start_skew_seconds=skewed.start_skew_seconds if skewed else None,
        start_skew_uncertainty_seconds=skewed.start_skew_uncertainty_seconds if skewed else None,
        start_lateness=skewed.start_lateness if skewed else None,
        late_workers=tuple(worker for step in steps for worker in step.late_workers),
        latency_under_load=latency_under_load(steps),
    )


def _assembled_agent(agent: AgentResult, steps: tuple[StepResult, ...]) -> AgentResult:
    of_steps = [step.start_lateness.by_agent for step in steps if step.start_lateness]
    late = [by_agent[agent.name] for by_agent in of_steps if agent.name in by_agent]
    return replace(agent, start_lateness_seconds=max(late, default=None))
