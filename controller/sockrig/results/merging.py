"""From what workers reported to the result of their flow. Pure.

Counts of several workers are summed, percentiles come from merged histograms, and a figure that no worker had stays
None. Where workers failed, the figures are those of the others and ``problems`` names the missing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sockrig.results import definitions
from sockrig.results.classification import bound_of, cpu_of, cpu_of_end, limited_by, mode_advice
from sockrig.results.intervals import intervals_of
from sockrig.results.model.flow import DelaySpread, FlowResult, Traffic, WorkerFigures
from sockrig_wire.histogram import merge
from sockrig_wire.model.flows import FlowSpec, Histogram, Mode, Role, Sample, WorkerFailed, WorkerResult


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFacts:
    """What is known of a flow before it runs.

    ``group`` is the name that the scenario gave it, ``source`` and ``destination`` are names of agents, and
    ``clock_uncertainty_seconds`` is that of both agents together, None where it was never measured.
    """

    name: str
    group: str
    kind: str
    source: str
    destination: str
    mode: Mode
    workers: int
    spec: FlowSpec
    clock_uncertainty_seconds: float | None

    def agent_of(self, role: Role) -> str:
        """The agent at that end."""
        return self.source if role is Role.SOURCE else self.destination


def flow_result(
    facts: FlowFacts,
    workers: Sequence[WorkerResult],
    samples: Sequence[Sample] = (),
    failures: Sequence[WorkerFailed] = (),
) -> FlowResult:
    """Merge what the workers of a flow reported; reports of other flows are passed over."""
    spec = facts.spec
    reports = sorted((one for one in workers if one.flow == facts.name), key=lambda one: (one.role.value, one.worker))
    failed = [one for one in failures if one.flow == facts.name]
    sources = [one for one in reports if one.role is Role.SOURCE]
    destinations = [one for one in reports if one.role is Role.DESTINATION]
    asked_seconds = max((one.window_seconds for one in sources), default=0.0)
    histograms = _merged_histograms(reports)
    spreads = _spreads(histograms, facts.clock_uncertainty_seconds)
    loss = _loss(sources, destinations)
    watched_packets = sum(one.packets for one in reports if one.reordered_packets is not None)
    reordered = _sum(definitions.reordered_packets, (one.reordered_packets for one in reports))
    sender_cpu = cpu_of_end([one.cpu for one in sources], facts.mode)
    receiver_cpu = cpu_of_end([one.cpu for one in destinations], facts.mode)
    bound = bound_of([sender_cpu, receiver_cpu])
    transactions = _sum(sum, (one.transactions for one in sources))
    connections = _sum(sum, (one.connections for one in sources))
    held = _sum(definitions.held_connections, (one.held_connections for one in sources))
    result = FlowResult(
        name=facts.name,
        group=facts.group,
        kind=facts.kind,
        source=facts.source,
        destination=facts.destination,
        direction=spec.direction.name.lower(),
        mode=facts.mode.name.lower(),
        workers=facts.workers,
        duration_seconds=max((one.window_seconds for one in reports), default=None),
        drain_seconds=spec.drain_seconds if loss.lost is not None else None,
        sent=_traffic(sources),
        received=_traffic(destinations),
        lost_packets=loss.lost,
        loss_ratio=loss.ratio,
        duplicate_packets=_sum(definitions.duplicate_packets, (one.duplicate_packets for one in reports)),
        reordered_packets=reordered,
        reordered_ratio=None if reordered is None else definitions.reordered_ratio(reordered, watched_packets),
        late_packets=_sum(sum, (one.late_packets for one in reports)),
        corrupt_blocks=_sum(sum, (one.corrupt_blocks for one in reports)),
        kernel_drops=_sum(sum, (one.kernel_drops for one in reports)),
        jitter_seconds=definitions.jitter_seconds(
            (one.jitter_seconds, one.packets) for one in reports if one.jitter_seconds is not None
        ),
        one_way_delay=spreads.one_way_delay,
        round_trip=spreads.round_trip,
        round_trips_per_minute=(
            None if spreads.round_trip is None else definitions.round_trips_per_minute(spreads.round_trip)
        ),
        connect_time=spreads.connect_time,
        transactions=transactions,
        transactions_per_second=None if transactions is None else definitions.per_second(transactions, asked_seconds),
        connections=connections,
        connections_per_second=(
            # Those that are held were opened before the window: their number over its length would mean nothing.
            None if connections is None or held is not None else definitions.per_second(connections, asked_seconds)
        ),
        failed_connections=_sum(sum, (one.failed_connections for one in sources)),
        held_connections=held,
        retransmits=definitions.retransmits([one.tcp_info for one in reports if one.tcp_info is not None]),
        tcp_info=definitions.connections_at_end([one.tcp_info for one in sources if one.tcp_info is not None]),
        limited_by=limited_by(
            # Requests are lost with the connections that held them: that is no limit to how fast others go.
            sources,
            destinations,
            sender_cpu,
            receiver_cpu,
            None if held is not None else loss.ratio,
        ),
        bound=bound,
        mode_advice=mode_advice(bound, [sender_cpu, receiver_cpu]),
        offloads=tuple(sorted({name for one in reports for name in one.offloads})) if reports else None,
        sender_cpu=sender_cpu,
        receiver_cpu=receiver_cpu,
        intervals=intervals_of(spec, [one for one in samples if one.flow == facts.name]),
        worker_results=tuple(_figures(facts.agent_of(one.role), one) for one in reports),
        problems=_problems(facts, reports, failed),
        histograms=histograms,
    )
    return replace(result, definitions=definitions.names_for(result, loss.definition))


def _sum(rule: Callable[[Iterable[int]], int], counts: Iterable[int | None]) -> int | None:
    told = [count for count in counts if count is not None]
    return rule(told) if told else None


def _traffic(workers: Sequence[WorkerResult]) -> Traffic | None:
    if not workers:
        return None
    window = max(one.window_seconds for one in workers)
    bytes = sum(one.bytes for one in workers)
    packets = sum(one.packets for one in workers)
    return Traffic(
        bytes=bytes,
        packets=packets,
        bits_per_second=definitions.bits_per_second(bytes, window),
        packets_per_second=definitions.per_second(packets, window),
    )


@dataclass(frozen=True, slots=True)
class _Loss:
    definition: definitions.Definition
    lost: int | None = None
    ratio: float | None = None


def _loss(sources: Sequence[WorkerResult], destinations: Sequence[WorkerResult]) -> _Loss:
    """Lost requests where the sources count them, else the difference of both ends where packets are numbered."""
    asked = [one for one in sources if one.lost_packets is not None]
    if asked:
        lost = definitions.lost_requests(one.lost_packets or 0 for one in asked)
        answered = sum(one.transactions or 0 for one in asked)
        return _Loss(definitions.UNANSWERED_REQUESTS, lost, definitions.loss_ratio(lost, answered + lost))
    received = {one.worker: one.packets for one in destinations if one.duplicate_packets is not None}
    pairs = [(one.packets, received[one.worker]) for one in sources if one.worker in received]
    if not pairs:
        return _Loss(definitions.LOSS_BY_DIFFERENCE)
    lost = definitions.lost_by_difference(pairs)
    sent = sum(sent for sent, _ in pairs)
    return _Loss(definitions.LOSS_BY_DIFFERENCE, lost, definitions.loss_ratio(lost, sent))


def _merged_histograms(workers: Sequence[WorkerResult]) -> tuple[Histogram, ...]:
    every = [histogram for one in workers for histogram in one.histograms]
    names = sorted({histogram.name for histogram in every})
    merged = (merge(name, [one for one in every if one.name == name]) for name in names)
    return tuple(one for one in merged if one is not None)


@dataclass(frozen=True, slots=True)
class _Spreads:
    one_way_delay: DelaySpread | None
    round_trip: DelaySpread | None
    connect_time: DelaySpread | None


def _spreads(histograms: Sequence[Histogram], clock_uncertainty_seconds: float | None) -> _Spreads:
    named = {histogram.name: histogram for histogram in histograms}
    delay, trip, connect = (named.get(name) for name in ("one_way_delay", "round_trip", "connect_time"))
    return _Spreads(
        None if delay is None else definitions.one_way_delay(delay, clock_uncertainty_seconds),
        None if trip is None else definitions.round_trip(trip),
        None if connect is None else definitions.connect_time(connect),
    )


def _figures(agent: str, worker: WorkerResult) -> WorkerFigures:
    return WorkerFigures(
        agent=agent,
        role=worker.role.name.lower(),
        worker=worker.worker,
        window_seconds=worker.window_seconds,
        bytes=worker.bytes,
        packets=worker.packets,
        lost_packets=worker.lost_packets,
        transactions=worker.transactions,
        connections=worker.connections,
        cpu=cpu_of(worker.cpu),
        tcp_info=worker.tcp_info,
        offloads=worker.offloads,
        rate_limited=worker.rate_limited,
        clock=worker.clock or None,
        error=worker.error or None,
        held_connections=worker.held_connections,
    )


def _problems(facts: FlowFacts, workers: Sequence[WorkerResult], failures: Sequence[WorkerFailed]) -> tuple[str, ...]:
    """One sentence per worker that failed or ended early, and one per end for those that are silent."""
    lines = [f"{_end(facts, one.role)} worker {one.worker} failed: {one.error.what}" for one in failures]
    lines += [f"{_end(facts, one.role)} worker {one.worker} ended early: {one.error}" for one in workers if one.error]
    for role in Role:
        heard = {one.worker for one in workers if one.role is role}
        heard |= {one.worker for one in failures if one.role is role}
        silent = [number for number in range(facts.workers) if number not in heard]
        if len(silent) == facts.workers:
            lines.append(f"{_end(facts, role)} gave no result")
        elif silent:
            lines.append(f"{_end(facts, role)} gave no result from workers {', '.join(map(str, silent))}")
    return tuple(lines)


def _end(facts: FlowFacts, role: Role) -> str:
    return f"{role.name.lower()} {facts.agent_of(role)}"
