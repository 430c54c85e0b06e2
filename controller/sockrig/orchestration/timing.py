"""When a step starts and how long it may take. Pure.

The start T is one instant; each agent gets it on its own monotonic clock. The lead gives the slowest order time to
arrive: the larger of 100 ms and five times the worst round trip.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from sockrig.fleet.clock import ClockEstimate, uncertainty_between
from sockrig_wire.model.flows import FlowSpec

SMALLEST_LEAD_SECONDS = 0.1
ROUND_TRIPS_OF_LEAD = 5.0

PREPARE_TIMEOUT_SECONDS = 15.0
"""How long the armed barrier waits by default."""

RESULT_GRACE_SECONDS = 5.0
"""How long after the last drain a result may still be on its way."""


def lead_seconds(clocks: Iterable[ClockEstimate]) -> float:
    """How far ahead of now the start must lie."""
    worst = max((clock.round_trip_nanoseconds for clock in clocks), default=0) / 1e9
    return max(SMALLEST_LEAD_SECONDS, ROUND_TRIPS_OF_LEAD * worst)


def on_agents_clock(controller_nanoseconds: int, clock: ClockEstimate) -> int:
    """The same instant as the agent's monotonic clock reads it."""
    return controller_nanoseconds + clock.offset_nanoseconds


def longest_seconds(specs: Sequence[FlowSpec], *, with_drain: bool = True) -> float:
    """From T to the end of the last window, or of the last drain."""
    return max(
        (
            spec.delay_seconds
            + spec.warmup_seconds
            + spec.duration_seconds
            + (spec.drain_seconds if with_drain else 0.0)
            for spec in specs
        ),
        default=0.0,
    )


@dataclass(frozen=True, slots=True)
class WorkerStart:
    """When a worker really began, beside when it should have, both on its agent's clock."""

    agent: str
    flow: str
    worker: int
    planned_nanoseconds: int
    started_nanoseconds: int
    clock: ClockEstimate

    @property
    def late_nanoseconds(self) -> int:
        """How long after its planned start it began."""
        return self.started_nanoseconds - self.planned_nanoseconds


@dataclass(frozen=True, slots=True)
class StartSkew:
    """The spread between the first and the last start, and how far the clocks may have misled it."""

    skew_seconds: float
    uncertainty_seconds: float
    late_workers: tuple[str, ...]


LATE_SECONDS = 0.05
"""A worker that starts later than this after T is named."""


def start_skew(starts: Sequence[WorkerStart]) -> StartSkew | None:
    """The measured skew; None where nothing started.

    Two agents' planned starts are the same instant up to the sum of their clocks' uncertainties; where they share a
    clock, it explains nothing.
    """
    if not starts:
        return None
    first = min(starts, key=lambda start: start.late_nanoseconds)
    last = max(starts, key=lambda start: start.late_nanoseconds)
    clocks = {start.agent: start.clock for start in starts}
    uncertainty = max((uncertainty_between(*pair) for pair in combinations(clocks.values(), 2)), default=0)
    late = tuple(
        f"{start.agent}: {start.flow} worker {start.worker}, {start.late_nanoseconds / 1e6:.1f} ms after T"
        for start in starts
        if start.late_nanoseconds > LATE_SECONDS * 1e9
    )
    return StartSkew((last.late_nanoseconds - first.late_nanoseconds) / 1e9, uncertainty / 1e9, late)
