"""From samples to the course of a flow."""

import pytest

from sockrig.results.intervals import intervals_of
from sockrig_wire.model.flows import FlowSpec, Role, Sample, TcpInfo

SPEC = FlowSpec(name="flow", kind="tcp-stream", warmup_seconds=1.0, duration_seconds=2.0, interval_seconds=1.0)


def sample(at_seconds, *, role=Role.DESTINATION, worker=0, interval_seconds=1.0, **figures):
    return Sample(
        flow="flow", role=role, worker=worker, at_seconds=at_seconds, interval_seconds=interval_seconds, **figures
    )


def test_a_slot_sums_its_workers_and_keeps_both_ends_apart():
    (interval,) = intervals_of(
        SPEC,
        [
            sample(1.0, worker=0, bytes=100, packets=1),
            sample(1.0, worker=1, bytes=300, packets=3),
            sample(1.0, role=Role.SOURCE, bytes=500, packets=5),
        ],
    )
    assert interval.received.bytes == 400
    assert interval.received.bits_per_second == 3200
    assert interval.received.packets_per_second == 4
    assert interval.sent.bits_per_second == 4000
    assert interval.complete


def test_late_samples_and_a_short_last_one_stay_in_their_own_slots():
    intervals = intervals_of(
        SPEC,
        [
            sample(1.05, interval_seconds=1.05, bytes=105),
            sample(2.0, interval_seconds=0.95, bytes=95),
            sample(2.03, interval_seconds=0.03, bytes=3),
        ],
    )
    assert [interval.at_seconds for interval in intervals] == [1.05, 2.0, 2.03]
    assert [interval.received.bits_per_second for interval in intervals] == pytest.approx([800, 800, 800])


def test_the_warm_up_is_marked():
    intervals = intervals_of(SPEC, [sample(1.0), sample(2.0), sample(3.0)])
    assert [interval.measured for interval in intervals] == [False, True, True]


def test_a_missing_sample_is_marked():
    intervals = intervals_of(SPEC, [sample(1.0, worker=0), sample(1.0, worker=1), sample(2.0, worker=0)])
    assert [interval.complete for interval in intervals] == [True, False]


def test_transactions_and_connections_are_the_sources():
    (interval,) = intervals_of(
        SPEC,
        [
            sample(0.5, role=Role.SOURCE, interval_seconds=0.5, transactions=50),
            sample(0.5, interval_seconds=0.5, transactions=49),
        ],
    )
    assert interval.transactions_per_second == 100
    assert interval.connections_per_second is None


def test_a_sample_without_length_has_no_rate():
    (interval,) = intervals_of(SPEC, [sample(0.0, role=Role.SOURCE, interval_seconds=0.0, bytes=7, transactions=1)])
    assert interval.sent.bytes == 7
    assert interval.sent.bits_per_second == 0
    assert interval.transactions_per_second == 0


def test_without_samples_there_is_no_course():
    assert intervals_of(SPEC, []) == ()


def test_a_slot_tells_what_was_sent_again_in_it_and_how_its_connections_are():
    def told(at_seconds, worker, **figures):
        return sample(at_seconds, role=Role.SOURCE, worker=worker, tcp_info=TcpInfo(**figures))

    first, second = intervals_of(
        SPEC,
        [
            told(1.0, 0, retransmits=3, round_trip_seconds=0.010, congestion_window=10),
            told(1.0, 1, retransmits=4, round_trip_seconds=0.030, congestion_window=20),
            told(2.0, 0, retransmits=3, congestion_window=11, delivery_rate_bits_per_second=5e6),
            told(2.0, 1, retransmits=9, congestion_window=21, delivery_rate_bits_per_second=6e6),
        ],
    )
    assert (first.retransmits, second.retransmits) == (7, 5)
    assert (first.tcp_round_trip_seconds, second.tcp_round_trip_seconds) == (pytest.approx(0.020), None)
    assert (first.congestion_window, second.congestion_window) == (30, 32)
    assert (first.delivery_rate_bits_per_second, second.delivery_rate_bits_per_second) == (None, 11e6)


def test_without_tcp_info_a_slot_tells_of_no_connection():
    (interval,) = intervals_of(SPEC, [sample(1.0, bytes=1)])
    assert (interval.retransmits, interval.congestion_window) == (None, None)
