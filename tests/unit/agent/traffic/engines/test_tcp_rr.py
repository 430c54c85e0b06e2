import socket
import time

import pytest

from sockrig_wire.model.flows import Poll, Verify


def test_every_request_is_answered_and_timed(rigging, family):
    source, destination = rigging.carry("tcp-rr", family=family)
    (round_trips,) = source.histograms
    assert source.error == destination.error == ""
    assert round_trips.name == "round_trip"
    assert sum(round_trips.counts) == source.transactions > 10
    assert round_trips.minimum > 0
    assert source.total_packets == destination.total_packets
    assert source.tcp_info is not None


@pytest.mark.parametrize("size", [1, 64, 300_000])
def test_messages_of_any_size_come_back_whole(rigging, size):
    source, destination = rigging.carry("tcp-rr", size_bytes=size, verify=Verify.NONE)
    assert source.transactions > 0
    assert source.total_bytes == destination.total_bytes == size * source.total_packets


def test_sealed_messages_come_back_intact(rigging):
    source, _ = rigging.carry("tcp-rr", size_bytes=1000, verify=Verify.CRC32)
    assert source.corrupt_blocks == 0
    assert source.transactions > 0


def test_requests_leave_at_the_rate(rigging):
    source, destination = rigging.carry("tcp-rr", rate_packets_per_second=200, warmup_seconds=0.1)
    assert source.total_packets == destination.total_packets <= 60
    assert 0 < source.transactions <= 40


def test_a_slow_answer_counts_against_the_requests_that_it_held_back(rigging, in_a_moment):
    """The destination answers the first request 100 ms late: those due meanwhile carry their wait."""
    spec = rigging.spec("tcp-rr", rate_packets_per_second=100, size_bytes=4, duration_seconds=0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        helper = rigging.destination(spec)
        endpoint = helper.prepared()
        source = rigging.source(spec, type(endpoint)("127.0.0.1", listener.getsockname()[1], endpoint.token))
        connection, _ = listener.accept()
        with connection:
            connection.sendall(connection.recv(8, socket.MSG_WAITALL))
            source.prepared()
            source.start(in_a_moment())
            late = connection.recv(4, socket.MSG_WAITALL)
            time.sleep(0.1)
            connection.sendall(late)
            while request := connection.recv(4, socket.MSG_WAITALL):
                connection.sendall(request)
        result = source.result()
    (round_trips,) = result.histograms
    held_back = sum(
        count
        for number, count in zip(round_trips.bins, round_trips.counts, strict=True)
        if number > round_trips.bins[0]
    )
    assert round_trips.maximum >= 100_000_000
    assert round_trips.sum >= 400_000_000  # 100 + 90 + 80 + ... ms; the slow one alone would be 100
    assert held_back > 5


def test_a_destination_that_goes_away_is_told_as_the_reason(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-rr", duration_seconds=60, drain_seconds=0))
    source.start(in_a_moment())
    destination.worker.orders.give_stop()
    assert source.result().error


def test_a_stop_ends_a_source_that_waits_for_an_answer(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-rr", duration_seconds=60))
    source.start(in_a_moment())
    time.sleep(0.05)
    source.worker.orders.give_stop()
    assert source.result().transactions == 0
    destination.worker.orders.give_stop()
    assert destination.result().error == "stopped before it started"


@pytest.mark.parametrize("rate", [None, 200.0])
def test_both_ends_may_wait_awake(rigging, rate):
    source, destination = rigging.carry("tcp-rr", poll=Poll.BUSY, rate_packets_per_second=rate)
    assert source.error == destination.error == ""
    assert source.transactions > 0
    assert source.total_packets == destination.total_packets
    assert source.cpu.user_seconds + source.cpu.system_seconds > 0
