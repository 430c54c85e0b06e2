"""Sizes of a mix lie within their shares, in proportion to their weights."""

from collections import Counter
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig_agent.traffic.engine import Assignment
from sockrig_agent.traffic.sizes import SizeDraw, mean_bytes
from sockrig_wire.model.flows import FlowSpec, Role, SizeShare

shares = st.builds(
    lambda least, more, weight: SizeShare(least, least + more, weight),
    st.integers(24, 1400),
    st.integers(0, 2000),
    st.integers(1, 1000),
)
COUNT = 4000


def draw(*mix, name="f", worker=0):
    spec = FlowSpec(name=name, kind="udp-stream", duration_seconds=1, sizes=mix)
    return SizeDraw(Assignment(spec, Role.SOURCE, worker))


@given(st.lists(shares, min_size=1, max_size=5), st.text(min_size=1, max_size=5), st.integers(0, 63))
def test_every_size_lies_in_a_share_and_their_mean_is_the_mixs(mix, name, worker):
    sizes = draw(*mix, name=name, worker=worker).draw(COUNT)
    assert all(any(share.least_bytes <= size <= share.most_bytes for share in mix) for size in set(sizes.tolist()))
    spread = max(share.most_bytes for share in mix) - min(share.least_bytes for share in mix)
    assert abs(sizes.mean() - mean_bytes(mix)) <= 6 * (spread / 2) / sqrt(COUNT) + 1e-9


@given(st.lists(st.integers(1, 100), min_size=2, max_size=6), st.integers(0, 63))
def test_sizes_come_in_proportion_to_their_weights(weights, worker):
    mix = [SizeShare(100 + index, 100 + index, weight) for index, weight in enumerate(weights)]
    counts = Counter(draw(*mix, worker=worker).draw(COUNT).tolist())
    for share in mix:
        part = share.weight / sum(weights)
        assert abs(counts[share.least_bytes] - part * COUNT) <= 6 * sqrt(COUNT * part * (1 - part)) + 1


@given(st.lists(st.integers(0, 200), max_size=20))
def test_sizes_do_not_depend_on_how_many_are_drawn_at_once_in_all_but_their_order(counts):
    sizes = draw(SizeShare(24, 1400))
    assert sum(len(sizes.draw(count)) for count in counts) == sum(counts)


def test_sizes_are_the_same_each_time_and_others_for_each_worker_and_flow():
    mix = SizeShare(24, 1400)
    first = draw(mix).draw(10).tolist()
    assert draw(mix).draw(10).tolist() == first
    assert draw(mix, worker=1).draw(10).tolist() != first
    assert draw(mix, name="g").draw(10).tolist() != first


def test_the_mean_of_a_mix_is_weighted():
    assert mean_bytes([SizeShare(100, 100, 3), SizeShare(200, 400, 1)]) == pytest.approx(150.0)
