"""When packets are due; all times are made up."""

import pytest

from sockrig_agent.traffic.pacing import BATCH_NANOSECONDS, Pacer

START = 5_000_000_000
MILLISECOND = 1_000_000


def test_nothing_is_due_before_the_start():
    pacer = Pacer(START, packets_per_second=1000, limit_per_batch=64)

    assert pacer.due(0) == 0
    assert pacer.due(START - 1) == 0


def test_the_first_packet_is_due_at_the_start():
    pacer = Pacer(START, packets_per_second=1000, limit_per_batch=64)

    assert pacer.wait_until() == START
    assert pacer.due(START) == 1


def test_each_further_packet_is_due_one_gap_later():
    pacer = Pacer(START, packets_per_second=1000, limit_per_batch=64)
    pacer.sent(1)

    assert pacer.wait_until() == START + MILLISECOND
    assert pacer.due(START + MILLISECOND - 1) == 0
    assert pacer.due(START + MILLISECOND) == 1


def test_what_was_sent_late_does_not_move_what_comes_next():
    pacer = Pacer(START, packets_per_second=1000, limit_per_batch=64)
    late = START + 700_000

    assert pacer.due(late) == 1
    pacer.sent(1)

    assert pacer.wait_until() == START + MILLISECOND


def test_a_delay_is_made_up_for_at_once():
    pacer = Pacer(START, packets_per_second=1000, limit_per_batch=64)
    pacer.sent(1)
    after_a_stall = START + 10 * MILLISECOND

    assert pacer.due(after_a_stall) == 10
    pacer.sent(10)
    assert pacer.due(after_a_stall) == 0


def test_more_than_a_batch_never_goes_at_once():
    pacer = Pacer(START, packets_per_second=1000, limit_per_batch=4)
    after_a_stall = START + 10 * MILLISECOND

    assert pacer.due(after_a_stall) == 4
    pacer.sent(4)
    assert pacer.wait_until() < after_a_stall
    assert pacer.due(after_a_stall) == 4


def test_a_call_that_sent_less_than_was_due_leaves_the_rest_due():
    pacer = Pacer(START, packets_per_second=1000, limit_per_batch=64)
    pacer.sent(1)

    assert pacer.due(START + 3 * MILLISECOND) == 3
    pacer.sent(2)

    assert pacer.due(START + 3 * MILLISECOND) == 1


@pytest.mark.parametrize("rate", [0.5, 1, 50, 10_000, 19_999])
def test_at_low_rates_each_packet_leaves_at_a_time_of_its_own(rate):
    assert Pacer(START, rate, limit_per_batch=64).batch_packets == 1


@pytest.mark.parametrize(("rate", "packets"), [(20_000, 2), (100_000, 10), (250_000, 25), (10_000_000, 1000)])
def test_at_higher_rates_a_batch_covers_the_same_short_time(rate, packets):
    pacer = Pacer(START, rate, limit_per_batch=1024)

    assert pacer.batch_packets == packets
    assert pacer.batch_packets / rate <= BATCH_NANOSECONDS / 1e9


def test_a_batch_is_capped_by_what_one_call_can_carry():
    assert Pacer(START, 10_000_000, limit_per_batch=64).batch_packets == 64


def test_a_batch_leaves_when_its_last_packet_is_due():
    pacer = Pacer(START, packets_per_second=100_000, limit_per_batch=64)

    assert pacer.wait_until() == START + 90_000
    assert pacer.due(pacer.wait_until()) == 10


def test_a_part_of_a_batch_may_go_when_the_flow_ends():
    pacer = Pacer(START, packets_per_second=100_000, limit_per_batch=64)

    assert pacer.due(START + 30_000) == 4


def intended(rate, number):
    """When that packet was meant to leave."""
    pacer = Pacer(START, rate, limit_per_batch=1)
    pacer.sent(number)
    return pacer.wait_until()


def test_intended_times_are_evenly_spaced_from_the_start():
    assert [intended(4000, number) for number in range(3)] == [START, START + 250_000, START + 500_000]
    assert intended(4000, 4000) == START + 1_000_000_000


def test_gaps_of_no_whole_nanoseconds_do_not_add_up_to_a_drift():
    hour_seconds = 3600

    assert abs(intended(30_000, 30_000 * hour_seconds) - (START + hour_seconds * 1_000_000_000)) <= 1


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), 1e18])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="rate"):
        Pacer(START, rate, limit_per_batch=64)


def test_a_batch_without_room_is_refused():
    with pytest.raises(ValueError, match="batch"):
        Pacer(START, 1000, limit_per_batch=0)
