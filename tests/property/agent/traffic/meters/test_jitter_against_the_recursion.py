"""The jitter of whole batches is the recursion of RFC 3550 section 6.4.1, packet by packet."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig_agent.traffic.meters.jitter import JitterMeter


def recursion(transits):
    """RFC 3550 appendix A.8, in nanoseconds."""
    jitter = 0.0
    for before, now in pairwise(transits):
        jitter += (abs(now - before) - jitter) / 16
    return jitter


transits = st.one_of(st.integers(-(10**6), 10**6), st.integers(-(1 << 60), 1 << 60))


@given(st.lists(st.lists(transits, max_size=40), max_size=5))
def test_batches_of_any_size_give_the_recursions_value(batches):
    meter = JitterMeter()

    for batch in batches:
        meter.observe(np.array(batch, dtype=np.int64))

    together = [transit for batch in batches for transit in batch]
    assert meter.jitter_seconds == pytest.approx(recursion(together) * 1e-9, rel=1e-12, abs=0)


@given(st.integers(0, 1 << 32), st.sampled_from([1023, 1024, 1025, 1026, 2049, 5000]), st.integers(0, 3000))
def test_neither_do_long_batches_lose_precision(seed, count, calm):
    noise = np.random.default_rng(seed).integers(0, 10**9, count)
    series = np.concatenate([noise, np.full(calm, noise[-1])])
    meter = JitterMeter()

    meter.observe(series)

    assert meter.jitter_seconds == pytest.approx(recursion(series.tolist()) * 1e-9, rel=1e-11, abs=0)
