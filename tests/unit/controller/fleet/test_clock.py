"""The clock estimate, against exchanges whose truth is known."""

from hypothesis import given
from hypothesis import strategies as st

from sockrig.fleet.clock import SAMPLES_KEPT, ClockEstimate, ClockFilter, agreed, estimate, uncertainty_between

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

    measured = estimate(sent, received, answered, returned)

    assert measured.round_trip_nanoseconds == there + back
    assert abs(measured.offset_nanoseconds - true_offset) <= measured.uncertainty_nanoseconds


def test_equal_ways_give_the_exact_offset():
    assert estimate(1000, 6100, 6200, 1300) == ClockEstimate(5000, 200)


def test_a_filter_believes_the_smallest_round_trip():
    clock = ClockFilter()
    for offset, round_trip in [(5, 300), (7, 100), (9, 200)]:
        clock.add(ClockEstimate(offset, round_trip))

    assert clock.best == ClockEstimate(7, 100)


def test_a_filter_forgets_what_is_older_than_the_last_eight():
    clock = ClockFilter()
    clock.add(ClockEstimate(1, 1))
    for _ in range(SAMPLES_KEPT):
        clock.add(ClockEstimate(2, 50))

    assert clock.best == ClockEstimate(2, 50)
    assert clock.count == SAMPLES_KEPT


def test_an_empty_filter_believes_nothing():
    assert ClockFilter().best is None


def test_an_agent_that_reads_the_controllers_own_clock_needs_no_estimate():
    clock = ClockFilter("host", "host")
    clock.add(ClockEstimate(123, 5000))

    assert clock.best == ClockEstimate(0, 5000, "host", exact=True)
    assert clock.best.uncertainty_nanoseconds == 0


def test_a_clock_that_nobody_can_name_is_estimated():
    clock = ClockFilter("", "")
    clock.add(ClockEstimate(123, 5000))

    assert clock.best == ClockEstimate(123, 5000)


def test_agents_of_one_clock_get_the_surest_offset_and_keep_their_round_trips():
    known = agreed(
        {"a": ClockEstimate(10, 900, "x"), "b": ClockEstimate(30, 100, "x"), "c": ClockEstimate(50, 10, "y")}
    )

    assert known == {
        "a": ClockEstimate(30, 900, "x"),
        "b": ClockEstimate(30, 100, "x"),
        "c": ClockEstimate(50, 10, "y"),
    }


def test_agents_without_a_clock_id_are_never_taken_for_one():
    known = {"a": ClockEstimate(10, 900), "b": ClockEstimate(30, 100)}

    assert agreed(known) == known
    assert uncertainty_between(known["a"], known["b"]) == 500
