"""A run as its events so far show it."""

import pytest

from sockrig.cli.run_picture import RunPicture
from sockrig_wire.model.controller import FlowProgress, Notice, PhaseReached, SearchTrial, StepFinished, StepStarted
from sockrig_wire.model.flows import Role, Sample


def sample(role=Role.DESTINATION, worker=0, at=1.0, interval=1.0, flow="bulk a > b", **amounts):
    return Sample(flow=flow, role=role, worker=worker, at_seconds=at, interval_seconds=interval, **amounts)


def running(*progress):
    picture = RunPicture()
    picture.take(StepStarted(0, 2, "bulk"))
    for agent, peer, one in progress:
        picture.take(FlowProgress(agent, peer, one))
    return picture


def test_a_step_is_shown_with_its_last_phase():
    picture = running()
    picture.take(PhaseReached("prepare", ("a",)))
    picture.take(PhaseReached("armed"))
    assert picture.step == StepStarted(0, 2, "bulk")
    assert picture.phase == PhaseReached("armed")


def test_a_finished_step_makes_room_for_the_next():
    picture = running(("b", "a", sample(bytes=1000)))
    finished = StepFinished(0, "bulk", "passed", "1 flow")
    picture.take(finished)
    assert picture.finished == [finished]
    assert picture.step is None
    picture.take(StepStarted(1, 2, "next"))
    assert picture.flows == ()
    assert picture.phase is None


def test_notices_are_kept():
    picture = running()
    picture.take(Notice("error", "agent b is lost"))
    assert picture.notices == [Notice("error", "agent b is lost")]


def test_both_ends_tell_of_the_same_flow_whose_source_comes_first():
    picture = running(("a", "b", sample(Role.SOURCE, bytes=2000)), ("b", "a", sample(bytes=1000)))
    (flow,) = picture.flows
    assert (flow.source, flow.destination) == ("a", "b")
    assert flow.sent_bits_per_second == 16_000
    assert flow.received_bits_per_second == 8_000


def test_workers_add_up_each_over_its_own_interval():
    picture = running(
        ("b", "a", sample(worker=0, interval=1.0, bytes=1000, packets=10)),
        ("b", "a", sample(worker=1, interval=0.5, bytes=1000, packets=10)),
    )
    (flow,) = picture.flows
    assert flow.received_bits_per_second == 8_000 + 16_000
    assert flow.received_packets_per_second == 10 + 20


def test_a_new_sample_takes_the_place_of_its_workers_last():
    picture = running(("b", "a", sample(at=1.0, bytes=1000)), ("b", "a", sample(at=2.0, bytes=3000)))
    (flow,) = picture.flows
    assert flow.received_bits_per_second == 24_000
    assert flow.at_seconds == 2.0


def test_a_worker_that_fell_silent_counts_no_more():
    picture = running(
        ("a", "b", sample(Role.SOURCE, worker=0, at=1.0, bytes=1000)),
        ("a", "b", sample(Role.SOURCE, worker=1, at=9.0, bytes=500)),
    )
    (flow,) = picture.flows
    assert flow.workers == 1
    assert flow.sent_bits_per_second == 4_000


def test_what_was_not_seen_is_not_invented():
    (flow,) = running(("a", "b", sample(Role.SOURCE, bytes=1000))).flows
    assert flow.received_bits_per_second is None
    assert flow.transactions_per_second is None
    assert flow.connections_per_second is None


@pytest.mark.parametrize("interval", [0.0, -1.0])
def test_a_sample_without_a_length_has_no_rate(interval):
    (flow,) = running(("b", "a", sample(interval=interval, bytes=1000))).flows
    assert flow.received_bits_per_second is None


def test_flows_stand_in_the_order_of_their_names():
    picture = running(*(("b", "a", sample(flow=name)) for name in ("c", "a", "b")))
    assert [flow.name for flow in picture.flows] == ["a", "b", "c"]


def test_the_last_trial_of_a_search_is_kept_until_its_step_ends():
    picture = RunPicture()
    trial = SearchTrial(
        number=1, most_trials=60, bits_per_second=1e6, packets_per_second=1e2, duration_seconds=1.0, loss_ratio=0.0
    )
    picture.take(StepStarted(0, 1, "how much fits"))
    picture.take(trial)
    assert picture.trial == trial
    picture.take(StepFinished(0, "how much fits", "passed", "capacity 1 Mbit/s"))
    assert picture.trial is None
