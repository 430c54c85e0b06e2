"""One run of a scenario: leases on all its agents, its steps in order, the result, and everything closed.

Steps follow each other; a step that could not be carried out ends the run, one whose expectations failed does not.
However the run ends, also by cancellation, its leases are closed on every agent that still answers before it returns.
"""

import time
from datetime import UTC, datetime

from sockrig.fleet.fleet import Fleet
from sockrig.fleet.link import AgentLink
from sockrig.orchestration.context import Emit, RunContext, RunObserver
from sockrig.orchestration.lease import RunLease, surely_closed
from sockrig.orchestration.steps.dispatch import carry_out
from sockrig.results.model import AgentResult, RunResult, StepResult, Verdict
from sockrig.results.verdicts import run_verdict
from sockrig.scenario.plan import Plan
from sockrig_wire.model.controller import StepFinished, StepStarted


class ScenarioRun:
    """Carries out one plan."""

    def __init__(
        self,
        run_id: str,
        plan: Plan,
        fleet: Fleet,
        emit: Emit,
        *,
        source: str,
        observer: RunObserver | None = None,
    ) -> None:
        self._plan = plan
        self._emit = emit
        self._source = source
        self._context = RunContext(run_id, fleet, plan.agents, emit, observer)
        self.lease = RunLease(run_id, self._context.links)
        self._steps: list[StepResult] = []

    async def execute(self) -> RunResult:
        """Carry out all steps.

        Raises:
            SockrigError: it could not begin; a failure on the way is in the result.
        """
        started_at, began = datetime.now(UTC), time.monotonic()
        try:
            await self.lease.open(self._context.hear)
            for index, step in enumerate(self._plan.steps):
                self._emit(StepStarted(index, len(self._plan.steps), step.name))
                result = await carry_out(step, self._context)
                self._steps.append(result)
                self._context.observer.step_finished(result)
                self._emit(StepFinished(index, step.name, result.verdict.value, _summary(result)))
                if result.verdict is Verdict.ERROR or not self._enough_left():
                    break
        finally:
            await surely_closed(self.lease)
        return self._result(started_at, time.monotonic() - began)

    def _enough_left(self) -> bool:
        agents = len(self._context.links)
        return agents - len(self._context.lost) >= self._plan.require.needed(agents)

    def _result(self, started_at: datetime, duration_seconds: float) -> RunResult:
        skewed = max(
            (step for step in self._steps if step.start_skew_seconds is not None),
            key=lambda step: step.start_skew_seconds or 0.0,
            default=None,
        )
        agents = tuple(self._agent_result(link) for link in self._context.links)
        return RunResult(
            run_id=self._context.run_id,
            name=self._plan.name,
            scenario=self._source,
            verdict=run_verdict(steps=self._steps, agents=agents),
            started_at=started_at,
            duration_seconds=duration_seconds,
            agents=agents,
            start_skew_seconds=skewed.start_skew_seconds if skewed else None,
            start_skew_uncertainty_seconds=skewed.start_skew_uncertainty_seconds if skewed else None,
            late_workers=tuple(worker for step in self._steps for worker in step.late_workers),
            steps=tuple(self._steps),
        )

    def _agent_result(self, link: AgentLink) -> AgentResult:
        clock, lost = link.clock, self._context.lost
        return AgentResult(
            name=link.name,
            agent_id=link.hello.agent_id if link.hello else "",
            version=link.hello.version if link.hello else "",
            verdict=Verdict.DEGRADED if link.name in lost else Verdict.PASSED,
            clock_offset_seconds=clock.offset_nanoseconds / 1e9 if clock else None,
            clock_uncertainty_seconds=clock.uncertainty_nanoseconds / 1e9 if clock else None,
            problem=lost.get(link.name),
        )


def _summary(result: StepResult) -> str:
    if result.problems:
        return "; ".join(result.problems)
    failed = [one for one in result.expectations if one.verdict is not Verdict.PASSED]
    if failed:
        return "; ".join(f"{one.text}: measured {one.measured}" for one in failed)
    broken = [call for call in result.sockets if call.verdict is not Verdict.PASSED]
    if broken:
        return f"{broken[0].call} on {broken[0].on}: {broken[0].result}"
    what, count = ("call", len(result.sockets)) if result.sockets else ("flow", len(result.flows))
    return f"{count} {what}{'' if count == 1 else 's'}"
