import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sockrig_wire.histogram import percentile
from sockrig_wire.kinds import TOKEN_BYTES
from sockrig_wire.model.flows import BurstPattern, SocketOptions, Verify, WorkerEndpoint, WorkerFailed

TOKEN = 7
SHOWN = TOKEN.to_bytes(TOKEN_BYTES, "big")


def named(result, name):
    (found,) = [one for one in result.histograms if one.name == name]
    return found


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def impostor(answer: Callable[[int, socket.socket], None]) -> Iterator[WorkerEndpoint]:
    """A destination that lets everybody in and then does what the test wants of it, each connection in a thread."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        threads: list[threading.Thread] = []

        def attend(number: int, connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.settimeout(20)
                assert connection.recv(TOKEN_BYTES, socket.MSG_WAITALL) == SHOWN
                answer(number, connection)
                connection.recv(1)  # until the source has closed it

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threads.append(threading.Thread(target=attend, args=(len(threads), connection), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield WorkerEndpoint("127.0.0.1", listener.getsockname()[1], TOKEN)
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join(20)
        for thread in threads:
            thread.join(20)


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65_536):
        connection.sendall(data)


def test_connections_are_opened_held_and_asked_in_turn(rigging, family):
    source, destination = rigging.carry("tcp-hold", family=family, connections=50, rate_packets_per_second=1000)
    assert source.error == destination.error == ""
    assert (source.connections, source.failed_connections, source.held_connections) == (50, 0, 50)
    assert sum(named(source, "connect_time").counts) == 50
    assert 50 < sum(named(source, "round_trip").counts) == source.transactions <= 200
    assert source.lost_packets == 0
    assert source.packets == source.transactions
    assert destination.total_bytes == source.total_bytes == source.total_packets * 64


def test_without_a_rate_every_connection_is_asked_once_a_second(rigging):
    source, _ = rigging.carry("tcp-hold", connections=20, duration_seconds=1.0)
    assert 0 < source.packets <= 20
    assert source.rate_limited


def test_there_are_a_hundred_where_no_number_is_given(rigging):
    source, _ = rigging.carry("tcp-hold")
    assert source.held_connections == 100


def test_no_one_connection_stands_for_all_of_them(rigging):
    source, _ = rigging.pair(rigging.spec("tcp-hold", connections=3))
    assert source.worker.connection() is None


def test_what_was_asked_in_the_warm_up_is_not_counted(rigging):
    source, _ = rigging.carry("tcp-hold", connections=5, rate_packets_per_second=100, warmup_seconds=0.2)
    assert 0 < source.packets <= 20
    assert source.total_packets > source.packets


def test_bursts_leave_over_many_connections_at_once(rigging):
    source, _ = rigging.carry("tcp-hold", connections=30, pattern=BurstPattern(30, 0.1))
    assert source.transactions in {30, 60}


@pytest.mark.parametrize("verify", Verify)
def test_large_requests_come_back_as_they_were_through_small_buffers(rigging, verify):
    buffers = SocketOptions(send_buffer_bytes=2304, receive_buffer_bytes=2304)
    source, destination = rigging.carry(
        "tcp-hold",
        connections=4,
        size_bytes=16 * 1024,
        rate_packets_per_second=100,
        verify=verify,
        socket_options=buffers,
        drain_seconds=10.0,
    )
    assert source.transactions == source.packets > 0
    assert source.corrupt_blocks == (None if verify is Verify.NONE else 0)
    assert destination.total_bytes == source.total_bytes


def test_a_request_that_waits_for_an_idle_connection_counts_its_wait(rigging, in_a_moment):
    def slowly(_: int, connection: socket.socket) -> None:
        connection.sendall(SHOWN)
        while data := connection.recv(64):
            time.sleep(0.05)
            connection.sendall(data)

    with impostor(slowly) as endpoint:
        spec = rigging.spec("tcp-hold", connections=1, rate_packets_per_second=100, duration_seconds=0.3)
        source = rigging.source(spec, endpoint)
        source.prepared()
        source.start(in_a_moment())
        result = source.result()
    assert result.transactions <= 6  # one after the other, 50 ms each
    if result.transactions > 1:  # 10 ms are between any two that were meant to leave
        assert percentile(named(result, "round_trip"), 100) >= 50e6 + (result.transactions - 1) * 39e6
    assert not result.rate_limited


def test_connections_that_break_on_the_way_are_told_and_do_not_end_the_flow(rigging, in_a_moment):
    def some_leave(number: int, connection: socket.socket) -> None:
        connection.sendall(SHOWN)
        if number % 2:
            connection.recv(1)
            connection.close()
        else:
            echo(connection)

    with impostor(some_leave) as endpoint:
        spec = rigging.spec("tcp-hold", connections=10, rate_packets_per_second=200, duration_seconds=0.4)
        source = rigging.source(spec, endpoint)
        source.prepared()
        source.start(in_a_moment())
        result = source.result()
    assert result.error == ""
    assert (result.connections, result.failed_connections) == (10, 0)
    assert result.held_connections == 5
    assert result.lost_packets == 5
    assert result.packets == result.transactions + 5


def test_one_that_leaves_a_request_without_an_answer_is_no_longer_held(rigging, in_a_moment):
    def some_forget(number: int, connection: socket.socket) -> None:
        connection.sendall(SHOWN)
        if number:
            echo(connection)
        else:
            while connection.recv(64):
                continue

    with impostor(some_forget) as endpoint:
        spec = rigging.spec("tcp-hold", connections=3, rate_packets_per_second=50)
        source = rigging.source(spec, endpoint)
        source.prepared()
        source.start(in_a_moment())
        result = source.result()
    assert (result.connections, result.held_connections, result.lost_packets) == (3, 2, 1)


def test_who_answers_what_nobody_asked_is_not_held(rigging, in_a_moment):
    def talk(_: int, connection: socket.socket) -> None:
        connection.sendall(SHOWN + b"news")

    with impostor(talk) as endpoint:
        source = rigging.source(rigging.spec("tcp-hold", connections=2), endpoint)
        source.prepared()
        source.start(in_a_moment())
        result = source.result()
    assert (result.connections, result.held_connections) == (2, 0)


def test_those_that_cannot_be_opened_are_counted_and_the_others_go_on(rigging, in_a_moment):
    def some_are_refused(number: int, connection: socket.socket) -> None:
        if number % 3 == 0:
            connection.sendall(b"?")
            return
        connection.sendall(SHOWN)
        echo(connection)

    with impostor(some_are_refused) as endpoint:
        source = rigging.source(rigging.spec("tcp-hold", connections=9), endpoint)
        source.prepared()
        source.start(in_a_moment())
        result = source.result()
    assert result.error == ""
    assert (result.connections, result.failed_connections, result.held_connections) == (6, 3, 6)


def test_where_none_can_be_opened_the_first_failure_is_told(rigging):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    source = rigging.source(rigging.spec("tcp-hold", connections=200), WorkerEndpoint("127.0.0.1", port, TOKEN))
    failed = source.reports.get(timeout=20)
    assert isinstance(failed, WorkerFailed)
    assert "refused" in failed.error.what


def test_a_stranger_without_the_token_is_not_held(rigging, in_a_moment):
    spec = rigging.spec("tcp-hold", connections=5)
    destination = rigging.destination(spec)
    endpoint = destination.prepared()
    with socket.create_connection((endpoint.host, endpoint.port), 5) as stranger:
        stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with suppress(ConnectionResetError):
            assert stranger.recv(100) == b""
    source = rigging.source(spec, endpoint)
    source.prepared()
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    assert source.result().held_connections == 5
    assert destination.result().error == ""


def test_after_the_start_nobody_is_let_in(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-hold", connections=5, duration_seconds=60))
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    while not destination.worker.counters.transactions:
        time.sleep(0.01)
    peer = source.worker.assignment.peer
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((peer.host, peer.port), 5)


def test_one_more_than_there_are_to_be_is_closed(rigging):
    destination = rigging.destination(rigging.spec("tcp-hold", connections=1))
    endpoint = destination.prepared()
    shown = endpoint.token.to_bytes(TOKEN_BYTES, "big")
    first = socket.create_connection((endpoint.host, endpoint.port), 5)
    second = socket.create_connection((endpoint.host, endpoint.port), 5)
    with first, second:
        for connection in (first, second):
            connection.sendall(shown)
            assert connection.recv(TOKEN_BYTES, socket.MSG_WAITALL) == shown
        assert second.recv(1) == b""
        first.setblocking(False)
        with pytest.raises(BlockingIOError):
            first.recv(1)


def test_a_stop_ends_it_at_once_and_loses_nothing(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-hold", connections=20, duration_seconds=60, drain_seconds=30))
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    while not source.worker.counters.transactions:
        time.sleep(0.01)
    source.worker.orders.give_stop()
    result = source.result()
    assert result.window_seconds < 10
    assert result.lost_packets == 0
    assert result.held_connections == 20
    destination.result()  # its source has closed all


def test_a_stop_before_the_start_ends_both(rigging):
    source, destination = rigging.pair(rigging.spec("tcp-hold", connections=20))
    for end in (source, destination):
        end.worker.orders.give_stop()
        assert end.result().error == "stopped before it started"


def test_a_destination_that_goes_takes_its_connections_with_it(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-hold", connections=20, duration_seconds=0.5))
    destination.worker.orders.give_stop()
    destination.result()
    source.start(in_a_moment())
    result = source.result()
    assert result.error == ""
    assert (result.connections, result.held_connections, result.transactions) == (20, 0, 0)


def test_every_descriptor_is_given_back(rigging, in_a_moment):
    before = open_descriptors()
    rigging.carry("tcp-hold", connections=300)
    source, destination = rigging.pair(rigging.spec("tcp-hold", connections=300, duration_seconds=60))
    assert open_descriptors() >= before + 600
    for end in (source, destination):
        end.worker.orders.give_stop()
        end.result()
    assert open_descriptors() == before
