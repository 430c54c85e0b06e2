"""The pacer never lets a packet go early, never drifts, and loses none, however late its caller comes."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sockrig_agent.traffic.pacing import Pacer

START = 123_456_789_012

rates = st.one_of(st.floats(0.01, 2e7), st.integers(1, 20_000_000), st.sampled_from([1, 7, 1000, 30_000, 8e5, 1e7]))
limits = st.sampled_from([1, 2, 10, 64, 1024])
oversleeps = st.lists(st.one_of(st.integers(0, 1000), st.integers(0, 10_000_000)), max_size=30)


def intended(rate, number):
    """When that packet is meant to leave."""
    pacer = Pacer(START, rate, 1)
    pacer.sent(number)
    return pacer.wait_until()


@given(rates, st.integers(0, 30 * 86_400), st.integers(0, 200))
def test_every_packet_of_a_month_is_meant_to_leave_at_start_plus_its_number_over_the_rate(rate, after_seconds, more):
    number = int(rate * after_seconds) + more

    exact = START + Fraction(number) * 10**9 / Fraction(rate)
    # The gap is kept to half of 2**-32 ns, the deadline to a nanosecond.
    assert abs(intended(rate, number) - exact) <= 1 + Fraction(number, 2**33)


@given(rates, limits, oversleeps)
def test_no_packet_leaves_before_it_is_due_and_every_wait_ends_with_a_whole_batch(rate, limit, delays):
    pacer, sent = Pacer(START, rate, limit), 0

    for delay in delays:
        now = pacer.wait_until() + delay
        due = pacer.due(now)
        assert pacer.batch_packets <= due <= limit
        assert intended(rate, sent + due - 1) <= now
        pacer.sent(due)
        sent += due


@given(rates, limits, st.lists(st.integers(0, 50_000_000), min_size=1, max_size=20))
def test_what_may_have_gone_by_now_depends_on_the_time_alone(rate, limit, steps):
    pacer, sent, now = Pacer(START, rate, limit), 0, START

    for step in steps:
        now += step
        # A caller that woke up often and one that slept have sent the same by now, as soon as both are up to date.
        reached = Pacer(START, rate, 10**12).due(now)
        for _ in range(5):
            due = pacer.due(now)
            assert due == min(reached - sent, limit)
            pacer.sent(due)
            sent += due

    assert sent <= (now - START) * Fraction(rate) / 10**9 + 1 + Fraction(rate) / 10**9


@given(rates, st.integers(0, 10**9), st.integers(0, 500))
def test_a_packet_is_due_exactly_from_its_intended_time_on(rate, first, place):
    pacer, time = Pacer(START, rate, 10**12), intended(rate, first + place)
    pacer.sent(first)

    assert pacer.due(time) > place
    assert pacer.due(time - 1) <= place
