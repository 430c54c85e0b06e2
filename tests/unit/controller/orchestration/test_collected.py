"""Every worker ends in exactly one way, and what came in is kept."""

from sockrig.orchestration.collected import Collected
from sockrig.scenario.plan import FlowPlan
from sockrig_wire.model.failures import ErrorCode
from sockrig_wire.model.flows import FlowSpec, Role, Sample, WorkerResult


def plan(name="f", workers=1, source="a", destination="b"):
    spec = FlowSpec(name=name, kind="udp-stream", duration_seconds=1.0, workers=workers)
    return FlowPlan(group="", spec=spec, source=source, destination=destination)


def result(role, worker=0, flow="f"):
    return WorkerResult(
        flow=flow, role=role, worker=worker, started_at_nanoseconds=0, finished_at_nanoseconds=1, window_seconds=1.0
    )


def test_it_is_done_when_every_worker_of_both_ends_has_a_result():
    collected = Collected([plan(workers=2)])
    for role in Role:
        for worker in range(2):
            assert not collected.done
            collected.take(result(role, worker))

    assert collected.done
    assert len(collected.results) == 4


def test_it_names_the_agents_for_which_it_waits():
    collected = Collected([plan()])
    collected.take(result(Role.SOURCE))

    assert collected.waiting_for == ("b",)


def test_a_second_result_of_the_same_worker_changes_nothing():
    collected = Collected([plan()])
    collected.take(result(Role.SOURCE))
    collected.take(result(Role.SOURCE))

    assert len(collected.results) == 1
    assert not collected.done


def test_events_of_another_step_change_nothing():
    collected = Collected([plan()])
    collected.take(result(Role.SOURCE, flow="earlier"))

    assert collected.waiting_for == ("a", "b")


def test_a_lost_agents_workers_fail_with_its_name_and_the_rest_is_still_awaited():
    collected = Collected([plan("one"), plan("two", source="c", destination="b")])
    collected.lose_agent("a", "its session ended")

    _, _, failures = collected.of_flow("one")
    assert [(failure.role, failure.error.code, failure.error.where) for failure in failures] == [
        (Role.SOURCE, ErrorCode.LOST, "agent a")
    ]
    assert collected.waiting_for == ("b", "c")


def test_what_a_lost_agent_had_sent_is_kept():
    collected = Collected([plan()])
    sample = Sample(flow="f", role=Role.SOURCE, worker=0, at_seconds=1.0, interval_seconds=1.0, bytes=10)
    collected.take(sample)
    collected.lose_agent("a", "gone")

    assert collected.of_flow("f")[1] == [sample]


def test_giving_up_ends_every_wait():
    collected = Collected([plan(workers=3)])
    collected.give_up("no result in time")

    assert collected.done
    assert len(collected.of_flow("f")[2]) == 6


def test_the_loss_of_an_agent_tells_who_is_at_work_for_nobody():
    collected = Collected(
        [
            plan("one"),
            plan("two", source="c", destination="a"),
            plan("done", destination="c"),
            plan("other", source="c"),
        ]
    )
    collected.take(result(Role.DESTINATION, flow="done"))

    assert collected.lose_agent("a", "gone") == {"b": {"one"}, "c": {"two"}}
    assert collected.lose_agent("a", "gone") == {}
