"""What the meter of a stream makes of arrivals."""

import numpy as np
import pytest

from sockrig_agent.traffic.arrivals import Arrivals
from sockrig_agent.traffic.meters.stream import StreamMeter
from sockrig_wire.datagram import LAST

AT = 5_000


def arrivals(numbers, stamps, *, lengths=64, intact=None):
    numbers = np.array(numbers, dtype=np.int64)
    return Arrivals(AT, numbers, np.broadcast_to(np.int64(stamps), numbers.shape), lengths, intact)


@pytest.fixture
def meter():
    return StreamMeter(1_000, 2_000)


def test_a_run_within_the_window_counts_with_its_delay(meter):
    meter.observe(arrivals(range(100), 1_500))

    assert (meter.window_packets, meter.window_bytes, meter.total_bytes) == (100, 6_400, 6_400)
    assert meter.delays.snapshot("delay").minimum == meter.delays.snapshot("delay").maximum == AT - 1_500
    assert meter.delays.jitter_seconds == 0


@pytest.mark.parametrize("stamp", [999, 2_000])
def test_what_was_sent_outside_the_window_was_received_but_not_measured(meter, stamp):
    meter.observe(arrivals(range(100), stamp))

    assert (meter.sequences.received_packets, meter.total_bytes) == (100, 6_400)
    assert (meter.window_packets, meter.window_bytes) == (0, 0)


def test_stamps_are_read_on_the_senders_clock():
    meter = StreamMeter(1_000, 2_000, peer_clock_offset=-10_000)

    meter.observe(arrivals(range(10), 11_500))

    assert meter.window_packets == 10
    assert meter.delays.snapshot("delay").minimum == AT - 1_500


def test_a_run_that_came_before_is_a_duplicate_as_a_whole(meter):
    meter.observe(arrivals(range(50), 1_500))
    meter.observe(arrivals(range(50), 1_500))

    assert meter.sequences.duplicate_packets == 50
    assert (meter.window_packets, meter.total_bytes) == (50, 3_200)


def test_a_run_that_overlaps_what_came_is_judged_one_by_one(meter):
    meter.observe(arrivals(range(10), 1_500))
    meter.observe(arrivals(range(5, 20), 1_500))

    assert (meter.sequences.received_packets, meter.sequences.duplicate_packets) == (20, 5)


def test_lengths_of_a_run_are_added_up_where_they_differ(meter):
    meter.observe(arrivals(range(3), 1_500, lengths=np.array([30, 40, 50])))

    assert meter.window_bytes == meter.total_bytes == 120


def test_the_senders_count_ends_the_stream_when_as_many_are_in(meter):
    meter.observe(arrivals([*range(20), LAST + 30 - (1 << 64)], 1_500))
    assert meter.announced_packets == 30
    assert not meter.is_complete

    meter.observe(arrivals(range(20, 30), 1_500))
    assert meter.is_complete
    assert meter.sequences.received_packets == meter.window_packets == 30


def test_a_hello_is_neither_a_packet_nor_the_end(meter):
    meter.observe(arrivals([-1, 0, 1], 1_500))

    assert meter.announced_packets is None
    assert meter.sequences.received_packets == 2


def test_broken_datagrams_are_counted_and_received(meter):
    meter.observe(arrivals(range(4), 1_500, intact=np.array([True, False, True, False])))

    assert meter.corrupt_packets == 2
    assert meter.window_packets == 4


def test_nothing_changes_nothing(meter):
    meter.observe(arrivals([], 1_500))

    assert (meter.window_packets, meter.total_bytes, meter.is_complete) == (0, 0, False)
