"""One run of a scenario: leases on all its agents, its steps in order, the result, and everything closed.

However the run ends, also by cancellation, its leases are closed on every agent that still answers before it returns.
"""

import time
from datetime import UTC, datetime

from sockrig.fleet.fleet import Fleet
from sockrig.fleet.link import AgentLink
from sockrig.orchestration.context import Emit, RunContext, RunObserver
from sockrig.orchestration.lease import RunLease, surely_closed
from sockrig.orchestration.sequence import StepSequence
from sockrig.results.assembling import assembled
from sockrig.results.model.run import AgentResult, RunResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.verdicts import run_verdict
from sockrig.scenario.plan import Plan
from sockrig_wire.version import VERSION


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
        text: str,
        baseline: RunResult | None = None,
        observer: RunObserver | None = None,
    ) -> None:
        self._plan = plan
        self._source, self._text = source, text
        needed = plan.require.needed(len(plan.agents))
        self._context = RunContext(
            run_id, fleet, plan.agents, emit, needed=needed, baseline=baseline, observer=observer
        )
        self.lease = RunLease(run_id, self._context.links)
        self._sequence = StepSequence(self._context, plan.steps)

    async def execute(self) -> RunResult:
        """Carry out all steps.

        Raises:
            SockrigError: it could not begin; a failure on the way is in the result.
        """
        started_at, began = datetime.now(UTC), time.monotonic()
        try:
            await self.lease.open(self._context.hear)
            await self._sequence.carry_out()
        finally:
            await surely_closed(self.lease)
        return self._result(started_at, time.monotonic() - began)

    def _result(self, started_at: datetime, duration_seconds: float) -> RunResult:
        steps = tuple(self._sequence.results)
        agents = tuple(self._agent_result(link) for link in self._context.links)
        run = RunResult(
            run_id=self._context.run_id,
            name=self._plan.name,
            scenario=self._source,
            scenario_text=self._text,
            controller_version=VERSION,
            verdict=run_verdict(steps=steps, agents=agents),
            started_at=started_at,
            duration_seconds=duration_seconds,
            agents=agents,
            steps=steps,
            notices=tuple(self._sequence.notices),
            baseline=None if self._context.baseline is None else self._context.baseline.run_id,
        )
        return assembled(run)

    def _agent_result(self, link: AgentLink) -> AgentResult:
        clock, lost = link.clock, self._context.lost
        return AgentResult(
            name=link.name,
            agent_id=link.hello.agent_id if link.hello else "",
            version=link.hello.version if link.hello else "",
            verdict=Verdict.DEGRADED if link.name in lost else Verdict.PASSED,
            clock_offset_seconds=clock.offset_nanoseconds / 1e9 if clock else None,
            clock_uncertainty_seconds=clock.uncertainty_nanoseconds / 1e9 if clock else None,
            clock_drift_ppm=clock.drift.ppm if clock and clock.drift else None,
            clock_drift_uncertainty_ppm=clock.drift.uncertainty_ppm if clock and clock.drift else None,
            problem=lost.get(link.name),
        )
