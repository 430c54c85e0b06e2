from dataclasses import replace

import pytest

from sockrig_agent.traffic.engine import Assignment, Counters
from sockrig_agent.traffic.orders import Timetable
from sockrig_agent.traffic.sampling import Sampler, Samplers
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


def samplers_of(*counters, interval_seconds=0.1):
    spec = replace(SPEC, interval_seconds=interval_seconds)
    timetable = Timetable.of(spec, FlowStart("f", Role.SOURCE, T))
    return Samplers(
        {number: Sampler(Assignment(spec, Role.SOURCE, number), one, timetable) for number, one in enumerate(counters)}
    )


def test_samples_of_fine_intervals_leave_twice_a_second(counters):
    samplers = samplers_of(counters)
    left = {tenth: len(samplers.take(after(tenth / 10))) for tenth in range(1, 13)}
    assert {tenth: count for tenth, count in left.items() if count} == {5: 5, 10: 5}


def test_samples_leave_in_the_order_in_which_they_were_taken(counters):
    samplers = samplers_of(counters)
    samplers.take(after(0.3))
    assert [sample.at_seconds for sample in samplers.take(after(0.5))] == pytest.approx([0.3, 0.5])


@pytest.mark.parametrize("interval", [0.5, 1])
def test_samples_of_long_intervals_leave_at_once(counters, interval):
    samplers = samplers_of(counters, interval_seconds=interval)
    assert [len(samplers.take(after(interval * number + 0.001))) for number in (1, 2)] == [1, 1]


def test_no_sample_waits_for_others_that_will_not_come(counters):
    samplers = samplers_of(counters)
    samplers.take(after(2.1))
    assert len(samplers.take(after(2.2))) == 1
    assert samplers.wait_until() is None


def test_what_was_held_leaves_with_the_rest_when_a_worker_ends(counters):
    samplers = samplers_of(counters, Counters())
    counters.bytes = 5
    samplers.take(after(0.1))
    counters.bytes = 7
    left = samplers.finish(0, after(0.15))
    assert [(sample.worker, sample.bytes) for sample in left] == [(0, 5), (1, 0), (0, 2)]
    assert samplers.wait_until() == after(0.2)
    assert samplers.finish(1, after(0.16)) == []


def test_before_the_start_there_is_nothing_to_wait_for():
    samplers = Samplers({})
    assert samplers.wait_until() is None
    assert samplers.take(after(5)) == []
    assert samplers.finish(3, after(5)) == []
