"""From what workers reported to the result of their flow."""

from collections import Counter

import pytest

from sockrig.results.merging import FlowFacts, flow_result
from sockrig_wire.histogram import bin_of
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.flows import (
    CpuUse,
    Direction,
    FlowSpec,
    Histogram,
    Mode,
    Role,
    Sample,
    TcpInfo,
    WorkerFailed,
    WorkerResult,
)


def facts(kind="udp-stream", workers=1, uncertainty_seconds=0.00001, mode=Mode.PARALLEL, **spec):
    return FlowFacts(
        name="flow",
        group="",
        kind=kind,
        source="client",
        destination="server",
        mode=mode,
        workers=workers,
        spec=FlowSpec(name="flow", kind=kind, workers=workers, duration_seconds=2.0, **spec),
        clock_uncertainty_seconds=uncertainty_seconds,
    )


def worker(role, number=0, **figures):
    figures = {"window_seconds": 2.0, "flow": "flow"} | figures
    return WorkerResult(role=role, worker=number, started_at_nanoseconds=0, finished_at_nanoseconds=0, **figures)


def source(number=0, **figures):
    return worker(Role.SOURCE, number, **figures)


def destination(number=0, **figures):
    return worker(Role.DESTINATION, number, **figures)


def histogram(name, values):
    counts = Counter(bin_of(value) for value in values)
    bins = tuple(sorted(counts))
    return Histogram(name, bins, tuple(counts[b] for b in bins), min(values), max(values), float(sum(values)))


def test_throughput_is_what_the_destination_got_over_the_window_with_the_senders_figure_beside_it():
    result = flow_result(facts("tcp-stream"), [source(bytes=3_000_000), destination(bytes=2_500_000)])
    assert result.received.bits_per_second == 10e6  # 2.5 MB * 8 / 2 s
    assert result.sent.bits_per_second == 12e6
    assert result.duration_seconds == 2.0
    assert result.definitions["received"] == "payload-over-window"


def test_in_reverse_the_source_is_still_who_sent():
    reversed_facts = facts("tcp-stream", direction=Direction.REVERSE)
    result = flow_result(reversed_facts, [source(bytes=3000), destination(bytes=2000)])
    assert (result.source, result.sent.bytes, result.destination, result.received.bytes) == (
        "client",
        3000,
        "server",
        2000,
    )
    assert result.direction == "reverse"


def test_several_workers_are_summed_and_stay_visible():
    result = flow_result(
        facts(workers=2),
        [destination(1, bytes=700, packets=7), destination(0, bytes=300, packets=3), source(0), source(1)],
    )
    assert (result.received.bytes, result.received.packets, result.received.packets_per_second) == (1000, 10, 5.0)
    assert [(one.agent, one.role, one.worker, one.packets) for one in result.worker_results[2:]] == [
        ("server", "destination", 0, 3),
        ("server", "destination", 1, 7),
    ]


def test_a_worker_that_ended_early_does_not_raise_the_rate():
    result = flow_result(
        facts(workers=2),
        [destination(0, bytes=1000, window_seconds=2.0), destination(1, bytes=500, window_seconds=0.5)],
    )
    assert result.received.bits_per_second == 1500 * 8 / 2


def test_a_window_without_length_gives_no_rate():
    result = flow_result(facts(), [source(bytes=10, window_seconds=0.0)])
    assert result.sent.bytes == 10
    assert result.sent.bits_per_second is None


def test_loss_of_datagrams_is_sent_less_received_over_sent():
    result = flow_result(
        facts(workers=2, drain_seconds=0.25),
        [
            source(0, packets=1000),
            source(1, packets=1000),
            destination(0, packets=990, duplicate_packets=3, reordered_packets=4),
            destination(1, packets=1000, duplicate_packets=2, reordered_packets=1),
        ],
    )
    assert result.lost_packets == 10
    assert result.loss_ratio == 0.005
    assert result.duplicate_packets == 5
    assert result.reordered_packets == 5
    assert result.reordered_ratio == 5 / 1990
    assert result.drain_seconds == 0.25
    assert result.definitions["lost_packets"] == "rfc7680-sent-less-received"


def test_an_end_without_figures_proves_no_loss():
    result = flow_result(
        facts(workers=2),
        [source(0, packets=100), source(1, packets=100), destination(0, packets=99, duplicate_packets=0)],
    )
    assert result.lost_packets == 1
    assert result.loss_ratio == 0.01
    assert result.problems == ("destination server gave no result from workers 1",)


def test_more_received_than_sent_at_the_windows_edge_is_no_negative_loss():
    result = flow_result(facts(), [source(packets=100), destination(packets=101, duplicate_packets=0)])
    assert result.lost_packets == 0


def test_loss_of_requests_is_what_the_source_saw_unanswered():
    result = flow_result(
        facts("udp-rr"),
        [source(packets=100, transactions=98, lost_packets=2), destination(packets=99, duplicate_packets=0)],
    )
    assert result.lost_packets == 2
    assert result.loss_ratio == 0.02
    assert result.transactions_per_second == 49.0
    assert result.definitions["lost_packets"] == "rfc6673-unanswered-requests"


def test_a_tcp_stream_has_no_datagram_figures():
    result = flow_result(facts("tcp-stream"), [source(packets=10), destination(packets=10)])
    assert result.lost_packets is None
    assert result.loss_ratio is None
    assert result.duplicate_packets is None
    assert result.jitter_seconds is None
    assert result.transactions_per_second is None
    assert result.connections_per_second is None
    assert result.retransmits is None
    assert "lost_packets" not in result.definitions


def test_jitter_of_several_workers_is_weighted_by_their_packets():
    result = flow_result(
        facts(workers=2),
        [destination(0, packets=300, jitter_seconds=1e-6), destination(1, packets=100, jitter_seconds=5e-6)],
    )
    assert result.jitter_seconds == pytest.approx(2e-6)


def test_connections_per_second_are_the_sources():
    result = flow_result(
        facts("tcp-connect"),
        [
            source(connections=500, failed_connections=1, histograms=(histogram("connect_time", [1000, 2000]),)),
            destination(connections=499, window_seconds=2.5),
        ],
    )
    assert result.connections == 500
    assert result.connections_per_second == 250.0
    assert result.failed_connections == 1
    assert result.connect_time.max_seconds == 2e-6


def test_connections_that_are_held_make_no_rate():
    result = flow_result(
        facts("tcp-hold", workers=2),
        [
            source(0, connections=100, failed_connections=0, held_connections=100, transactions=200, lost_packets=0),
            source(1, connections=90, failed_connections=10, held_connections=80, transactions=150, lost_packets=10),
            destination(0, transactions=200),
            destination(1, transactions=150),
        ],
    )
    assert (result.connections, result.failed_connections, result.held_connections) == (190, 10, 180)
    assert result.connections_per_second is None
    assert result.transactions_per_second == 175.0
    assert (result.lost_packets, result.loss_ratio) == (10, 10 / 360)
    assert result.limited_by is None  # what was lost with its connection did not hold back the others
    assert result.definitions["held_connections"] == "answering-at-the-windows-end"
    assert [one.held_connections for one in result.worker_results] == [100, 80, None, None]


def test_retransmits_are_those_of_all_connections():
    result = flow_result(
        facts("tcp-stream", workers=2),
        [source(0, tcp_info=TcpInfo(retransmits=2)), source(1, tcp_info=TcpInfo(retransmits=3)), destination(0)],
    )
    assert result.retransmits == 5


def test_percentiles_come_from_the_merged_histogram_and_not_from_averages():
    slow, fast = [1_000_000] * 10, [1000] * 990
    result = flow_result(
        facts("tcp-rr", workers=2),
        [
            source(0, histograms=(histogram("round_trip", fast),)),
            source(1, histograms=(histogram("round_trip", slow),)),
        ],
    )
    assert result.round_trip.count == 1000
    assert result.round_trip.p50_seconds == 1e-6
    assert result.round_trip.p99_seconds == 1e-6  # 990 of 1000 are that fast; the average of both p99 would be 500 us
    assert result.round_trip.p999_seconds == 1e-3
    assert result.round_trip.mean_seconds == pytest.approx(10.99e-6)
    assert result.round_trip.uncertainty_seconds is None
    assert result.round_trip.valid


def test_one_way_delay_carries_the_bound_of_the_clocks():
    report = destination(histograms=(histogram("one_way_delay", [50_000, 60_000, 70_000]),))
    result = flow_result(facts(uncertainty_seconds=20e-6), [report])
    assert result.one_way_delay.p50_seconds == pytest.approx(60e-6, rel=0.001)
    assert result.one_way_delay.uncertainty_seconds == 20e-6
    assert result.one_way_delay.valid


@pytest.mark.parametrize("uncertainty_seconds", [80e-6, None])
def test_one_way_delay_below_its_bound_or_without_one_is_invalid(uncertainty_seconds):
    report = destination(histograms=(histogram("one_way_delay", [60_000]),))
    result = flow_result(facts(uncertainty_seconds=uncertainty_seconds), [report])
    assert not result.one_way_delay.valid


def test_a_negative_one_way_delay_is_kept_and_invalid():
    report = destination(histograms=(histogram("one_way_delay", [-500, -300, 100]),))
    result = flow_result(facts(uncertainty_seconds=0.0), [report])
    assert result.one_way_delay.min_seconds == -500e-9
    assert result.one_way_delay.p50_seconds == -300e-9
    assert not result.one_way_delay.valid


def test_workers_that_failed_or_kept_silent_are_named_and_the_others_figures_kept():
    error = Error(ErrorCode.WORKER, "killed by SIGSEGV")
    result = flow_result(
        facts(workers=3),
        [source(0, packets=10, error="stopped before its time"), destination(0, packets=10, duplicate_packets=0)],
        (),
        [WorkerFailed("flow", Role.SOURCE, 1, error), WorkerFailed("another", Role.SOURCE, 2, error)],
    )
    assert result.sent.packets == 10
    assert result.problems == (
        "source client worker 1 failed: killed by SIGSEGV",
        "source client worker 0 ended early: stopped before its time",
        "source client gave no result from workers 2",
        "destination server gave no result from workers 1, 2",
    )


def test_a_flow_without_any_report_has_no_figures():
    result = flow_result(facts(workers=2), [])
    assert result.sent is None
    assert result.received is None
    assert result.duration_seconds is None
    assert result.bound is None
    assert result.limited_by is None
    assert result.offloads is None
    assert result.definitions == {}
    assert result.problems == ("source client gave no result", "destination server gave no result")


def test_reports_of_other_flows_are_passed_over():
    result = flow_result(facts(), [source(bytes=1), source(bytes=99, flow="another")])
    assert result.sent.bytes == 1


def test_offloads_and_processor_time_are_those_of_all_workers():
    result = flow_result(
        facts(workers=2),
        [
            source(0, offloads=("gso",), cpu=CpuUse(0.5, 0.25, 0.0, 2.0)),
            source(1, offloads=("sendmmsg",), cpu=CpuUse(0.5, 0.25, 1.0, 2.5)),
        ],
    )
    assert result.offloads == ("gso", "sendmmsg")
    assert (result.sender_cpu.user_seconds, result.sender_cpu.system_seconds) == (1.0, 0.5)
    assert (result.sender_cpu.waited_seconds, result.sender_cpu.wall_seconds) == (1.0, 2.5)
    assert result.receiver_cpu is None


def test_the_samples_of_a_flow_become_its_intervals():
    samples = [
        Sample(flow=name, role=Role.SOURCE, worker=0, at_seconds=1.0, interval_seconds=1.0, bytes=125)
        for name in ("flow", "another")
    ]
    result = flow_result(facts(), [source()], samples)
    assert [interval.sent.bits_per_second for interval in result.intervals] == [1000.0]
