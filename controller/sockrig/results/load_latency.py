"""What load did to the round trip: the same probe in a step without other traffic, and in steps with some. Pure.

A probe is a flow that measures round trips, known again by its name in the scenario, its kind and its two ends. A step
is idle for it where all flows only measure round trips, and loaded where others carry traffic beside it.
"""

from collections.abc import Iterator, Sequence

from sockrig.results.model.flow import FlowResult
from sockrig.results.model.run import LoadLatency
from sockrig.results.model.step import StepResult

_Probe = tuple[str, str, str, str]


def latency_under_load(steps: Sequence[StepResult]) -> tuple[LoadLatency, ...]:
    """For each probe with an idle step, every loaded step that it is in, in order."""
    idle: dict[_Probe, tuple[StepResult, FlowResult]] = {}
    for step in steps:
        if not _is_loaded(step):
            for flow in _probes(step):
                idle.setdefault(_identity(flow), (step, flow))
    return tuple(
        _compared(*idle[_identity(flow)], step, flow)
        for step in steps
        if _is_loaded(step)
        for flow in _probes(step)
        if _identity(flow) in idle
    )


def _is_loaded(step: StepResult) -> bool:
    return any(flow.round_trip is None for flow in step.flows)


def _probes(step: StepResult) -> Iterator[FlowResult]:
    """The flows that have round trips of more than nothing."""
    return (flow for flow in step.flows if flow.round_trip is not None and flow.round_trip.p50_seconds > 0)


def _identity(flow: FlowResult) -> _Probe:
    return flow.group, flow.kind, flow.source, flow.destination


def _compared(idle_step: StepResult, idle: FlowResult, step: StepResult, loaded: FlowResult) -> LoadLatency:
    assert idle.round_trip is not None, "a probe has round trips"
    assert loaded.round_trip is not None, "a probe has round trips"
    return LoadLatency(
        probe=loaded.group,
        kind=loaded.kind,
        source=loaded.source,
        destination=loaded.destination,
        idle_step=idle_step.name,
        step=step.name,
        idle_round_trip_seconds=idle.round_trip.p50_seconds,
        round_trip_seconds=loaded.round_trip.p50_seconds,
        growth_ratio=loaded.round_trip.p50_seconds / idle.round_trip.p50_seconds,
        idle_round_trips_per_minute=idle.round_trips_per_minute,
        round_trips_per_minute=loaded.round_trips_per_minute,
    )
