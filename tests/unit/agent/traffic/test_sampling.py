import pytest

from sockrig_agent.traffic.engine import Assignment, Counters
from sockrig_agent.traffic.orders import Timetable
from sockrig_agent.traffic.sampling import Sampler
from sockrig_wire.model.flows import FlowSpec, FlowStart, Role, Sample, TcpInfo

SECOND = 10**9
T = 50 * SECOND
SPEC = FlowSpec(name="f", kind="udp-stream", delay_seconds=1, duration_seconds=2.2, interval_seconds=0.5)


@pytest.fixture
def counters():
    return Counters()


@pytest.fixture
def sampler(counters):
    timetable = Timetable.of(SPEC, FlowStart("f", Role.SOURCE, T))
    return Sampler(Assignment(SPEC, Role.SOURCE, 3), counters, timetable)


def after(seconds):
    return round(T + (1 + seconds) * SECOND)


def test_an_interval_is_counted_from_the_flows_own_start(sampler, counters):
    counters.bytes, counters.packets = 700, 7
    assert sampler.wait_until() == after(0.5)
    assert sampler.take(after(0.49)) is None
    assert sampler.take(after(0.5)) == Sample(
        flow="f", role=Role.SOURCE, worker=3, at_seconds=0.5, interval_seconds=0.5, bytes=700, packets=7
    )


def test_a_sample_holds_what_was_done_since_the_last_one(sampler, counters):
    counters.transactions, counters.connections = 5, 2
    sampler.take(after(0.5))
    counters.transactions, counters.connections = 9, 3
    sample = sampler.take(after(1.0))
    assert (sample.transactions, sample.connections) == (4, 1)


def test_a_late_reading_tells_its_real_length_and_moves_no_other(sampler):
    assert sampler.take(after(0.8)).interval_seconds == pytest.approx(0.8)
    assert sampler.wait_until() == after(1.0)
    assert sampler.take(after(1.0)).interval_seconds == pytest.approx(0.2)


def test_a_reading_that_missed_intervals_stands_for_all_of_them(sampler):
    assert sampler.take(after(1.7)).interval_seconds == pytest.approx(1.7)
    assert sampler.wait_until() == after(2.0)


def test_no_interval_ends_after_the_window(sampler):
    sampler.take(after(2.0))
    assert sampler.wait_until() is None
    assert sampler.take(after(9)) is None


def test_the_rest_is_told_at_the_end_if_there_is_any(sampler, counters):
    counters.bytes = 10
    sampler.take(after(0.5))
    counters.bytes = 25
    rest = sampler.finish(after(0.7))
    assert (rest.bytes, rest.at_seconds) == (15, pytest.approx(0.7))
    assert sampler.wait_until() is None


def test_nothing_done_leaves_no_rest(sampler):
    assert sampler.finish(after(0.7)) is None


def test_every_sample_tells_what_the_kernel_knows_of_the_connection_then(counters):
    told = iter([TcpInfo(retransmits=1), None])
    timetable = Timetable.of(SPEC, FlowStart("f", Role.SOURCE, T))
    sampler = Sampler(Assignment(SPEC, Role.SOURCE, 3), counters, timetable, lambda: next(told))
    assert sampler.take(after(0.5)).tcp_info == TcpInfo(retransmits=1)
    assert sampler.take(after(1.0)).tcp_info is None
