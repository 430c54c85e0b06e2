"""However the work is split over workers, the flow's figures are the same."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sockrig.results.merging import FlowFacts, flow_result
from sockrig_wire.histogram import bin_of
from sockrig_wire.model.flows import FlowSpec, Histogram, Mode, Role, WorkerResult


def facts(workers):
    return FlowFacts(
        name="flow",
        group="",
        kind="udp-stream",
        source="client",
        destination="server",
        mode=Mode.PARALLEL,
        workers=workers,
        spec=FlowSpec(name="flow", kind="udp-stream", workers=workers, duration_seconds=2.0),
        clock_uncertainty_seconds=None,
    )


def histogram(values):
    counts = Counter(bin_of(value) for value in values)
    bins = tuple(sorted(counts))
    return Histogram(
        "round_trip", bins, tuple(counts[one] for one in bins), min(values), max(values), float(sum(values))
    )


def worker(role, number=0, **figures):
    return WorkerResult(
        flow="flow",
        role=role,
        worker=number,
        started_at_nanoseconds=0,
        finished_at_nanoseconds=0,
        window_seconds=2.0,
        **figures,
    )


@given(st.lists(st.tuples(st.integers(-(10**6), 10**12), st.integers(0, 3)), min_size=1, max_size=200))
def test_percentiles_do_not_depend_on_how_the_values_are_split_over_workers(values):
    whole = histogram([value for value, _ in values])
    split = [[value for value, number in values if number == chosen] for chosen in range(4)]
    reports = [worker(Role.SOURCE, number, histograms=(histogram(part),)) for number, part in enumerate(split) if part]
    together = flow_result(facts(4), reports).round_trip
    alone = flow_result(facts(1), [worker(Role.SOURCE, histograms=(whole,))]).round_trip
    assert together == alone


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**9)), min_size=1, max_size=8), st.randoms())
def test_traffic_and_loss_are_those_of_all_workers_in_any_order(counts, random):
    reports = [
        report
        for number, (received, lost) in enumerate(counts)
        for report in (
            worker(Role.SOURCE, number, bytes=10 * (received + lost), packets=received + lost),
            worker(Role.DESTINATION, number, bytes=10 * received, packets=received, duplicate_packets=0),
        )
    ]
    random.shuffle(reports)
    result = flow_result(facts(len(counts)), reports)
    received, lost = (sum(column) for column in zip(*counts, strict=True))
    assert result.received.bytes == 10 * received
    assert result.received.packets_per_second == received / 2
    assert result.lost_packets == lost
    assert result.loss_ratio == (lost / (received + lost) if received + lost else None)
    assert [one.worker for one in result.worker_results] == list(range(len(counts))) * 2
    assert result.problems == ()
