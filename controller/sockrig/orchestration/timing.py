"""When a step starts, how long it may take, and how tightly its sources began. Pure.

The start T is one instant; each agent gets it on its own monotonic clock. The lead gives the slowest order time to
arrive: the larger of 100 ms and five times the worst round trip; and where an order to everybody has just taken longer
than its round trip, because the controller and its agents are busy with each other, ten times that much.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from sockrig.fleet.clock import ClockEstimate, uncertainty_between
from sockrig_wire.model.flows import FlowSpec, Role

SMALLEST_LEAD_SECONDS = 0.1
ROUND_TRIPS_OF_LEAD = 5.0
ORDERS_OF_LEAD = 10.0
"""It also wakes all workers: with 64 agents on two cores it took up to seven times as long as one for no flow."""

MOST_FOR_ORDERS_SECONDS = 5.0
"""One agent that hangs for a moment must not delay the start of all for long: it will be named as late."""

PREPARE_TIMEOUT_SECONDS = 15.0
"""How long the armed barrier waits by default."""

RESULT_GRACE_SECONDS = 5.0
"""How long after the last drain a result may still be on its way."""


def lead_seconds(clocks: Mapping[str, ClockEstimate], order_seconds: Mapping[str, float]) -> float:
    """How far ahead of now the start must lie.

    Args:
        clocks: of all agents.
        order_seconds: how long each of them took to answer an order that everybody got at once; without those that
            did not.
    """
    trips = {agent: clock.round_trip_nanoseconds / 1e9 for agent, clock in clocks.items()}
    busy = max((seconds - trips[agent] for agent, seconds in order_seconds.items()), default=0.0)
    for_orders = min(ORDERS_OF_LEAD * busy, MOST_FOR_ORDERS_SECONDS)
    return max(SMALLEST_LEAD_SECONDS, ROUND_TRIPS_OF_LEAD * max(trips.values(), default=0.0), for_orders)


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
    """When a worker really began, beside when it should have, both on its agent's clock.

    A source begins with its traffic. Its destination has been there since a moment before T, and begins nothing: it
    counts only where it came late.
    """

    agent: str
    flow: str
    role: Role
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
    """How tightly the sources of a step began.

    The skew that was measured is what the hosts explain: the spread of the workers' lateness, each against T on its own
    clock. What the clocks explain comes on top: the planned starts of two agents are one instant only up to the sum of
    their clocks' uncertainties. So the true skew lies within ``uncertainty_seconds`` of ``skew_seconds``.

    Attributes:
        skew_seconds: between the first and the last.
        uncertainty_seconds: of the two least certain clocks together.
        median_late_seconds: half of the sources began no later than this after T.
        late_seconds: the latest of each agent's sources; in the order of agents.
        late_workers: those that are named, sources and destinations.
    """

    skew_seconds: float
    uncertainty_seconds: float
    median_late_seconds: float
    late_seconds: Mapping[str, float]
    late_workers: tuple[str, ...]

    @property
    def latest_agent(self) -> str:
        """On whose host the last source began."""
        return max(self.late_seconds, key=lambda agent: self.late_seconds[agent])


ALWAYS_LATE_SECONDS, NEVER_LATE_SECONDS = 0.05, 0.005
LATE_BEYOND_MEDIAN = 10
"""A worker is named that began later than ten times the median of all; never for less than 5 ms, always for 50 ms."""


def start_skew(starts: Sequence[WorkerStart]) -> StartSkew | None:
    """The measured skew of the sources; None where none started.

    Agents that share a clock have the same T: it explains nothing between them.
    """
    sources = [start for start in starts if start.role is Role.SOURCE]
    if not sources:
        return None
    lateness = [start.late_nanoseconds for start in sources]
    clocks = {start.agent: start.clock for start in sources}
    uncertainty = max((uncertainty_between(*pair) for pair in combinations(clocks.values(), 2)), default=0)
    middle = median(lateness) / 1e9
    return StartSkew(
        skew_seconds=(max(lateness) - min(lateness)) / 1e9,
        uncertainty_seconds=uncertainty / 1e9,
        median_late_seconds=middle,
        late_seconds={
            agent: max(start.late_nanoseconds for start in sources if start.agent == agent) / 1e9 for agent in clocks
        },
        late_workers=_late_workers(starts, middle),
    )


def _late_workers(starts: Sequence[WorkerStart], median_seconds: float) -> tuple[str, ...]:
    allowed = min(ALWAYS_LATE_SECONDS, max(NEVER_LATE_SECONDS, LATE_BEYOND_MEDIAN * median_seconds))
    return tuple(
        f"{start.agent}: {start.flow} {start.role.name.lower()} worker {start.worker}, "
        f"{start.late_nanoseconds / 1e6:.1f} ms after T"
        for start in starts
        if start.late_nanoseconds > allowed * 1e9
    )
