import numpy as np
import pytest

from sockrig_agent.traffic.meters.delays import DelayMeter
from sockrig_agent.traffic.meters.histogram import HistogramRecorder
from sockrig_agent.traffic.meters.jitter import JitterMeter

MIXED = [([5000, 7000], 1), ([6000] * 900, 1), ([4000, 9000, 4500], 3), ([8000] * 1500, 2), ([], 1), ([2500], 1)]


def test_delays_that_were_kept_count_like_those_judged_at_once():
    meter, histogram, jitter = DelayMeter(), HistogramRecorder(), JitterMeter()
    for delays, each in MIXED:
        meter.observe(np.array(delays, np.int64), each)
        for delay in delays:
            histogram.record_one(delay, each)
            jitter.observe_equal(delay, each)
    meter.observe_equal(3000, 4)
    histogram.record_one(3000, 4)
    jitter.observe_equal(3000, 4)

    assert meter.count == histogram.count
    assert meter.snapshot("delay") == histogram.snapshot("delay")
    assert meter.jitter_seconds == pytest.approx(jitter.jitter_seconds, rel=1e-9)


def test_figures_may_be_read_on_the_way():
    meter = DelayMeter()
    meter.observe(np.array([1000, 1016], np.int64))
    assert meter.jitter_seconds == pytest.approx(1e-9)
    meter.observe(np.array([1016], np.int64))
    assert sum(meter.snapshot("delay").counts) == meter.count == 3


def test_nothing_seen_is_no_delay():
    meter = DelayMeter()
    assert (meter.count, meter.jitter_seconds, meter.snapshot("delay").counts) == (0, 0.0, ())
