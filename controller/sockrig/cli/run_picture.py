"""A run as its events so far show it. Pure: events in, a picture of the moment out."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sockrig_wire.model.controller import (
    FlowProgress,
    Notice,
    PhaseReached,
    ReachProgress,
    RunEventBody,
    SearchTrial,
    StepFinished,
    StepStarted,
)
from sockrig_wire.model.flows import Role, Sample

_STALE_INTERVALS = 2.5
"""A worker whose last sample is older than so many intervals has ended, or is not heard of."""


@dataclass(frozen=True, slots=True)
class FlowNow:
    """What a flow carries at the moment, over all its workers; None where nothing of the kind was seen."""

    name: str
    source: str
    destination: str
    at_seconds: float
    workers: int
    """How many source workers are heard of."""
    sent_bits_per_second: float | None
    received_bits_per_second: float | None
    received_packets_per_second: float | None
    transactions_per_second: float | None
    connections_per_second: float | None


@dataclass(slots=True)
class _FlowSamples:
    source: str
    destination: str
    last: dict[tuple[Role, int], Sample] = field(default_factory=dict)


class RunPicture:
    """Follows one run."""

    def __init__(self) -> None:
        self.step: StepStarted | None = None
        self.phase: PhaseReached | None = None
        self.reach: ReachProgress | None = None
        self.trial: SearchTrial | None = None
        self.finished: list[StepFinished] = []
        self.notices: list[Notice] = []
        self._flows: dict[str, _FlowSamples] = {}

    def take(self, body: RunEventBody) -> None:
        """Something happened."""
        match body:
            case StepStarted():
                self.step, self.phase, self.reach, self.trial = body, None, None, None
                self._flows = {}
            case PhaseReached():
                self.phase = body
            case FlowProgress(agent, peer, sample):
                ends = (agent, peer) if sample.role is Role.SOURCE else (peer, agent)
                flow = self._flows.setdefault(sample.flow, _FlowSamples(*ends))
                flow.last[sample.role, sample.worker] = sample
            case ReachProgress():
                self.reach = body
            case SearchTrial():
                self.trial = body
            case StepFinished():
                self.step = self.phase = self.trial = None
                self.finished.append(body)
            case Notice():
                self.notices.append(body)

    @property
    def flows(self) -> tuple[FlowNow, ...]:
        """The flows of the step that were heard of, by name."""
        return tuple(_now(name, flow) for name, flow in sorted(self._flows.items()))


def _now(name: str, flow: _FlowSamples) -> FlowNow:
    at_seconds = max(sample.at_seconds for sample in flow.last.values())
    heard = [
        sample
        for sample in flow.last.values()
        if at_seconds - sample.at_seconds <= _STALE_INTERVALS * sample.interval_seconds
    ]
    sources = [sample for sample in heard if sample.role is Role.SOURCE]
    destinations = [sample for sample in heard if sample.role is Role.DESTINATION]
    return FlowNow(
        name=name,
        source=flow.source,
        destination=flow.destination,
        at_seconds=at_seconds,
        workers=len(sources),
        sent_bits_per_second=_rate(sources, [8 * sample.bytes for sample in sources]),
        received_bits_per_second=_rate(destinations, [8 * sample.bytes for sample in destinations]),
        received_packets_per_second=_rate(destinations, [sample.packets for sample in destinations]),
        transactions_per_second=_rate(sources, [sample.transactions for sample in sources]) or None,
        connections_per_second=_rate(sources, [sample.connections for sample in sources]) or None,
    )


def _rate(samples: Iterable[Sample], amounts: Iterable[int]) -> float | None:
    """The sum of the workers' rates, each over its own interval."""
    rates = [
        amount / sample.interval_seconds
        for sample, amount in zip(samples, amounts, strict=True)
        if sample.interval_seconds > 0
    ]
    return sum(rates) if rates else None
