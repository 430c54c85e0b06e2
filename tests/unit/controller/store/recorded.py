"""Runs as a controller records them, made of plain values."""

from datetime import UTC, datetime

from sockrig.results.model.flow import FlowResult, IntervalResult, Traffic
from sockrig.results.model.run import AgentResult, RunResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.plan import FlowPlan
from sockrig.store.facts import RunBeginning, RunEnd
from sockrig_wire.model.controller import AgentState, AgentStatus, FlowProgress, Notice, StepStarted
from sockrig_wire.model.flows import FlowSpec, Histogram, Role, Sample, TcpInfo

WAITING_SECONDS = 20.0
"""For the recorder's thread, on a machine that does much else."""


def beginning(run_id="0123456789ab", name="example"):
    """A run of agents a and b."""
    agents = tuple(
        AgentStatus(name=agent, address=f"10.0.0.{agent}:1", state=AgentState.READY, agent_id=agent, version="1.0")
        for agent in ("a", "b")
    )
    return RunBeginning(
        run_id=run_id,
        name=name,
        source="x.yaml",
        scenario="scenario: x\n",
        included={"../y.yaml": "steps: []\n"},
        variables={"k": "ü"},
        agents=agents,
        baseline="earlier",
    )


def flow_plan(name="flow"):
    """A stream from a to b, a sample a second."""
    return FlowPlan("load", FlowSpec(name=name, kind="tcp-stream", duration_seconds=10.0), "a", "b")


def sample(at_seconds, *, role=Role.SOURCE, bytes=1000, flow="flow", tcp_info=None):
    """What a worker of the flow did within a second."""
    return Sample(
        flow=flow, role=role, worker=0, at_seconds=at_seconds, interval_seconds=1.0, bytes=bytes, tcp_info=tcp_info
    )


def progress(of_sample):
    """The sample as it comes from its agent."""
    ends = ("a", "b") if of_sample.role is Role.SOURCE else ("b", "a")
    return FlowProgress(*ends, of_sample)


HISTOGRAM = Histogram("round_trip", (10, 2000), (3, 1), 10, 2_000_000, 2_000_030.0)


def step_result(name="step"):
    """A step with one flow, its course and its histogram."""
    traffic = Traffic(bytes=1000, packets=1, bits_per_second=8000.0, packets_per_second=1.0)
    flow = FlowResult(
        name="flow",
        kind="tcp-stream",
        group="load",
        source="a",
        destination="b",
        mode="parallel",
        workers=1,
        duration_seconds=2.0,
        received=traffic,
        intervals=(
            IntervalResult(at_seconds=1.0, interval_seconds=1.0, measured=True, complete=True, received=traffic),
        ),
        histograms=(HISTOGRAM,),
    )
    return StepResult(name=name, verdict=Verdict.PASSED, flows=(flow,), start_skew_seconds=0.001)


def begun(name="step", **facts):
    """A step that begins."""
    return StepResult(name=name, verdict=Verdict.INTERRUPTED, **facts)


def run_result(run_id="0123456789ab", steps=(), name="example"):
    """The result of a run that passed."""
    return RunResult(
        run_id=run_id,
        name=name,
        scenario="x.yaml",
        verdict=Verdict.PASSED,
        started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        duration_seconds=2.5,
        agents=(AgentResult(name="a", agent_id="a", version="1.0", verdict=Verdict.PASSED),),
        steps=tuple(steps),
        notices=("a notice",),
    )


def record(recorder, run_id="0123456789ab", name="example"):
    """A whole run with one step, written; returns its result."""
    failures = []
    recording = recorder.begin(beginning(run_id, name), failures.append)
    recording.step_begins(begun())
    recording.take(StepStarted(0, 1, "step"))
    recording.flows_begin([flow_plan()])
    recording.take(progress(sample(1.0, tcp_info=TcpInfo(retransmits=2, congestion_window=10))))
    recording.take(progress(sample(1.0, role=Role.DESTINATION)))
    recording.take(Notice("info", "half way"))
    recording.step_finished(step_result())
    result = run_result(run_id, [step_result()], name)
    recording.end(RunEnd(verdict="passed", duration_seconds=2.5, document=result)).result(WAITING_SECONDS)
    assert failures == []
    return result
