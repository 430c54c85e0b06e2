"""A session with an agent whose clock's offset and drift are known, over a network that is slow in whatever way."""

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sockrig.fleet.clock import ClockFilter, uncertainty_over
from sockrig.fleet.clock_reading import ClockReading, clock_reading

SECOND = 10**9
ROUNDING = 2
"""Nanoseconds that whole numbers cost."""


@dataclass(frozen=True)
class Truth:
    """An agent's clock: nanoseconds at the controller's zero, and parts per billion of drift."""

    offset: int
    drift_ppb: int

    def at(self, controller: int) -> int:
        return self.offset + controller * self.drift_ppb // 10**9

    def reads(self, controller: int) -> int:
        return controller + self.at(controller)

    def ping(self, sent: int, there: int, back: int) -> ClockReading:
        arrived = sent + there
        return clock_reading(sent, self.reads(arrived), self.reads(arrived), arrived + back)


truths = st.builds(Truth, st.integers(-(10**15), 10**15), st.integers(-100_000, 100_000))
ways = st.tuples(st.integers(1_000, 50_000_000), st.integers(1_000, 50_000_000))
sessions = st.lists(st.tuples(st.integers(SECOND, 20 * SECOND), ways), min_size=1, max_size=80)


def slack(truth, round_trip):
    """What the clock drifts within one exchange, during which the bound takes it to stand still."""
    return abs(truth.drift_ppb) * round_trip // 10**9 + ROUNDING


@given(truth=truths, session=sessions, later=st.integers(0, 100 * SECOND))
def test_the_true_offset_is_within_the_bound_at_any_time_after(truth, session, later):
    clock, now = ClockFilter(), 0
    for pause, (there, back) in session:
        clock.add(truth.ping(now, there, back))
        now += there + back
        estimate = clock.best(now + later)
        off = abs(estimate.offset_nanoseconds - truth.at(now + later))
        assert off <= estimate.uncertainty_nanoseconds + slack(truth, there + back + 10**8)
        now += pause


@given(truth=truths, session=sessions)
def test_the_true_drift_is_within_its_bound(truth, session):
    clock, now = ClockFilter(), 0
    for pause, (there, back) in session:
        clock.add(truth.ping(now, there, back))
        now += there + back + pause
    drift = clock.best(now).drift
    if drift is not None:
        off = abs(Fraction(drift.ppm) - Fraction(truth.drift_ppb, 1000))
        assert off <= drift.uncertainty_ppm * 1.001 + 0.001


@given(truth=truths, before=ways, after=ways, lasts=st.integers(0, 3600 * SECOND), part=st.floats(0, 1))
def test_within_a_flow_the_offset_of_its_start_is_never_further_off_than_its_bound(truth, before, after, lasts, part):
    here = ClockFilter("here", "here")
    there = ClockFilter("there", "here")
    for clock, reading in ((here, ClockReading(0, 10)), (there, truth.ping(0, *before))):
        clock.add(reading)
    begun = sum(before)
    start = there.best(begun), here.best(begun)
    for _ in range(8):
        there.add(truth.ping(begun + lasts, *after))
    ended = begun + lasts + sum(after)
    end = there.best(ended), here.best(ended)

    bound = uncertainty_over(start, end, ended - begun)

    moment = begun + int(part * lasts)
    off = abs(truth.at(moment) - start[0].offset_nanoseconds)
    assert off <= bound + slack(truth, sum(before) + sum(after))
