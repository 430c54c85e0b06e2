"""What happens in a run is in the store within moments, and a store that fails ends no run."""

import logging
import threading
from contextlib import closing

import pytest
from sqlalchemy import func, select
from tests.processes import eventually
from tests.unit.controller.store.recorded import (
    WAITING_SECONDS,
    beginning,
    begun,
    flow_plan,
    progress,
    record,
    run_result,
    sample,
    step_result,
)

from sockrig.store import recorder as recorder_module
from sockrig.store import tables
from sockrig.store.facts import RunEnd
from sockrig.store.recorder import Recorder
from sockrig_wire.errors import StoreError
from sockrig_wire.model.controller import Notice, ResultPart, StepStarted
from sockrig_wire.model.flows import Role

END = RunEnd(verdict="passed", duration_seconds=1.0, document=run_result())


def count(store, table):
    with store.reading.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def all_of(store, table):
    with store.reading.connect() as connection:
        return connection.execute(select(table)).all()


def test_the_beginning_is_there_before_anything_happens(store, recorder):
    recorder.begin(beginning(), pytest.fail)
    (run,) = all_of(store, tables.runs)
    assert (run.run_id, run.scenario, run.variables, run.verdict) == ("0123456789ab", "scenario: x\n", {"k": "ü"}, None)
    assert (run.included, run.baseline) == ({"../y.yaml": "steps: []\n"}, "earlier")
    assert set(run.versions) == {"sockrig", "python", "system", "host"}
    assert [agent.status["version"] for agent in all_of(store, tables.agents)] == ["1.0", "1.0"]


def test_samples_are_there_while_the_run_goes_on_all_of_them(store, recorder):
    recording = recorder.begin(beginning(), pytest.fail)
    recording.flows_begin([flow_plan()])
    for number in range(12_000):
        recording.take(progress(sample(float(number + 1), role=Role.DESTINATION, bytes=number)))
    assert eventually(lambda: count(store, tables.samples) == 12_000, within_seconds=WAITING_SECONDS)
    assert [row.bytes for row in all_of(store, tables.samples)] == list(range(12_000))


def test_samples_of_a_flow_that_comes_again_are_its_own(store, recorder):
    recording = recorder.begin(beginning(), pytest.fail)
    for _ in range(2):
        recording.step_begins(begun())
        recording.flows_begin([flow_plan()])
        recording.take(progress(sample(1.0)))
        recording.step_finished(step_result())
    recording.end(END).result(WAITING_SECONDS)
    assert [(flow.number, flow.step) for flow in all_of(store, tables.flows)] == [(0, 0), (1, 1)]
    assert [one.flow for one in all_of(store, tables.samples)] == [0, 1]


def test_a_flow_that_nobody_announced_is_known_by_its_samples(store, recorder):
    recording = recorder.begin(beginning(), pytest.fail)
    recording.take(progress(sample(1.0, role=Role.DESTINATION, flow="trial")))
    recording.end(END).result(WAITING_SECONDS)
    (flow,) = all_of(store, tables.flows)
    assert (flow.name, flow.kind, flow.source, flow.destination) == ("trial", "", "a", "b")


def test_trials_of_a_search_have_flows_of_their_own_in_one_step(store, recorder):
    recording = recorder.begin(beginning(), pytest.fail)
    recording.step_begins(begun())
    for _ in range(2):
        recording.flows_begin([flow_plan()])
        recording.take(progress(sample(1.0)))
    recording.end(END).result(WAITING_SECONDS)
    assert [(flow.number, flow.step, flow.name) for flow in all_of(store, tables.flows)] == [
        (0, 0, "flow"),
        (1, 0, "flow"),
    ]
    assert [one.flow for one in all_of(store, tables.samples)] == [0, 1]


def test_a_lost_agent_is_known_by_its_reason(store, recorder):
    recording = recorder.begin(beginning(), pytest.fail)
    recording.agent_lost("b", "no heartbeat for 10 s")
    recording.end(END).result(WAITING_SECONDS)
    assert {agent.name: agent.problem for agent in all_of(store, tables.agents)} == {
        "a": None,
        "b": "no heartbeat for 10 s",
    }


def test_events_are_kept_in_order_and_parts_of_the_result_are_not(store, recorder):
    recording = recorder.begin(beginning(), pytest.fail)
    recording.take(StepStarted(0, 1, "one"))
    recording.take(ResultPart(b"{}", last=True))
    recording.take(Notice("warning", "look"))
    recording.end(END).result(WAITING_SECONDS)
    assert [(event.kind, event.body) for event in all_of(store, tables.events)] == [
        ("StepStarted", {"index": 0, "count": 1, "name": "one", "at_most": False}),
        ("Notice", {"level": "warning", "text": "look"}),
    ]


def test_a_whole_run_has_its_verdict_its_steps_and_its_histograms(store, recorder):
    record(recorder)
    (run,) = all_of(store, tables.runs)
    assert (run.verdict, run.duration_seconds) == ("passed", 2.5)
    assert [(step.name, step.verdict) for step in all_of(store, tables.steps)] == [("step", "passed")]
    assert [histogram.name for histogram in all_of(store, tables.histograms)] == ["round_trip"]


def test_log_lines_of_ours_from_info_on_are_kept_while_a_run_goes_on(store):
    ours, others = logging.getLogger("sockrig.fleet.link"), logging.getLogger("elsewhere")
    before = (logging.getLogger("sockrig").level, logging.getLogger("sockrig").handlers[:])
    with closing(Recorder(store)) as recorder:
        recording = recorder.begin(beginning(), pytest.fail)
        ours.info("agent %s is %s", "a", "ready")
        ours.debug("a detail")
        others.warning("not ours")
        ours.warning("odd \0 and \udcff")
        recording.end(END).result(WAITING_SECONDS)
        ours.info("too late")
    assert [(line.level, line.logger, line.text) for line in all_of(store, tables.log_lines)] == [
        ("INFO", "sockrig.fleet.link", "agent a is ready"),
        ("WARNING", "sockrig.fleet.link", "odd \\0 and \\udcff"),
    ]
    assert (logging.getLogger("sockrig").level, logging.getLogger("sockrig").handlers) == before


def test_a_run_in_which_nothing_happens_says_that_it_is_alive(store, recorder):
    recorder.begin(beginning(), pytest.fail)
    (began,) = all_of(store, tables.runs)
    assert eventually(
        lambda: all_of(store, tables.runs)[0].seen_at_seconds > began.seen_at_seconds + 0.5,
        within_seconds=WAITING_SECONDS,
    )


def test_runs_go_on_side_by_side_and_closing_writes_what_waits(store):
    recorder = Recorder(store)
    one = recorder.begin(beginning("1" * 12), pytest.fail)
    other = recorder.begin(beginning("2" * 12), pytest.fail)
    for recording in (one, other, one):
        recording.take(Notice("info", "x"))
    recorder.close()
    assert sorted(event.run for event in all_of(store, tables.events)) == [one.run, one.run, other.run]
    assert "sockrig recorder" not in [thread.name for thread in threading.enumerate()]


def test_a_run_that_cannot_even_begin_to_be_recorded_is_an_error(store, recorder):
    recorder.begin(beginning(), pytest.fail)
    with pytest.raises(StoreError, match="UNIQUE"):
        recorder.begin(beginning(), pytest.fail)


def test_a_store_that_fails_on_the_way_is_told_once_and_keeps_nobody_waiting(store, recorder):
    failures = []
    recording = recorder.begin(beginning(), failures.append)
    with store.writing.begin() as connection:
        connection.exec_driver_sql("DROP TABLE events")
    recording.take(Notice("info", "lost"))
    assert eventually(lambda: failures, within_seconds=WAITING_SECONDS)
    recording.take(Notice("info", "lost as well"))
    recording.end(END).result(WAITING_SECONDS)
    assert len(failures) == 1
    assert recording.problem is failures[0]
    assert isinstance(failures[0], StoreError)


def test_a_failure_of_one_run_leaves_the_others_alone(store, recorder):
    failures = []
    bad, good = recorder.begin(beginning("1" * 12), failures.append), recorder.begin(beginning("2" * 12), pytest.fail)
    with store.writing.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM runs WHERE number = {bad.run}")
    bad.take(Notice("info", "x"))
    good.take(Notice("info", "y"))
    good.end(END).result(WAITING_SECONDS)
    assert eventually(lambda: failures, within_seconds=WAITING_SECONDS)
    assert [event.run for event in all_of(store, tables.events)] == [good.run]


def test_a_store_that_cannot_keep_up_ends_the_recording_not_the_memory(store, monkeypatch):
    monkeypatch.setattr(recorder_module, "_MOST_WAITING", 10)
    failures = []
    with closing(Recorder(store)) as recorder:
        recording = recorder.begin(beginning(), failures.append)
        with store.writing.begin():  # nobody else can write now
            for _ in range(30):
                recording.take(Notice("info", "x"))
            assert "cannot keep up" in str(failures[0])
            recording.end(END).result(0)
    assert len(failures) == 1
