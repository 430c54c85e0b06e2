import threading
import time

import pytest

from sockrig_agent.traffic.orders import Orders, Timetable
from sockrig_wire.model.flows import FlowSpec, FlowStart, Role

SECOND = 10**9
SPEC = FlowSpec(name="f", kind="udp-rr", delay_seconds=0.5, warmup_seconds=1, duration_seconds=2, drain_seconds=0.25)


@pytest.fixture
def orders():
    orders = Orders()
    yield orders
    orders.close()


def test_the_times_follow_from_t():
    timetable = Timetable.of(SPEC, FlowStart("f", Role.SOURCE, 100 * SECOND))
    assert timetable.common_start_at == 100 * SECOND
    assert timetable.start_at == 100.5 * SECOND
    assert timetable.window_from == 101.5 * SECOND
    assert timetable.window_until == 103.5 * SECOND
    assert timetable.drain_until == 103.75 * SECOND
    assert timetable.peer_clock_offset == 0


def test_the_window_includes_its_beginning_and_not_its_end():
    timetable = Timetable.of(SPEC, FlowStart("f", Role.SOURCE, 0))
    edges = (timetable.window_from - 1, timetable.window_from, timetable.window_until - 1, timetable.window_until)
    assert [timetable.measures(at) for at in edges] == [False, True, True, False]


def test_a_stamp_of_the_peers_clock_is_in_both_windows_or_in_none():
    ours, theirs = 5_000_000_000_123, 7
    here = Timetable.of(SPEC, FlowStart("f", Role.DESTINATION, ours, theirs))
    there = Timetable.of(SPEC, FlowStart("f", Role.SOURCE, theirs, ours))
    for stamp in (there.window_from - 1, there.window_from, there.window_until - 1, there.window_until):
        assert here.measures(stamp + here.peer_clock_offset) is there.measures(stamp)


def test_a_waiting_worker_is_woken_by_the_start(orders):
    start = FlowStart("f", Role.SOURCE, 1)
    giver = threading.Thread(target=orders.give_start, args=(start,))
    giver.start()
    orders.wait()
    giver.join()
    assert orders.start is start
    assert not orders.stopped


def test_a_stop_is_kept_with_its_first_time(orders):
    orders.give_stop()
    first = orders.stopped_at
    orders.give_stop()
    assert orders.stopped
    assert orders.stopped_at == first


def test_a_sleep_does_not_end_before_its_time(orders):
    for sleep in (1_000, 1_000_000, 12_000_000):
        at = time.monotonic_ns() + sleep
        orders.sleep_until(at)
        assert time.monotonic_ns() >= at


def test_a_stop_ends_a_sleep(orders):
    threading.Timer(0.02, orders.give_stop).start()
    orders.sleep_until(time.monotonic_ns() + 3600 * SECOND)
    assert orders.stopped


def test_a_wait_without_news_ends_with_its_timeout(orders):
    orders.wait(0)
    assert orders.start is None


def test_orders_to_a_worker_that_has_ended_go_into_the_void(orders):
    orders.close()
    orders.give_start(FlowStart("f", Role.SOURCE, 1))
    orders.give_stop()
    assert orders.stopped


def test_more_orders_than_the_bell_can_ring_do_not_block(orders):
    for _ in range(5_000):
        orders.give_stop()
    assert orders.stopped
