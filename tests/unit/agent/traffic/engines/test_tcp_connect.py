import contextlib
import socket


def test_connections_are_made_used_and_timed(rigging, family):
    source, destination = rigging.carry("tcp-connect", family=family)
    (times,) = source.histograms
    assert source.error == destination.error == ""
    assert times.name == "connect_time"
    assert sum(times.counts) == source.connections > 5
    assert source.failed_connections == 0
    assert destination.total_bytes == source.total_bytes


def test_no_one_connection_stands_for_all_of_them(rigging):
    source, _ = rigging.pair(rigging.spec("tcp-connect"))
    assert source.worker.connection() is None


def test_connections_are_made_at_the_rate(rigging):
    source, destination = rigging.carry("tcp-connect", rate_packets_per_second=50, warmup_seconds=0.1)
    assert 0 < source.connections <= 10
    assert source.total_bytes == destination.total_bytes <= 15 * 8


def test_the_end_of_the_source_ends_the_destination(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-connect", duration_seconds=60, drain_seconds=30))
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    while not source.worker.counters.connections:
        pass
    source.worker.orders.give_stop()
    assert source.result().window_seconds < 10
    assert destination.result().total_bytes == source.worker.counters.bytes


def test_connections_that_fail_are_counted_and_do_not_end_the_flow(rigging, in_a_moment):
    spec = rigging.spec("tcp-connect", rate_packets_per_second=50)
    destination = rigging.destination(spec)
    endpoint = destination.prepared()
    source = rigging.source(spec, endpoint)
    source.prepared()
    destination.worker.orders.give_stop()
    destination.result()
    source.start(in_a_moment())
    result = source.result()
    assert result.connections == 0
    assert 0 < result.failed_connections <= 10
    assert result.error == ""


def test_a_connection_without_the_token_is_closed_and_not_counted(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-connect", rate_packets_per_second=50, duration_seconds=0.4))
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    peer = source.worker.assignment.peer
    with socket.create_connection((peer.host, peer.port), 5) as stranger:
        stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert stranger.recv(100) == b""
    assert destination.result().total_bytes == source.result().total_bytes > 0
