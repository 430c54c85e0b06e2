"""The whole document: the run, its agents, and what its steps say together."""

from dataclasses import dataclass
from datetime import datetime

from sockrig.results.model.step import StartLateness, StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.part import part_of_document


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResult:
    """One agent of the run."""

    name: str
    """Its human name."""
    agent_id: str
    """Its stable id; empty where it never answered."""
    version: str
    """Of its software; empty where it never answered."""
    verdict: Verdict
    """Passed; degraded where it was lost on the way; error where it never was there."""
    clock_offset_seconds: float | None = None
    """The agent's monotonic clock less the controller's."""
    clock_uncertainty_seconds: float | None = None
    """How far the offset may be off: half the smallest round trip, and what the clocks may have drifted since."""
    clock_drift_ppm: float | None = None
    """How fast the offset grew in the last minutes, in microseconds a second; null while that is not known."""
    clock_drift_uncertainty_ppm: float | None = None
    """How far the drift may be off."""
    start_lateness_seconds: float | None = None
    """How long after its intended time the latest of its sources started, in any step; null where none ran here."""
    problem: str | None = None
    """What happened to it."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class LoadLatency:
    """What load did to the round trips of one probe: a step without other traffic, beside one with it."""

    probe: str
    """The name that the scenario gave the flow; empty where it gave none."""
    kind: str
    """Of the probe: tcp-rr or udp-rr."""
    source: str
    """Name of the agent that asks."""
    destination: str
    """Name of the agent that answers."""
    idle_step: str
    """The first step in which nothing but round trips was measured."""
    step: str
    """The step under load."""
    idle_round_trip_seconds: float
    """The median without load."""
    round_trip_seconds: float
    """The median under load."""
    growth_ratio: float
    """The one under load over the one without: 1 is no growth."""
    idle_round_trips_per_minute: float | None = None
    """60 s over the median without load."""
    round_trips_per_minute: float | None = None
    """60 s over the median under load."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One execution of a scenario: the whole document."""

    run_id: str
    """Unique."""
    name: str
    """Of the run: its scenario's, unless it was given one of its own."""
    scenario: str | None = None
    """Where the scenario came from: a file's name, or the command that stands for one."""
    scenario_text: str | None = None
    """The scenario itself, as it was given: before its variables were put in."""
    controller_version: str | None = None
    """Of the controller's software."""
    verdict: Verdict
    """The worst of its steps and agents."""
    started_at: datetime
    """On the controller's clock, with its time zone."""
    duration_seconds: float
    """From the beginning to the end of the run."""
    agents: tuple[AgentResult, ...] = ()
    """Who took part."""
    start_skew_seconds: float | None = None
    """The largest of the steps."""
    start_skew_uncertainty_seconds: float | None = None
    """What the clocks explain: how far that may be off."""
    start_lateness: StartLateness | None = None
    """How late the hosts were in that step."""
    late_workers: tuple[str, ...] = ()
    """Workers of any step that started well after their time, or well after most others."""
    steps: tuple[StepResult, ...] = ()
    """In order."""
    latency_under_load: tuple[LoadLatency, ...] = ()
    """What load did to round trips, where the same probe ran without and with it."""
    baseline: str | None = None
    """Id of the earlier run that expectations were compared with."""
    notices: tuple[str, ...] = ()
    """What else a reader should know."""
