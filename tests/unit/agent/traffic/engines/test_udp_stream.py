import socket
import time

import pytest

from sockrig_agent.traffic.capabilities import available_offloads
from sockrig_agent.traffic.hello import HELLO
from sockrig_wire.datagram import pack, pack_last
from sockrig_wire.model.flows import BurstPattern, OnOffPattern, PoissonPattern, SizeShare, Verify

MILLISECOND = 1_000_000


def test_paced_datagrams_arrive_once_and_in_order(rigging, family):
    source, destination = rigging.carry("udp-stream", rate_packets_per_second=1000, size_bytes=200, family=family)
    assert source.error == destination.error == ""
    assert source.packets == source.total_packets == destination.packets == destination.total_packets
    assert 0 < source.packets <= 200
    assert source.bytes == destination.bytes == 200 * source.packets
    assert (destination.duplicate_packets, destination.reordered_packets, destination.late_packets) == (0, 0, 0)
    assert destination.kernel_drops == 0


def test_delay_and_jitter_are_measured_on_arrival(rigging):
    _, destination = rigging.carry("udp-stream", rate_packets_per_second=1000, size_bytes=200)
    (delays,) = destination.histograms
    assert delays.name == "one_way_delay"
    assert sum(delays.counts) == destination.packets
    assert delays.minimum > 0
    assert destination.jitter_seconds > 0


@pytest.mark.parametrize(("offloads", "clock"), [((), "monotonic"), (("kernel-timestamps",), "kernel")])
def test_the_clock_of_arrivals_is_named(rigging, offloads, clock):
    if set(offloads) - available_offloads():
        pytest.skip("this kernel does not tell when datagrams arrived")
    _, destination = rigging.carry("udp-stream", rate_packets_per_second=1000, size_bytes=200, offloads=offloads)
    assert destination.clock == clock


def test_a_rate_in_bits_is_of_payload(rigging):
    source, _ = rigging.carry("udp-stream", rate_bits_per_second=800_000, size_bytes=1000)
    assert 0 < source.total_packets <= 20


def test_both_ends_count_the_same_window(rigging):
    source, destination = rigging.carry("udp-stream", rate_packets_per_second=1000, size_bytes=64, warmup_seconds=0.1)
    assert 0 < source.packets < source.total_packets
    assert destination.packets == source.packets
    assert destination.total_packets == source.total_packets


def test_a_complete_flow_is_not_waited_for(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("udp-stream", rate_packets_per_second=100, drain_seconds=30))
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    source.result()
    assert destination.result().finished_at_nanoseconds < at + 10_000 * MILLISECOND


@pytest.mark.parametrize(
    ("offloads", "sender", "receiver"),
    [
        (("auto",), ("gso", "sendmmsg"), ("gro", "kernel-timestamps", "sendmmsg")),
        (("sendmmsg",), ("sendmmsg",), ("sendmmsg",)),
        (("gso", "gro"), ("gso",), ("gro",)),
        (("kernel-timestamps",), (), ("kernel-timestamps",)),
        (("truncating-receive",), (), ("truncating-receive",)),
        (("none",), (), ()),
    ],
)
def test_what_is_received_was_sent_whatever_the_offloads(rigging, offloads, sender, receiver):
    source, destination = rigging.carry("udp-stream", size_bytes=64, offloads=offloads, duration_seconds=0.1)
    assert source.offloads == sender
    assert destination.offloads == receiver
    assert 0 < destination.packets <= source.packets
    assert destination.bytes == 64 * destination.packets
    assert destination.duplicate_packets == 0


def test_segmentation_stays_off_where_the_rate_is_low(rigging):
    source, _ = rigging.carry("udp-stream", rate_packets_per_second=100)
    assert "gso" not in source.offloads


def test_sealed_datagrams_arrive_intact(rigging):
    _, destination = rigging.carry("udp-stream", rate_packets_per_second=500, size_bytes=100, verify=Verify.SHA256)
    assert 0 < destination.total_packets <= 100
    assert destination.corrupt_blocks == 0
    assert destination.offloads == ("kernel-timestamps", "sendmmsg")


class Stranger:
    """A source made by hand."""

    def __init__(self, destination, spec):
        self.running = destination
        self.endpoint = destination.prepared()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((self.endpoint.host, self.endpoint.port))
        self.spec = spec

    def send(self, sequence, stamp, *, token=None, size=64):
        header = pack(self.endpoint.token if token is None else token, sequence, stamp)
        self.socket.send(header.ljust(size, b"\0")[:size])

    def farewell(self, count):
        self.socket.send(pack_last(self.endpoint.token, count, time.monotonic_ns()))


@pytest.fixture
def stranger(rigging):
    spec = rigging.spec("udp-stream", size_bytes=64, duration_seconds=0.3, drain_seconds=0.2)
    stranger = Stranger(rigging.destination(spec), spec)
    yield stranger
    stranger.socket.close()


def test_duplicates_and_disorder_are_told(stranger, in_a_moment):
    at = in_a_moment()
    stranger.running.start(at)
    for sequence in (0, 2, 1, 1, 3):
        stranger.send(sequence, at + MILLISECOND)
    stranger.farewell(4)
    result = stranger.running.result()
    assert (result.packets, result.duplicate_packets, result.reordered_packets) == (4, 1, 1)


def test_a_datagram_belongs_to_the_window_by_its_stamp(stranger, in_a_moment):
    at = in_a_moment()
    stranger.running.start(at)
    stamps = (at - 1, at, at + 300 * MILLISECOND - 1, at + 300 * MILLISECOND)
    for sequence, stamp in enumerate(stamps):
        stranger.send(sequence, stamp)
    stranger.farewell(len(stamps))
    result = stranger.running.result()
    assert result.packets == 2
    assert result.total_packets == 4


def test_stamps_are_read_on_the_peers_clock_and_delays_may_be_negative(stranger, in_a_moment):
    at = in_a_moment()
    peers_clock_is_ahead_by = 1_000_000 * MILLISECOND
    stranger.running.start(at, peer_at=at + peers_clock_is_ahead_by)
    stranger.send(0, at + peers_clock_is_ahead_by + 299 * MILLISECOND)
    stranger.farewell(1)
    result = stranger.running.result()
    (delays,) = result.histograms
    assert result.packets == 1
    assert delays.minimum < 0
    assert delays.minimum == delays.maximum


def test_other_tokens_and_short_datagrams_are_counted_nowhere(stranger, in_a_moment):
    at = in_a_moment()
    stranger.running.start(at)
    stranger.send(7, at, token=stranger.endpoint.token ^ 1)
    stranger.send(8, at, size=23)
    stranger.socket.send(b"")
    stranger.send(0, at)
    stranger.farewell(1)
    result = stranger.running.result()
    assert (result.total_packets, result.total_bytes, result.packets) == (1, 64, 1)
    assert result.duplicate_packets == result.reordered_packets == 0


def test_what_was_sent_but_not_received_is_waited_for_until_the_drain_time_is_over(stranger, in_a_moment):
    at = in_a_moment()
    stranger.running.start(at)
    stranger.send(0, at)
    stranger.farewell(2)
    result = stranger.running.result()
    assert result.packets == 1
    assert result.finished_at_nanoseconds >= at + 500 * MILLISECOND


def test_a_hello_is_answered_with_its_own_bytes_and_counts_as_nothing(stranger, in_a_moment):
    hello = pack(stranger.endpoint.token, HELLO, 5)
    stranger.socket.settimeout(5)
    stranger.socket.send(hello)
    assert stranger.socket.recv(100) == hello
    stranger.running.start(in_a_moment())
    stranger.socket.send(hello)
    stranger.farewell(0)
    assert stranger.running.result().total_packets == 0


def test_a_hello_with_another_token_gets_no_answer(stranger):
    stranger.socket.settimeout(0.1)
    stranger.socket.send(pack(stranger.endpoint.token ^ 1, HELLO, 5))
    with pytest.raises(TimeoutError):
        stranger.socket.recv(100)


def test_a_stop_ends_both_early_and_they_agree(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("udp-stream", rate_packets_per_second=500, duration_seconds=60))
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    while destination.worker.counters.packets < 20:
        time.sleep(0.01)
    source.worker.orders.give_stop()
    destination.worker.orders.give_stop()
    sent, received = source.result(), destination.result()
    assert sent.packets == received.packets
    assert sent.window_seconds < 10


def test_bursts_leave_together_and_a_pause_follows(rigging):
    source, destination = rigging.carry("udp-stream", size_bytes=100, pattern=BurstPattern(50, 0.1))
    assert source.total_packets == destination.total_packets == 100
    assert source.rate_limited


@pytest.mark.parametrize("pattern", [PoissonPattern(), OnOffPattern(0.02, 0.02)])
def test_a_pattern_with_a_rate_is_carried(rigging, pattern):
    source, destination = rigging.carry("udp-stream", size_bytes=100, pattern=pattern, rate_packets_per_second=1000)
    assert 0 < source.total_packets == destination.total_packets < 300


@pytest.mark.parametrize("fields", [{}, {"verify": Verify.CRC32}, {"offloads": ("none",)}])
def test_datagrams_of_mixed_sizes_are_counted_to_the_byte_at_both_ends(rigging, fields):
    sizes = (SizeShare(64, 64, 7), SizeShare(300, 1400, 4))
    source, destination = rigging.carry("udp-stream", sizes=sizes, rate_packets_per_second=2000, **fields)
    assert source.total_packets == destination.total_packets > 0
    assert source.total_bytes == destination.total_bytes
    assert source.bytes == destination.bytes
    assert 64 * source.total_packets < source.total_bytes < 1400 * source.total_packets
    assert not destination.corrupt_blocks


def test_a_bit_rate_of_mixed_sizes_is_kept_on_the_whole(rigging):
    sizes = (SizeShare(100, 100, 1), SizeShare(1000, 1000, 1))
    source, _ = rigging.carry("udp-stream", sizes=sizes, rate_bits_per_second=8e6)
    assert source.total_packets <= 8e6 / 8 / 550 * 0.2 + 1
