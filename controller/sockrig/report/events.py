"""What happens in a run as JSON, one object a line (``--ndjson``), and the schema of these objects.

Every object has ``event``, which says what kind it is, and ``at_seconds``. The last one is the result; a run that could
not be carried out has none.
"""

import sys
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, assert_never

from pydantic import ConfigDict, Field, TypeAdapter, with_config

from sockrig.results.descriptions import described
from sockrig.results.model.run import RunResult
from sockrig_wire.model.controller import (
    FlowProgress,
    Notice,
    PhaseReached,
    ReachProgress,
    ResultPart,
    SearchTrial,
    StepFinished,
    StepStarted,
    WatchRunResponse,
)
from sockrig_wire.model.flows import TcpInfo

_an_event = with_config(ConfigDict(json_schema_serialization_defaults_required=True))


@_an_event
@dataclass(frozen=True, slots=True, kw_only=True)
class StepStartedEvent:
    """A step begins."""

    event: Literal["step_started"] = "step_started"
    """What kind of event it is."""
    at_seconds: float
    """Since the run began."""
    index: int
    """The step's place in the run, from 0."""
    count: int
    """How many steps the run has, repetitions included."""
    at_most: bool
    """Whether there may be fewer: a step is repeated until its figures are sure enough."""
    name: str
    """Of the step."""


@_an_event
@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEvent:
    """The step under way has reached a phase."""

    event: Literal["phase"] = "phase"
    """What kind of event it is."""
    at_seconds: float
    """Since the run began."""
    phase: str
    """One of prepare, armed, running and drain, or one of another kind of step."""
    waiting_for: tuple[str, ...]
    """Agents that have not got there."""
    lasts_seconds: float | None
    """How long it will take; null where that is not known."""


@_an_event
@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEvent:
    """What one worker did within one interval. Samples may be left out under pressure; results never are."""

    event: Literal["sample"] = "sample"
    """What kind of event it is."""
    at_seconds: float
    """Since the run began, when the controller heard it."""
    flow: str
    """Name of the flow."""
    agent: str
    """On which the worker runs."""
    peer: str
    """The agent at the flow's other end."""
    role: str
    """The worker's end of the flow: source or destination."""
    worker: int
    """Its number."""
    flow_at_seconds: float
    """The interval's end, from the flow's start."""
    interval_seconds: float
    """The interval's real length."""
    bytes: int
    """Of payload, sent by a source, received by a destination."""
    packets: int
    """Datagrams, messages or blocks."""
    transactions: int
    """Answers that came to a source."""
    connections: int
    """That a source established, used once and closed."""
    tcp_info: TcpInfo | None
    """TCP_INFO of a source with one connection, at the interval's end (tcp(7))."""


@_an_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ReachProgressEvent:
    """So many probes of a reach step are done."""

    event: Literal["reach_progress"] = "reach_progress"
    """What kind of event it is."""
    at_seconds: float
    """Since the run began."""
    done: int
    """Probes that have their result."""
    total: int
    """Probes of the step."""


@_an_event
@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTrialEvent:
    """A trial of a search is over; rates are those of all its flows together."""

    event: Literal["search_trial"] = "search_trial"
    """What kind of event it is."""
    at_seconds: float
    """Since the run began."""
    number: int
    """Of the trial, from 1."""
    most_trials: int
    """After which the search ends in any case."""
    bits_per_second: float
    """What was offered, of payload."""
    packets_per_second: float
    """What was offered, in datagrams."""
    duration_seconds: float
    """Of the trial, without its warm-up."""
    loss_ratio: float
    """Lost over sent, 0 to 1."""
    lower_bound_bits_per_second: float | None
    """The largest rate so far that meets the first goal; null while there is none."""
    upper_bound_bits_per_second: float | None
    """The smallest rate so far that does not; null while there is none."""


@_an_event
@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinishedEvent:
    """A step has ended."""

    event: Literal["step_finished"] = "step_finished"
    """What kind of event it is."""
    at_seconds: float
    """Since the run began."""
    index: int
    """The step's place in the run, from 0."""
    name: str
    """Of the step."""
    verdict: str
    """Of the step."""
    summary: str
    """In a line."""


@_an_event
@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeEvent:
    """Something that a person should read."""

    event: Literal["notice"] = "notice"
    """What kind of event it is."""
    at_seconds: float
    """Since the run began."""
    level: str
    """One of info, warning and error."""
    text: str
    """In words."""


@_an_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ResultEvent:
    """The run has ended, and this is its result: always the last line."""

    event: Literal["result"] = "result"
    """What kind of event it is."""
    at_seconds: float
    """Since the run began."""
    result: RunResult
    """The result document (``sockrig schema result``)."""


Event = Annotated[
    StepStartedEvent
    | PhaseEvent
    | SampleEvent
    | ReachProgressEvent
    | SearchTrialEvent
    | StepFinishedEvent
    | NoticeEvent
    | ResultEvent,
    Field(discriminator="event"),
]


@cache
def _adapter() -> TypeAdapter[Event]:
    return TypeAdapter(Event)


def event_line(happened: WatchRunResponse) -> str | None:
    """The event as a line of JSON without its end; None for a part of the result, which comes whole."""
    event = _event_of(happened)
    return None if event is None else _adapter().dump_json(event).decode()


def result_line(result: RunResult) -> str:
    """The last line."""
    event = ResultEvent(at_seconds=result.duration_seconds, result=result)
    return _adapter().dump_json(event).decode()


def _event_of(happened: WatchRunResponse) -> Event | None:
    at_seconds, body = happened.at_seconds, happened.body
    match body:
        case StepStarted():
            return StepStartedEvent(
                at_seconds=at_seconds, index=body.index, count=body.count, at_most=body.at_most, name=body.name
            )
        case PhaseReached():
            return PhaseEvent(
                at_seconds=at_seconds,
                phase=body.phase,
                waiting_for=body.waiting_for,
                lasts_seconds=body.lasts_seconds or None,
            )
        case FlowProgress():
            return _sample(at_seconds, body)
        case SearchTrial():
            return SearchTrialEvent(
                at_seconds=at_seconds,
                number=body.number,
                most_trials=body.most_trials,
                bits_per_second=body.bits_per_second,
                packets_per_second=body.packets_per_second,
                duration_seconds=body.duration_seconds,
                loss_ratio=body.loss_ratio,
                lower_bound_bits_per_second=body.lower_bound_bits_per_second,
                upper_bound_bits_per_second=body.upper_bound_bits_per_second,
            )
        case ReachProgress():
            return ReachProgressEvent(at_seconds=at_seconds, done=body.done, total=body.total)
        case StepFinished():
            return StepFinishedEvent(
                at_seconds=at_seconds, index=body.index, name=body.name, verdict=body.verdict, summary=body.summary
            )
        case Notice():
            return NoticeEvent(at_seconds=at_seconds, level=body.level, text=body.text)
        case ResultPart():
            return None
        case _:
            assert_never(body)


def _sample(at_seconds: float, progress: FlowProgress) -> SampleEvent:
    sample = progress.sample
    return SampleEvent(
        at_seconds=at_seconds,
        flow=sample.flow,
        agent=progress.agent,
        peer=progress.peer,
        role=sample.role.name.lower(),
        worker=sample.worker,
        flow_at_seconds=sample.at_seconds,
        interval_seconds=sample.interval_seconds,
        bytes=sample.bytes,
        packets=sample.packets,
        transactions=sample.transactions,
        connections=sample.connections,
        tcp_info=sample.tcp_info,
    )


def event_json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one line, with a description of every key."""
    schema = described(_adapter().json_schema(mode="serialization"), sys.modules[__name__])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
