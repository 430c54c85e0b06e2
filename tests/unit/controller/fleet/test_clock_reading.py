"""One exchange, whose truth is known."""

from hypothesis import given
from hypothesis import strategies as st

from sockrig.fleet.clock_reading import ClockReading, clock_reading

nanoseconds = st.integers(0, 10**10)


@given(
    true_offset=st.integers(-(10**15), 10**15),
    sent=st.integers(0, 10**15),
    there=nanoseconds,
    thought=nanoseconds,
    back=nanoseconds,
)
def test_the_true_offset_lies_within_the_bound_however_uneven_the_two_ways(true_offset, sent, there, thought, back):
    received = sent + there + true_offset
    answered = received + thought
    returned = sent + there + thought + back

    measured = clock_reading(sent, received, answered, returned)

    assert measured.round_trip_nanoseconds == there + back
    assert abs(measured.offset_nanoseconds - true_offset) <= measured.uncertainty_nanoseconds


def test_equal_ways_give_the_exact_offset():
    assert clock_reading(1000, 6100, 6200, 1300) == ClockReading(5000, 200, at_nanoseconds=1300)
