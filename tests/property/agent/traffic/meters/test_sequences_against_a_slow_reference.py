"""The sequence meter agrees with one packet at a time, whatever the network does and however batches are cut."""

from itertools import accumulate

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sockrig_agent.traffic.meters.sequences import SequenceMeter

LARGEST = (1 << 63) - 1


class SlowMeter:
    """The definitions word by word, with the memory of an elephant."""

    def __init__(self, window):
        self.window = window
        self.arrived = set()
        self.highest = -1
        self.received = self.duplicates = self.reordered = self.late = 0

    def observe(self, sequence):
        if sequence <= self.highest - self.window:
            self.late += 1
            return False
        if sequence in self.arrived:
            self.duplicates += 1
            return False
        self.arrived.add(sequence)
        self.received += 1
        self.reordered += sequence < self.highest
        self.highest = max(self.highest, sequence)
        return True


@st.composite
def arrivals(draw):
    """What a network makes of a flow: numbers dropped, duplicated, delayed and shuffled."""
    first = draw(st.one_of(st.just(0), st.sampled_from([(1 << 16) - 5, (1 << 32) - 20, LARGEST - 200])))
    sent = range(first, first + draw(st.integers(1, 120)))
    copies = draw(st.lists(st.sampled_from([1, 1, 1, 1, 0, 2, 3]), min_size=len(sent), max_size=len(sent)))
    packets = [number for number, count in zip(sent, copies, strict=True) for _ in range(count)]
    delay = draw(st.sampled_from([0, 1, 5, 40, 200]))
    delays = draw(st.lists(st.integers(0, delay), min_size=len(packets), max_size=len(packets)))
    order = sorted(range(len(packets)), key=lambda place: place + delays[place])
    return [packets[place] for place in order]


def wandering(steps):
    """Numbers that move up and down around the window's edge, and up in the long run."""
    return [max(0, number) for number in accumulate(steps)]


around_the_edge = st.lists(st.integers(-6, 8), min_size=20, max_size=80).map(wandering)
anything = st.lists(st.one_of(st.integers(0, 40), st.integers(0, 1 << 20), st.integers(0, LARGEST)), max_size=60)


def cut(draw, numbers):
    """The same numbers in batches of any sizes, also empty ones."""
    ends = sorted(draw(st.lists(st.integers(0, len(numbers)), max_size=40)))
    return [numbers[begin:end] for begin, end in zip([0, *ends], [*ends, len(numbers)], strict=True)]


@given(st.data(), st.one_of(arrivals(), anything), st.sampled_from([1, 2, 8, 64, 65_536]))
def test_every_packet_is_judged_as_one_at_a_time_would_be(data, numbers, window):
    assert_judged_alike(window, cut(data.draw, numbers))


@given(st.data(), around_the_edge, st.sampled_from([2, 4, 8]))
def test_so_it_is_at_the_edge_of_the_window_where_cells_serve_again(data, numbers, window):
    assert_judged_alike(window, cut(data.draw, numbers))


def assert_judged_alike(window, batches):
    meter, slow = SequenceMeter(window), SlowMeter(window)

    for batch in batches:
        judged = meter.observe(np.array(batch, dtype=np.uint64))

        assert judged.tolist() == [slow.observe(number) for number in batch]
        assert meter.highest == slow.highest

    assert meter.received_packets == slow.received
    assert meter.duplicate_packets == slow.duplicates
    assert meter.reordered_packets == slow.reordered
    assert meter.late_packets == slow.late


@given(st.data(), st.one_of(arrivals(), anything), st.sampled_from([1, 8, 65_536]))
def test_every_packet_is_counted_exactly_once(data, numbers, window):
    meter = SequenceMeter(window)

    accepted = sum(int(meter.observe(np.array(b, dtype=np.uint64)).sum()) for b in cut(data.draw, numbers))

    assert meter.received_packets == accepted
    assert meter.received_packets + meter.duplicate_packets + meter.late_packets == len(numbers)


@given(st.permutations(list(range(50))))
def test_a_shuffle_loses_nothing_and_repeats_nothing(numbers):
    meter = SequenceMeter()

    assert meter.observe(np.array(numbers, dtype=np.uint64)).all()
    assert meter.received_packets == 50
    assert meter.reordered_packets == sum(n < max(numbers[:i], default=-1) for i, n in enumerate(numbers))
