"""Interarrival jitter by RFC 3550 section 6.4.1."""

import numpy as np
import pytest

from sockrig_agent.traffic.meters.jitter import JitterMeter


def observe(meter, *transits):
    meter.observe(np.array(transits, dtype=np.int64))


def test_it_is_zero_before_two_packets_have_come():
    meter = JitterMeter()

    assert meter.jitter_seconds == 0
    observe(meter)
    observe(meter, 5_000_000)
    assert meter.jitter_seconds == 0


def test_a_constant_transit_has_none():
    meter = JitterMeter()

    observe(meter, *[123_456] * 3000)

    assert meter.jitter_seconds == 0


def test_the_first_difference_counts_a_sixteenth():
    meter = JitterMeter()

    observe(meter, 1000, 1160)

    assert meter.jitter_seconds == pytest.approx(10e-9)


def test_a_later_difference_pulls_the_jitter_a_sixteenth_of_the_way():
    meter = JitterMeter()

    observe(meter, 1000, 1160, 1000)

    assert meter.jitter_seconds == pytest.approx((10 + (160 - 10) / 16) * 1e-9)


def test_the_difference_across_two_batches_counts_as_any_other():
    whole, parts = JitterMeter(), JitterMeter()

    observe(whole, 100, 300, 250, 900)
    for transit in (100, 300, 250, 900):
        observe(parts, transit)

    assert parts.jitter_seconds == pytest.approx(whole.jitter_seconds)
    assert whole.jitter_seconds > 0


def test_an_alternating_transit_settles_at_the_size_of_its_steps():
    meter = JitterMeter()

    observe(meter, *[0, 800] * 50_000)

    assert meter.jitter_seconds == pytest.approx(800e-9, rel=1e-12)


def test_a_constant_offset_between_the_clocks_cancels():
    near, far = JitterMeter(), JitterMeter()
    transits = np.array([7, 90, 35, 1001, 4], dtype=np.int64)

    near.observe(transits)
    far.observe(transits - (1 << 61))

    assert far.jitter_seconds == near.jitter_seconds > 0


def test_equal_transits_at_once_are_as_many_one_by_one():
    whole, single = JitterMeter(), JitterMeter()

    for transit, count in ((500, 3), (900, 1), (-20, 40)):
        whole.observe_equal(transit, count)
        observe(single, *[transit] * count)

    assert whole.jitter_seconds == pytest.approx(single.jitter_seconds, rel=1e-12)
    assert whole.jitter_seconds > 0
