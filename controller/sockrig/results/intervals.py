"""From the samples of a flow's workers to its course, slot by slot. Pure.

A sample falls into the slot that holds its middle, so that one which came a little late, and the short one at the end
of a flow, stay where their traffic was.
"""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import TypeVar

from sockrig.results.definitions import bits_per_second
from sockrig.results.model.flow import IntervalResult, Traffic
from sockrig_wire.model.flows import FlowSpec, Role, Sample

Figure = TypeVar("Figure", int, float)


def intervals_of(spec: FlowSpec, samples: Sequence[Sample]) -> tuple[IntervalResult, ...]:
    """The flow's course in slots of ``spec.interval_seconds``.

    The rates of a slot are the sums over its workers, each over its own real time. A slot that lacks a sample of a
    worker is marked incomplete: samples are progress and may be dropped under pressure.
    """
    slots: dict[int, list[Sample]] = {}
    for sample in samples:
        slots.setdefault(_slot(spec, sample), []).append(sample)
    everyone = {(sample.role, sample.worker) for sample in samples}
    retransmits = _retransmits(samples)
    return tuple(_interval(spec, slots[number], len(everyone), retransmits) for number in sorted(slots))


def _slot(spec: FlowSpec, sample: Sample) -> int:
    return int(_middle(sample) / spec.interval_seconds) if spec.interval_seconds > 0 else 0


def _middle(sample: Sample) -> float:
    return sample.at_seconds - sample.interval_seconds / 2


def _retransmits(samples: Sequence[Sample]) -> Mapping[tuple[int, float], int]:
    """What each worker's connection sent again since its sample before, by worker and time."""
    increments, before = dict[tuple[int, float], int](), dict[int, int]()
    for sample in sorted(samples, key=lambda sample: sample.at_seconds):
        if sample.tcp_info is not None:
            total = sample.tcp_info.retransmits
            increments[sample.worker, sample.at_seconds] = total - before.get(sample.worker, 0)
            before[sample.worker] = total
    return increments


def _interval(
    spec: FlowSpec, samples: Sequence[Sample], workers: int, retransmits: Mapping[tuple[int, float], int]
) -> IntervalResult:
    sources = [sample for sample in samples if sample.role is Role.SOURCE]
    destinations = [sample for sample in samples if sample.role is Role.DESTINATION]
    connections = [sample.tcp_info for sample in samples if sample.tcp_info is not None]
    round_trips = _told(one.round_trip_seconds for one in connections)
    windows = _told(one.congestion_window for one in connections)
    delivery_rates = _told(one.delivery_rate_bits_per_second for one in connections)
    return IntervalResult(
        at_seconds=max(sample.at_seconds for sample in samples),
        interval_seconds=max(sample.interval_seconds for sample in samples),
        measured=min(_middle(sample) for sample in samples) >= spec.warmup_seconds,
        complete=len({(sample.role, sample.worker) for sample in samples}) == workers,
        sent=_traffic(sources),
        received=_traffic(destinations),
        transactions_per_second=_rate([(one.transactions, one.interval_seconds) for one in sources]),
        connections_per_second=_rate([(one.connections, one.interval_seconds) for one in sources]),
        retransmits=sum(retransmits[one.worker, one.at_seconds] for one in samples if one.tcp_info is not None)
        if connections
        else None,
        tcp_round_trip_seconds=fmean(round_trips) if round_trips else None,
        congestion_window=sum(windows) if windows else None,
        delivery_rate_bits_per_second=sum(delivery_rates) if delivery_rates else None,
    )


def _told(figures: Iterable[Figure | None]) -> list[Figure]:
    return [figure for figure in figures if figure is not None]


def _rate(counts: Sequence[tuple[int, float]]) -> float | None:
    """Zeros alone mean that the kind has no such figure: a sample cannot say None."""
    if not any(count for count, _ in counts):
        return None
    return sum(count / seconds for count, seconds in counts if seconds > 0)


def _traffic(samples: Sequence[Sample]) -> Traffic | None:
    if not samples:
        return None
    timed = [sample for sample in samples if sample.interval_seconds > 0]
    return Traffic(
        bytes=sum(sample.bytes for sample in samples),
        packets=sum(sample.packets for sample in samples),
        bits_per_second=sum(bits_per_second(one.bytes, one.interval_seconds) or 0.0 for one in timed),
        packets_per_second=sum(one.packets / one.interval_seconds for one in timed),
    )
