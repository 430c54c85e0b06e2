"""Results survive a broken stream; progress makes room."""

from sockrig_agent.session.spool import EventSpool, size_of
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.flows import Histogram, Role, Sample, WorkerFailed, WorkerResult
from sockrig_wire.model.reach import ReachCount
from sockrig_wire.model.session import RunEnded

SAMPLE = Sample(flow="bulk", role=Role.SOURCE, worker=0, at_seconds=1.0, interval_seconds=1.0)


def result(worker=0, **rest):
    return WorkerResult(
        flow="bulk",
        role=Role.SOURCE,
        worker=worker,
        started_at_nanoseconds=0,
        finished_at_nanoseconds=1,
        window_seconds=1.0,
        **rest,
    )


def sequences(events):
    return [event.sequence for event in events]


def test_a_count_of_probes_has_no_number_and_is_not_sent_again():
    spool = EventSpool()
    assert spool.append("run", ReachCount(7)).sequence == 0
    spool.take(1)
    spool.resume()
    assert spool.take(1) == ()


def test_results_are_numbered_from_one_and_progress_has_no_number():
    spool = EventSpool()
    bodies = [
        result(),
        SAMPLE,
        RunEnded("silence"),
        SAMPLE,
        WorkerFailed("bulk", Role.SOURCE, 1, Error(ErrorCode.WORKER, "?")),
    ]
    events = [spool.append("run", body) for body in bodies]
    assert sequences(events) == [1, 0, 2, 0, 3]
    assert [event.body for event in events] == bodies
    assert {event.run_id for event in events} == {"run"}


def test_events_are_handed_out_in_the_order_they_happened():
    spool = EventSpool()
    events = tuple(spool.append("run", body) for body in (result(), SAMPLE, SAMPLE, result(1), SAMPLE))
    assert spool.take(2) == events[:2]
    assert spool.take(100) == events[2:]
    assert spool.take(100) == ()


def test_results_stay_until_they_are_acknowledged():
    spool = EventSpool()
    for worker in range(4):
        spool.append("run", result(worker))
    assert sequences(spool.unacknowledged()) == [1, 2, 3, 4]
    spool.take(3)
    spool.acknowledge(2)
    assert sequences(spool.unacknowledged()) == [3, 4]
    spool.acknowledge(1)
    assert sequences(spool.unacknowledged()) == [3, 4]
    spool.acknowledge(4)
    assert spool.unacknowledged() == ()
    assert spool.bytes == 0


def test_progress_is_handed_out_once():
    spool = EventSpool()
    spool.append("run", SAMPLE)
    assert len(spool.take(10)) == 1
    spool.resume()
    assert spool.take(10) == ()
    assert (len(spool), spool.bytes) == (0, 0)


def test_a_new_session_gets_all_unacknowledged_results_before_anything_newer():
    spool = EventSpool()
    for worker in range(3):
        spool.append("run", result(worker))
    spool.take(2)
    spool.acknowledge(1)
    spool.append("run", SAMPLE)
    spool.resume()
    spool.append("run", result(3))
    assert sequences(spool.take(100)) == [2, 3, 0, 4]


def test_a_result_that_arrived_before_the_stream_broke_need_not_be_sent_again():
    spool = EventSpool()
    for worker in range(3):
        spool.append("run", result(worker))
    spool.take(3)
    spool.resume()
    spool.acknowledge(2)
    assert sequences(spool.take(100)) == [3]


def test_the_oldest_progress_makes_room():
    spool = EventSpool(max_events=3)
    spool.append("run", SAMPLE)
    kept = [spool.append("run", body) for body in (SAMPLE, result(), SAMPLE)]
    assert spool.dropped == 1
    assert list(spool.take(10)) == kept


def test_results_beyond_the_bound_are_kept_and_progress_is_not():
    spool = EventSpool(max_events=3)
    spool.append("run", SAMPLE)
    for worker in range(10):
        spool.append("run", result(worker))
    spool.append("run", SAMPLE)
    assert sequences(spool.take(100)) == list(range(1, 11))
    assert spool.dropped == 2


def test_large_results_make_progress_leave_as_many_small_ones_do():
    large = result(histograms=(Histogram("round_trip", tuple(range(1_000)), (1,) * 1_000, 0, 999, 1.0),))
    spool = EventSpool(max_event_bytes=size_of(large) + size_of(SAMPLE))
    spool.append("run", SAMPLE)
    spool.append("run", large)
    assert len(spool) == 2
    spool.append("run", SAMPLE)
    assert (len(spool), spool.dropped) == (2, 1)


def test_room_that_is_acknowledged_is_room_again():
    spool = EventSpool(max_events=2)
    spool.append("run", result())
    spool.append("run", result(1))
    spool.acknowledge(2)
    spool.append("run", SAMPLE)
    assert len(spool) == 1
