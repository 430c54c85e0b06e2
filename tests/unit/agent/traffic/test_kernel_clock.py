import time

import numpy as np

from sockrig_agent.traffic.kernel_clock import KernelClock

MILLISECOND = 1_000_000


class Clocks:
    """A monotonic clock, and one that is ``ahead`` of it."""

    def __init__(self, ahead):
        self.now = 50 * MILLISECOND
        self.ahead = ahead

    def monotonic(self):
        return self.now

    def real_time(self):
        return self.now + self.ahead

    def kernel_clock(self):
        return KernelClock(self.monotonic, self.real_time)

    def stamped(self, *ages):
        """Real times of so many nanoseconds ago."""
        return np.array([self.real_time() - age for age in ages], np.int64)

    def ages(self, clock, stamps):
        return (self.now - clock.monotonic(stamps, self.now)).tolist()


def test_real_times_become_monotonic_ones():
    clocks = Clocks(ahead=10**18)
    assert clocks.ages(clocks.kernel_clock(), clocks.stamped(300, 200, 0)) == [300, 200, 0]


def test_a_clock_that_was_set_back_is_noticed_within_milliseconds():
    clocks = Clocks(ahead=10**18)
    clock = clocks.kernel_clock()
    clocks.ages(clock, clocks.stamped(0))
    clocks.ahead -= 3600 * 10**9
    clocks.now += 10 * MILLISECOND
    assert clocks.ages(clock, clocks.stamped(5)) == [5]


def test_a_clock_that_was_set_forward_is_noticed_at_once():
    """What has arrived cannot do so in the future."""
    clocks = Clocks(ahead=10**18)
    clock = clocks.kernel_clock()
    clocks.ages(clock, clocks.stamped(0))
    clocks.ahead += 3600 * 10**9
    clocks.now += 1
    assert clocks.ages(clock, clocks.stamped(5)) == [5]


def test_a_reading_that_was_interrupted_does_not_count():
    readings = iter([0, 900, 1000, 1010, 2000, 2500])
    clock = KernelClock(lambda: next(readings), lambda: 10_000)
    assert clock.monotonic(np.array([10_000], np.int64), 3000).tolist() == [1005]


def test_the_hosts_own_clocks_agree_with_it():
    before = time.monotonic_ns()
    real_time = time.time_ns()
    after = time.monotonic_ns()
    (at,) = KernelClock().monotonic(np.array([real_time], np.int64), after).tolist()
    assert before - 100_000 <= at <= after + 100_000
