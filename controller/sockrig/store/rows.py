"""What happens in a run as rows of its tables. Pure: values in, statements and their parameters out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import Executable, bindparam, insert, update

from sockrig.results.document import to_json
from sockrig.results.model.step import StepResult
from sockrig.scenario.planned import FlowPlan
from sockrig.store import tables
from sockrig.store.facts import RunBeginning, RunEnd
from sockrig_wire.model.controller import AgentStatus, FlowProgress, RunEventBody
from sockrig_wire.model.flows import Histogram, Role, TcpInfo

if TYPE_CHECKING:
    from logging import LogRecord


@dataclass(frozen=True, slots=True)
class Write:
    """One row for a statement; those of one statement after each other are carried out at once."""

    statement: Executable
    row: Mapping[str, Any]


NEW_RUN = insert(tables.runs)
_CHANGED_RUN = update(tables.runs).where(tables.runs.c.number == bindparam("run"))
"""Sets whatever its parameters name besides the run."""

_AGENT = insert(tables.agents)
_agents = tables.agents.c
_LOST_AGENT = update(tables.agents).where(_agents.run == bindparam("of_run"), _agents.name == bindparam("of_agent"))
_STEP = insert(tables.steps)
_steps = tables.steps.c
_CHANGED_STEP = update(tables.steps).where(_steps.run == bindparam("of_run"), _steps.number == bindparam("of_step"))
_HISTOGRAM = insert(tables.histograms)
_FLOW = insert(tables.flows)
_SAMPLE = insert(tables.samples)
_EVENT = insert(tables.events)
_LOG_LINE = insert(tables.log_lines)

_NO_TCP_INFO: Mapping[str, None] = {field.name: None for field in fields(TcpInfo)}


@cache
def adapter_of(type_: Any) -> TypeAdapter[Any]:
    """What turns values of this type into JSON and back."""
    return TypeAdapter(type_)


def run_row(beginning: RunBeginning, versions: Mapping[str, str], now_seconds: float) -> dict[str, Any]:
    """The run itself, as it begins; ``versions`` are those of the controller's software and system."""
    return {
        "run_id": beginning.run_id,
        "name": beginning.name,
        "source": beginning.source,
        "scenario": beginning.scenario,
        "included": dict(beginning.included),
        "variables": dict(beginning.variables),
        "versions": dict(versions),
        "baseline": beginning.baseline,
        "started_at_seconds": now_seconds,
        "seen_at_seconds": now_seconds,
    }


def agent_writes(run: int, agents: Sequence[AgentStatus]) -> Iterator[Write]:
    """Who takes part."""
    for agent in agents:
        status = adapter_of(AgentStatus).dump_python(replace(agent, problem=""), mode="json")
        yield Write(_AGENT, {"run": run, "name": agent.name, "status": {**status, "state": agent.state.name.lower()}})


def flow_write(run: int, number: int, step: int, flow: FlowPlan) -> Write:
    """A flow that begins."""
    spec = flow.spec
    row = {
        "run": run,
        "number": number,
        "step": step,
        "name": spec.name,
        "group": flow.group,
        "kind": spec.kind,
        "source": flow.source,
        "destination": flow.destination,
        "direction": spec.direction.name.lower(),
        "mode": spec.mode.name.lower(),
        "workers": spec.workers,
        "warmup_seconds": spec.warmup_seconds,
        "duration_seconds": spec.duration_seconds,
        "interval_seconds": spec.interval_seconds,
    }
    return Write(_FLOW, row)


def sample_write(run: int, flow: int, progress: FlowProgress) -> Write:
    """What a worker did in an interval."""
    sample = progress.sample
    connection = sample.tcp_info
    row = {
        "run": run,
        "flow": flow,
        "at_source": sample.role is Role.SOURCE,
        "worker": sample.worker,
        "at_seconds": sample.at_seconds,
        "interval_seconds": sample.interval_seconds,
        "bytes": sample.bytes,
        "packets": sample.packets,
        "transactions": sample.transactions,
        "connections": sample.connections,
        **(_NO_TCP_INFO if connection is None else {name: getattr(connection, name) for name in _NO_TCP_INFO}),
    }
    return Write(_SAMPLE, row)


def event_write(run: int, number: int, at_seconds: float, body: RunEventBody) -> Write:
    """Something that happened."""
    kind: Any = type(body)
    particulars = adapter_of(kind).dump_python(body, mode="json")
    row = {"run": run, "number": number, "at_seconds": at_seconds, "kind": kind.__name__, "body": particulars}
    return Write(_EVENT, row)


def log_line_write(run: int, number: int, at_seconds: float, record: "LogRecord") -> Write:
    """A line of the controller's log."""
    row = {
        "run": run,
        "number": number,
        "at_seconds": at_seconds,
        "level": record.levelname,
        "logger": record.name,
        "text": _storable(record.getMessage()),
    }
    return Write(_LOG_LINE, row)


def lost_agent_write(run: int, agent: str, problem: str) -> Write:
    """An agent was lost on the way."""
    return Write(_LOST_AGENT, {"of_run": run, "of_agent": agent, "problem": _storable(problem)})


def begun_step_write(run: int, number: int, step: StepResult) -> Write:
    """A step that begins."""
    row = {"run": run, "number": number, "name": step.name, "verdict": None, "document": _document(step)}
    return Write(_STEP, row)


def step_so_far_write(run: int, number: int, step: StepResult) -> Write:
    """What is known of a step that goes on."""
    return Write(_CHANGED_STEP, {"of_run": run, "of_step": number, "verdict": None, "document": _document(step)})


def step_writes(run: int, number: int, step: StepResult) -> Iterator[Write]:
    """A step that came to its end, and how its times were spread."""
    row = {"of_run": run, "of_step": number, "verdict": step.verdict.value, "document": _document(step)}
    yield Write(_CHANGED_STEP, row)
    for place, flow in enumerate(step.flows):
        for histogram in flow.histograms:
            packed = adapter_of(Histogram).dump_json(histogram).decode()
            row = {"run": run, "step": number, "flow": place, "name": histogram.name, "document": packed}
            yield Write(_HISTOGRAM, row)


def seen_write(run: int, now_seconds: float) -> Write:
    """The run's controller is alive."""
    return Write(_CHANGED_RUN, {"run": run, "seen_at_seconds": now_seconds})


def end_write(run: int, end: RunEnd) -> Write:
    """How the run ended."""
    document = None if end.document is None else to_json(replace(end.document, steps=()), indent=None)
    row = {
        "run": run,
        "verdict": end.verdict,
        "duration_seconds": end.duration_seconds,
        "problem": end.problem,
        "document": document,
    }
    return Write(_CHANGED_RUN, row)


def _document(step: StepResult) -> str:
    return adapter_of(StepResult).dump_json(step).decode()


def _storable(text: str) -> str:
    """Without what a database's text cannot hold: lone surrogates and, in PostgreSQL, the character 0."""
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode()
