"""Patterns: at random with the right mean, bursts that are exact, and phases in which nothing leaves."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig_agent.traffic.demand import fewest_packets
from sockrig_agent.traffic.pacing import BATCH_NANOSECONDS, Pacer
from sockrig_agent.traffic.patterns import BurstPacer, OnOffPacer, PoissonPacer
from sockrig_wire.model.flows import BurstPattern, ConstantPattern, OnOffPattern, PoissonPattern

SECOND = 10**9
starts = st.integers(0, 10**15)
limits = st.integers(1, 2000)
delays = st.integers(0, 10**7)


def departures(pacer, until, late=lambda: 0):
    """When each packet leaves: of a sender that waits as it is told, and comes late by as much as it is told."""
    now, left = -(10**6), []
    while True:
        while count := pacer.due(now):
            left += [now] * count
            pacer.sent(count)
        now = max(now + 1, pacer.wait_until() + late())
        if now > until:
            return left


@given(st.integers(0, 2**32), st.floats(100, 1e7), starts, limits)
def test_a_poisson_process_has_the_mean_that_was_asked_for(seed, rate, start, limit):
    pacer = PoissonPacer(start, rate, limit, np.random.default_rng(seed))
    seconds = 2_000 / rate
    count = 0
    while due := pacer.due(start + round(seconds * SECOND)):
        pacer.sent(due)
        count += due
    assert abs(count - 2_000) <= 6 * sqrt(2_000)


@given(st.integers(0, 2**32), starts)
def test_the_gaps_of_a_poisson_process_are_spread_as_an_exponential_distribution(seed, start):
    pacer = PoissonPacer(start, 1000.0, 1, np.random.default_rng(seed))
    deadlines = []
    for _ in range(4000):
        deadlines.append(pacer.wait_until())
        pacer.sent(1)
    gaps = np.diff(deadlines) / 1e6
    assert gaps.min() >= 0
    assert gaps.mean() == pytest.approx(1.0, abs=6 / sqrt(4000))
    assert gaps.std() == pytest.approx(1.0, abs=0.25)
    assert (gaps > 1.0).mean() == pytest.approx(np.exp(-1), abs=6 * 0.5 / sqrt(4000))


@given(st.integers(0, 2**32), st.floats(10, 1e6), limits, st.lists(delays, min_size=1, max_size=20))
def test_a_late_poisson_sender_catches_up_with_the_same_deadlines(seed, rate, limit, delayed):
    until = round(500 / rate * SECOND)
    times = iter(delayed * 5000)
    late = departures(PoissonPacer(0, rate, limit, np.random.default_rng(seed)), until, lambda: next(times, 0))
    on_time = departures(PoissonPacer(0, rate, 1, np.random.default_rng(seed)), until)
    assert len(late) <= len(on_time)
    assert all(left >= meant for left, meant in zip(late, on_time, strict=False))


@given(starts, st.integers(1, 500), st.integers(1000, 10**9), limits, st.integers(0, 50))
def test_bursts_are_exact(start, packets, gap, limit, bursts):
    pacer = BurstPacer(start, packets, gap, limit)
    left = departures(pacer, start + bursts * gap + gap - 1)
    assert left == [start + burst * gap for burst in range(bursts + 1) for _ in range(packets)]


@given(
    starts,
    st.floats(100, 1e6),
    st.integers(10**6, 10**8),
    st.integers(10**6, 10**8),
    limits,
    st.lists(st.integers(0, 50_000), min_size=1, max_size=20),
)
def test_phases_are_kept_and_what_is_due_in_a_phase_leaves_in_it(start, rate, on, off, limit, delayed):
    times = iter(delayed * 5000)
    period, phases = on + off, 3
    left = departures(OnOffPacer(start, rate, on, off, limit), start + phases * period - 1, lambda: next(times, 0))
    within = [(at - start) % period for at in left]
    assert all(at < on + BATCH_NANOSECONDS for at in within)
    asked = Pacer(0, rate, 10**9).due(phases * on - 1)
    assert asked - phases <= len(left) <= asked


@given(starts, st.integers(10, 10**9), st.integers(10, 10**9), st.integers(0, 10**10), limits)
def test_without_a_rate_a_phase_is_full_speed_or_nothing(start, on, off, later, limit):
    pacer = OnOffPacer(start, None, on, off, limit)
    within = later % (on + off)
    assert pacer.due(start + later) == (limit if within < on else 0)
    if within >= on:
        assert pacer.wait_until() == start + later - within + on + off
    assert pacer.due(start - 1) == 0
    assert pacer.wait_until() == start


@given(
    st.sampled_from([ConstantPattern(), BurstPattern(7, 0.003), OnOffPattern(0.02, 0.01)]),
    st.floats(1000, 1e5),
    st.floats(0.05, 0.5),
    st.floats(0, 0.1),
)
def test_a_sender_that_is_never_late_sends_no_less_than_the_pattern_asks_for(pattern, rate, seconds, begins):
    pacer = {
        ConstantPattern: lambda: Pacer(0, rate, 1),
        BurstPattern: lambda: BurstPacer(0, 7, 3_000_000, 1),
        OnOffPattern: lambda: OnOffPacer(0, rate, 20_000_000, 10_000_000, 1),
    }[type(pattern)]()
    window = round(begins * SECOND), round((begins + seconds) * SECOND)
    left = sum(window[0] <= at < window[1] for at in departures(pacer, window[1]))
    assert left + 1 >= 0.99 * fewest_packets(pattern, rate, seconds)


def test_what_is_asked_for_at_the_least_is_nothing_without_a_rate_and_less_than_the_mean_at_random():
    assert fewest_packets(ConstantPattern(), None, 1.0) is None
    assert fewest_packets(OnOffPattern(1.0, 1.0), None, 1.0) is None
    assert fewest_packets(PoissonPattern(), 100.0, 1.0) == 70.0
    assert fewest_packets(PoissonPattern(), 1.0, 1.0) == 0.0
