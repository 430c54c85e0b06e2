"""One run of a scenario: leases on all its agents, its steps in order, the result, and everything closed.

Steps follow each other; a step that could not be carried out ends the run, one whose expectations failed does not.
However the run ends, also by cancellation, its leases are closed on every agent that still answers before it returns.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from sockrig.fleet.clock import uncertainty_between
from sockrig.fleet.fleet import Fleet
from sockrig.fleet.link import AgentLink
from sockrig.orchestration.dialogue import CallOutcome, run_dialogue
from sockrig.orchestration.flow_step import FlowStepOutcome, FlowStepRunner, address_of
from sockrig.orchestration.lease import RunLease, surely_closed
from sockrig.results.evaluation import evaluate
from sockrig.results.merging import FlowFacts, flow_result
from sockrig.results.model import (
    AgentResult,
    FlowResult,
    RunResult,
    SocketCallResult,
    StepResult,
    Verdict,
)
from sockrig.results.verdicts import run_verdict, step_verdict
from sockrig.scenario.plan import FlowPlan, FlowStep, Plan, SocketStep
from sockrig_wire.errors import LostError, SockrigError
from sockrig_wire.model.controller import Notice, RunEventBody, StepFinished, StepStarted
from sockrig_wire.model.session import Event
from sockrig_wire.model.sockets import Family, SocketCall, SocketReply

Emit = Callable[[RunEventBody], None]


class ScenarioRun:
    """Carries out one plan."""

    def __init__(self, run_id: str, plan: Plan, fleet: Fleet, emit: Emit, *, source: str) -> None:
        self._run_id = run_id
        self._plan = plan
        self._fleet = fleet
        self._emit = emit
        self._source = source
        self._links = [fleet.link(name) for name in plan.agents]
        self.lease = RunLease(run_id, self._links)
        self._lost: dict[str, str] = {}
        self._flow_step: FlowStepRunner | None = None
        self._steps: list[StepResult] = []

    async def execute(self) -> RunResult:
        """Carry out all steps.

        Raises:
            SockrigError: it could not begin; a failure on the way is in the result.
        """
        started_at, began = datetime.now(UTC), time.monotonic()
        try:
            await self.lease.open(self._heard)
            for index, step in enumerate(self._plan.steps):
                self._emit(StepStarted(index, len(self._plan.steps), step.name))
                result = await self._step(step)
                self._steps.append(result)
                self._emit(StepFinished(index, step.name, result.verdict.value, _summary(result)))
                if result.verdict is Verdict.ERROR or not self._enough_left():
                    break
        finally:
            await surely_closed(self.lease)
        return self._result(started_at, time.monotonic() - began)

    async def call_socket(self, agent: str, call: SocketCall) -> SocketReply:
        """One call of a dialogue, on the run's lease.

        Raises:
            OSError: as a local socket would raise.
            SockrigError: any other failure.
        """
        reply = await self._fleet.link(agent).command(self._run_id, call, deadline_seconds=None)
        assert isinstance(reply, SocketReply), "an agent answers a socket call with a socket reply"
        return reply

    async def _step(self, step: FlowStep | SocketStep) -> StepResult:
        began = time.monotonic()
        if isinstance(step, SocketStep):
            result = await self._dialogue(step)
        else:
            try:
                result = await self._flows(step)
            except (SockrigError, OSError) as failure:
                result = StepResult(name=step.name, verdict=Verdict.ERROR, problem=_one_line(failure))
        return replace(result, duration_seconds=time.monotonic() - began)

    async def _dialogue(self, step: SocketStep) -> StepResult:
        def address(agent: str, family: Family) -> str:
            return address_of(self._fleet.link(agent), family)

        outcomes: list[CallOutcome] = []
        problem = None
        try:
            await run_dialogue(step, self, address, outcomes.append)
        except (SockrigError, OSError) as failure:
            problem = _one_line(failure)
        calls = tuple(_call_result(outcome) for outcome in outcomes)
        verdict = Verdict.ERROR if problem else step_verdict(sockets=calls)
        return StepResult(name=step.name, verdict=verdict, sockets=calls, problem=problem)

    async def _flows(self, step: FlowStep) -> StepResult:
        flows = [flow for flow in step.flows if flow.source not in self._lost and flow.destination not in self._lost]
        if not flows:
            return StepResult(name=step.name, verdict=Verdict.DEGRADED, problem="all its agents are lost")
        self._flow_step = FlowStepRunner(self._run_id, self._fleet, flows, self._emit)
        try:
            outcome = await self._flow_step.run()
        finally:
            self._flow_step = None
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

    def _heard(self, agent: str, event: Event | LostError) -> None:
        if isinstance(event, LostError) and agent not in self._lost:
            self._lost[agent] = event.what
            self._emit(Notice("error", f"agent {agent} is lost: {event.what}"))
        if self._flow_step is not None:
            self._flow_step.take(agent, event)

    def _enough_left(self) -> bool:
        return len(self._links) - len(self._lost) >= self._plan.require.needed(len(self._links))

    def _result(self, started_at: datetime, duration_seconds: float) -> RunResult:
        skewed = max(
            (step for step in self._steps if step.start_skew_seconds is not None),
            key=lambda step: step.start_skew_seconds or 0.0,
            default=None,
        )
        agents = tuple(self._agent_result(link) for link in self._links)
        return RunResult(
            run_id=self._run_id,
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
        clock = link.clock
        return AgentResult(
            name=link.name,
            agent_id=link.hello.agent_id if link.hello else "",
            version=link.hello.version if link.hello else "",
            verdict=Verdict.DEGRADED if link.name in self._lost else Verdict.PASSED,
            clock_offset_seconds=clock.offset_nanoseconds / 1e9 if clock else None,
            clock_uncertainty_seconds=clock.uncertainty_nanoseconds / 1e9 if clock else None,
            problem=self._lost.get(link.name),
        )


def _one_line(failure: Exception) -> str:
    return " ".join(str(failure).splitlines())


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


def _call_result(outcome: CallOutcome) -> SocketCallResult:
    told = outcome.result if outcome.passed else outcome.detail
    return SocketCallResult(
        on=outcome.on,
        call=outcome.call,
        result=told,
        verdict=Verdict.PASSED if outcome.passed else Verdict.FAILED,
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
