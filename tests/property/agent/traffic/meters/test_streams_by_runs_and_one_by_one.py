"""A stream's figures do not depend on how its datagrams came: in runs, one by one, in batches of any size."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig_agent.traffic.arrivals import Arrivals
from sockrig_agent.traffic.meters.sequences import SequenceMeter
from sockrig_agent.traffic.meters.stream import StreamMeter
from sockrig_wire.datagram import LAST

WINDOW = range(1000, 2000)
OFFSET = -500
LARGEST = LAST - 1

runs = st.tuples(
    st.one_of(st.integers(0, 60), st.integers(0, LARGEST - 40)),
    st.integers(1, 40),
    st.sampled_from([WINDOW[0] - OFFSET - 1, WINDOW[0] - OFFSET, WINDOW[-1] - OFFSET, WINDOW[-1] - OFFSET + 1]),
    st.integers(24, 26),
)
"""First number, how many, their stamp, their size."""
ordered = st.lists(st.integers(1, 40), max_size=6).map(
    lambda counts: [(sum(counts[:place]), count, 1600 + place, 64) for place, count in enumerate(counts)]
)
batches = st.lists(st.one_of(st.lists(runs, max_size=4), ordered), max_size=5)


def datagrams(batch):
    """(number, stamp, length) of each."""
    return [(first + step, stamp, size) for first, count, stamp, size in batch for step in range(count)]


def arrivals(at, packets, *, alike=False):
    numbers, stamps, lengths = (np.array([p[field] for p in packets], dtype=np.int64) for field in range(3))
    return Arrivals(at, numbers, stamps, int(lengths[0]) if alike else lengths)


def figures(meter):
    sequences = meter.sequences
    return (
        (sequences.received_packets, sequences.duplicate_packets, sequences.reordered_packets, sequences.late_packets),
        (meter.window_packets, meter.window_bytes, meter.total_bytes, meter.announced_packets),
        meter.delays.snapshot("delay"),
    )


def slowly(batches):
    """Each datagram as a batch of its own."""
    meter = StreamMeter(WINDOW[0], WINDOW[-1] + 1, OFFSET)
    for at, batch in enumerate(batches, 2500):
        for packet in datagrams(batch):
            meter.observe(arrivals(at, [packet]))
    return meter


@given(batches)
def test_runs_give_the_figures_of_their_datagrams(batches):
    meter = StreamMeter(WINDOW[0], WINDOW[-1] + 1, OFFSET)
    for at, batch in enumerate(batches, 2500):
        packets = datagrams(batch)
        meter.observe(arrivals(at, packets, alike=len({length for _, _, length in packets}) == 1))

    slow = slowly(batches)
    assert figures(meter) == figures(slow)
    assert meter.delays.jitter_seconds == pytest.approx(slow.delays.jitter_seconds, rel=1e-9)


@given(st.lists(st.tuples(ordered, st.sampled_from([1, 2, 5]), st.integers(0, 3)), max_size=5))
def test_the_kernels_times_give_each_datagram_its_own_delay(batches):
    """Whole messages of several datagrams each, the last ones cut off, as a run or in pieces."""
    meter, slow = (StreamMeter(WINDOW[0], WINDOW[-1] + 1, OFFSET) for _ in range(2))
    begin = 0
    for at, (batch, joined, cut) in enumerate(batches, 2500):
        packets = [(begin + number, stamp, length) for number, stamp, length in datagrams(batch)]
        packets = packets[: len(packets) // joined * joined]
        begin += len(packets)
        times = np.array([at * 10 - (7 * place) % 5 for place in range(len(packets) // joined)], dtype=np.int64)
        whole = replace(arrivals(at * 10, packets), received=times, joined=joined)
        kept = whole.select(slice(cut, None)) if cut else whole
        meter.observe(kept)
        for packet, time in list(zip(packets, np.repeat(times, joined).tolist(), strict=True))[cut:]:
            slow.observe(arrivals(time, [packet]))

    assert figures(meter) == figures(slow)
    assert meter.delays.jitter_seconds == pytest.approx(slow.delays.jitter_seconds, rel=1e-9)


@given(batches)
def test_every_datagram_is_counted_exactly_once(batches):
    meter = slowly(batches)
    sequences = meter.sequences

    assert sequences.received_packets + sequences.duplicate_packets + sequences.late_packets == sum(
        len(datagrams(batch)) for batch in batches
    )


@given(st.lists(runs, min_size=1, max_size=8))
def test_runs_are_as_long_as_numbers_follow_each_other_and_stamps_stay(batch):
    packets = datagrams(batch)

    expected = [
        place
        for place, (number, stamp, _) in enumerate(packets)
        if not place or packets[place - 1][:2] != (number - 1, stamp)
    ]
    assert arrivals(0, packets).run_starts() == expected


@given(st.integers(0, LARGEST), st.integers(1, 100), st.sampled_from([1, 8, 65_536]))
def test_a_run_of_new_numbers_is_as_good_as_the_numbers(first, count, window):
    count = min(count, LARGEST - first + 1)
    whole, single = SequenceMeter(window), SequenceMeter(window)

    assert whole.observe_run(first, count)
    assert not whole.observe_run(first, 1)

    single.observe(np.arange(count, dtype=np.int64) + first)
    probe = np.arange(max(0, first - 3), first + count, dtype=np.uint64)
    assert whole.observe(probe).tolist() == single.observe(probe).tolist()
    assert (whole.received_packets, whole.late_packets) == (single.received_packets, single.late_packets)
