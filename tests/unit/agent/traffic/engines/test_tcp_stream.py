import socket
import time

import pytest

from sockrig_agent.traffic.capabilities import SENDFILE, available_offloads
from sockrig_agent.traffic.engine import Assignment, Counters
from sockrig_agent.traffic.engines.tcp_stream import Source, block_bytes
from sockrig_agent.traffic.memory_file import CannotSendFileError, MemoryFile
from sockrig_agent.traffic.orders import Orders
from sockrig_agent.traffic.payload import digest_of, filled
from sockrig_wire.kinds import STREAM_BLOCK_BYTES
from sockrig_wire.model.flows import Direction, FlowSpec, OnOffPattern, Role, Verify


def test_every_byte_that_is_sent_arrives(rigging, family):
    source, destination = rigging.carry("tcp-stream", family=family)
    assert source.error == destination.error == ""
    assert source.total_bytes == destination.total_bytes > 0
    assert source.window_seconds == destination.window_seconds == pytest.approx(0.2)


def test_in_reverse_the_source_sends_over_a_connection_from_the_destination(rigging, family, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-stream", family=family, direction=Direction.REVERSE))
    assert source.worker.assignment.peer is None
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    sent, received = source.result(), destination.result()
    assert sent.error == received.error == ""
    assert (sent.role, received.role) == (Role.SOURCE, Role.DESTINATION)
    assert sent.total_bytes == received.total_bytes > 0
    assert sent.tcp_info is not None
    assert received.tcp_info is None


def test_a_rate_and_digests_hold_in_reverse(rigging):
    fields = {"rate_bits_per_second": 8e6, "size_bytes": 1000, "verify": Verify.CRC32, "direction": Direction.REVERSE}
    source, destination = rigging.carry("tcp-stream", **fields)
    assert 0 < source.total_bytes == destination.total_bytes <= 200_000
    assert destination.corrupt_blocks == 0


def test_a_source_that_nobody_connects_to_ends_after_the_drain_time(rigging, in_a_moment):
    spec = rigging.spec("tcp-stream", duration_seconds=0.1, drain_seconds=0.1, direction=Direction.REVERSE)
    source = rigging.source(spec)
    source.prepared()
    source.start(in_a_moment())
    assert source.result().total_bytes == 0


def test_the_window_leaves_the_warm_up_out(rigging):
    source, destination = rigging.carry(
        "tcp-stream", rate_bits_per_second=8e6, warmup_seconds=0.3, duration_seconds=0.1
    )
    assert 0 < source.bytes < source.total_bytes
    assert 0 < destination.bytes < destination.total_bytes
    assert source.total_bytes == destination.total_bytes <= 400_000


def test_a_rate_is_never_exceeded(rigging):
    source, destination = rigging.carry("tcp-stream", rate_bits_per_second=8e6)
    assert 0 < source.total_bytes == destination.total_bytes <= 200_000


def test_a_rate_can_be_of_blocks(rigging):
    source, _ = rigging.carry("tcp-stream", rate_packets_per_second=100, size_bytes=1000)
    assert 0 < source.total_packets <= 20
    assert source.total_bytes == 1000 * source.total_packets


@pytest.mark.parametrize(("packets", "kept"), [(1000, True), (990, True), (989, True), (980, False), (0, False)])
def test_a_rate_was_the_limit_if_nearly_all_of_it_was_sent(packets, kept):
    spec = FlowSpec(name="f", kind="tcp-stream", duration_seconds=2, rate_packets_per_second=500)
    source = Source(Assignment(spec, Role.SOURCE, 0), Counters(), Orders())
    assert source.kept_rate(packets, 1, 2.0) is kept
    source.orders.close()


def test_full_speed_may_come_in_phases(rigging):
    source, destination = rigging.carry("tcp-stream", pattern=OnOffPattern(0.01, 0.09))
    assert source.total_bytes == destination.total_bytes > 0
    assert not source.rate_limited


def test_full_speed_is_not_limited_by_a_rate(rigging):
    source, _ = rigging.carry("tcp-stream")
    assert not source.rate_limited


@pytest.mark.parametrize("verify", [Verify.CRC32, Verify.SHA256])
def test_sealed_blocks_arrive_intact(rigging, verify):
    _, destination = rigging.carry("tcp-stream", verify=verify, size_bytes=50_000)
    assert destination.corrupt_blocks == 0
    assert destination.total_packets > 1
    assert destination.offloads == ()


def test_a_block_that_was_changed_on_its_way_is_counted(rigging, in_a_moment):
    destination = rigging.destination(rigging.spec("tcp-stream", verify=Verify.CRC32, size_bytes=1000))
    endpoint = destination.prepared()
    intact = filled(1000)
    intact[-4:] = digest_of(memoryview(intact)[:-4], Verify.CRC32)
    changed = bytearray(intact)
    changed[500] ^= 1
    with socket.create_connection((endpoint.host, endpoint.port)) as connection:
        connection.sendall(endpoint.token.to_bytes(8, "big"))
        connection.recv(8, socket.MSG_WAITALL)
        destination.start(in_a_moment())
        connection.sendall(intact + changed + intact)
    assert destination.result().corrupt_blocks == 1


@pytest.mark.parametrize(("offloads", "in_force"), [(("auto",), ("truncating-receive",)), (("none",), ())])
def test_bytes_are_counted_alike_with_and_without_truncating(rigging, offloads, in_force):
    source, destination = rigging.carry("tcp-stream", offloads=offloads, rate_bits_per_second=8e6)
    assert destination.total_bytes == source.total_bytes
    assert destination.offloads == in_force


@pytest.mark.skipif(SENDFILE not in available_offloads(), reason="this host has no sendfile from memory")
@pytest.mark.parametrize(
    ("options", "in_force"),
    [
        ({}, ("sendfile",)),
        ({"direction": Direction.REVERSE}, ("sendfile",)),
        ({"offloads": ("auto",)}, ()),
        ({"offloads": ("none",)}, ()),
        ({"offloads": ("truncating-receive",)}, ()),
        ({"verify": Verify.CRC32}, ()),
        ({"rate_bits_per_second": 8e6}, ()),
    ],
    ids=str,
)
def test_blocks_that_are_all_alike_leave_as_a_file_where_that_is_asked_for(rigging, options, in_force):
    source, destination = rigging.carry("tcp-stream", **{"size_bytes": 10_000, "offloads": ("sendfile",), **options})
    assert source.offloads == in_force
    assert destination.total_bytes == source.total_bytes > 0
    assert source.total_packets == source.total_bytes // 10_000


def test_a_socket_that_takes_no_file_is_sent_blocks(rigging, monkeypatch):
    def refuse(*_):
        raise CannotSendFileError

    monkeypatch.setattr(MemoryFile, "send", refuse)
    source, destination = rigging.carry("tcp-stream", offloads=("sendfile",))
    assert source.offloads == ()
    assert destination.total_bytes == source.total_bytes > 0


def test_the_source_tells_what_the_kernel_knows(rigging):
    source, destination = rigging.carry("tcp-stream")
    assert source.tcp_info is not None
    assert source.tcp_info.round_trip_seconds > 0
    assert destination.tcp_info is None


def test_while_it_lives_the_source_tells_what_the_kernel_knows_now(rigging):
    source, destination = rigging.pair(rigging.spec("tcp-stream", duration_seconds=60))
    assert source.worker.connection().round_trip_seconds > 0
    assert destination.worker.connection() is None
    source.worker.orders.give_stop()
    source.result()
    assert source.worker.connection() is None


def test_each_end_tells_its_processor_time_and_when_it_began(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-stream", delay_seconds=0.1))
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    sent, received = source.result(), destination.result()
    assert sent.started_at_nanoseconds >= at + 100_000_000
    assert received.started_at_nanoseconds < sent.started_at_nanoseconds, "it is there before T"
    assert sent.cpu.wall_seconds > 0
    assert sent.cpu.user_seconds + sent.cpu.system_seconds > 0


def test_a_stop_ends_both_early_with_results(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-stream", duration_seconds=60))
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    while not destination.worker.counters.bytes:
        time.sleep(0.01)
    source.worker.orders.give_stop()
    destination.worker.orders.give_stop()
    sent, received = source.result(), destination.result()
    assert 0 < sent.window_seconds < 10
    assert sent.total_bytes == received.total_bytes


def test_a_source_that_breaks_off_leaves_what_arrived(rigging, in_a_moment):
    destination = rigging.destination(rigging.spec("tcp-stream", duration_seconds=60))
    endpoint = destination.prepared()
    with socket.create_connection((endpoint.host, endpoint.port)) as connection:
        connection.sendall(endpoint.token.to_bytes(8, "big"))
        connection.recv(8, socket.MSG_WAITALL)
        destination.start(in_a_moment())
        connection.sendall(bytes(1000))
        while destination.worker.counters.bytes < 1000:
            time.sleep(0.01)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    result = destination.result()
    assert result.total_bytes == 1000
    assert "reset" in result.error


def test_the_door_is_closed_behind_the_source(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("tcp-stream", duration_seconds=60))
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    while not destination.worker.counters.bytes:
        time.sleep(0.01)
    peer = source.worker.assignment.peer
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((peer.host, peer.port), 5)


def test_a_destination_without_a_source_ends_after_the_drain_time(rigging, in_a_moment):
    destination = rigging.destination(rigging.spec("tcp-stream", duration_seconds=0.1, drain_seconds=0.1))
    destination.prepared()
    at = in_a_moment()
    destination.start(at)
    result = destination.result()
    assert result.total_bytes == 0
    assert result.finished_at_nanoseconds >= at + 200_000_000


@pytest.mark.parametrize(
    ("rate", "size", "expected"),
    [
        (None, 0, STREAM_BLOCK_BYTES),
        (None, 4096, 4096),
        (50e6, 0, 31_250),
        (50e6, 4096, 4096),
        (1000.0, 0, 512),
        (1e12, 0, STREAM_BLOCK_BYTES),
    ],
)
def test_the_block_is_large_unless_a_rate_wants_it_small(rate, size, expected):
    spec = FlowSpec(name="f", kind="tcp-stream", duration_seconds=1, rate_bits_per_second=rate, size_bytes=size)
    assert block_bytes(Assignment(spec, Role.SOURCE, 0)) == expected
