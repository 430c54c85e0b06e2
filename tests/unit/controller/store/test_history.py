"""Looking into a store: which runs, which one is meant, and what came of it."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from tests.unit.controller.store.recorded import (
    HISTOGRAM,
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

from sockrig.results.document import to_json
from sockrig.results.model.search import SearchRate, SearchResult, SearchTrialResult
from sockrig.results.model.verdict import Verdict
from sockrig.store import tables
from sockrig.store.facts import RunEnd
from sockrig.store.history import ALIVE_SECONDS, History
from sockrig.store.recorder import ALIVE_EVERY_SECONDS, BATCH_SECONDS
from sockrig_wire.errors import NotFoundError, UsageError
from sockrig_wire.model.flows import Role, TcpInfo
from sockrig_wire.version import VERSION


@pytest.fixture
def history(store):
    return History(store)


def began_at(store, run_id, seconds):
    """Let a run have begun then, and its controller not have written since."""
    with store.writing.begin() as connection:
        connection.execute(
            update(tables.runs)
            .where(tables.runs.c.run_id == run_id)
            .values(started_at_seconds=seconds, seen_at_seconds=seconds + 3.0)
        )


def ids(listed):
    return [run.run_id for run in listed.runs]


@pytest.fixture
def three(store, recorder):
    """Three runs; the one that was recorded first began last, as one that was imported."""
    for run_id, name, seconds in (("aa11", "new 100%", 300.0), ("aa22", "old", 100.0), ("bb33", "middle", 200.0)):
        record(recorder, run_id, name)
        began_at(store, run_id, seconds)


@pytest.mark.usefixtures("three")
def test_runs_that_began_last_come_first(history):
    listed = history.runs()
    assert ids(listed) == ["aa11", "bb33", "aa22"]
    assert not listed.more
    run = listed.runs[0]
    assert (run.name, run.state, run.duration_seconds, run.agents) == ("new 100%", "passed", 2.5, ("a", "b"))
    assert run.source == "x.yaml"
    assert run.stored_bytes > 2 * 60


@pytest.mark.usefixtures("three")
def test_runs_come_in_pages_and_by_name(history):
    page = history.runs(limit=2)
    assert (ids(page), page.more) == (["aa11", "bb33"], True)
    page = history.runs(limit=2, offset=2)
    assert (ids(page), page.more) == (["aa22"], False)
    assert ids(history.runs(name_contains="d")) == ["bb33", "aa22"]
    assert ids(history.runs(name_contains="%")) == ["aa11"], "a text, not a pattern"


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("reference", "run_id"),
    [("aa11", "aa11"), ("b", "bb33"), ("aa2", "aa22"), ("last", "aa11"), ("last~0", "aa11"), ("last~2", "aa22")],
)
def test_a_run_is_meant_by_its_id_its_beginning_or_when_it_began(history, reference, run_id):
    assert history.find(reference).told.run_id == run_id


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("reference", ["zz", "last~3", "last~", "", "%", "aa11x"])
def test_a_run_that_is_not_there_is_told(history, reference):
    with pytest.raises(NotFoundError) as missing:
        history.find(reference)
    assert "sockrig runs" in missing.value.next


@pytest.mark.usefixtures("three")
def test_an_ambiguous_beginning_is_told(history):
    with pytest.raises(UsageError, match="several runs"):
        history.find("aa")


def test_a_whole_id_is_meant_also_where_it_begins_another(history, recorder):
    record(recorder, "abc")
    record(recorder, "abcd")
    assert history.find("abc").told.run_id == "abc"


def test_the_result_is_what_was_recorded_histograms_included(history, recorder):
    result = record(recorder)
    found = history.result("last")
    assert json.loads(to_json(found)) == json.loads(to_json(result))
    assert found == result
    assert found.steps[0].flows[0].histograms == (HISTOGRAM,)


def test_a_run_whose_controller_writes_is_running_and_not_yet_to_be_had(history, recorder):
    recorder.begin(beginning(), pytest.fail)
    (run,) = history.runs().runs
    assert (run.state, run.duration_seconds) == ("running", None)
    with pytest.raises(UsageError, match="still runs"):
        history.result("last")
    with pytest.raises(UsageError, match="still runs"):
        history.delete([run.run_id])


def test_a_run_whose_controller_is_silent_is_interrupted_and_has_what_was_seen(history, store, recorder):
    first_step = replace(step_result("first"), late_workers=("a: flow worker 0, 61.0 ms after T",))
    recording = recorder.begin(beginning(), pytest.fail)
    recording.step_begins(begun("first"))
    recording.step_finished(first_step)
    recording.step_begins(begun("second", variables={"size": "64 B"}, repetition=2))
    recording.agent_lost("b", "no heartbeat for 10 s")
    recording.flows_begin([flow_plan()])
    for second in (1.0, 2.0):
        recording.take(progress(sample(second, bytes=1000, tcp_info=TcpInfo(retransmits=int(second)))))
        recording.take(progress(sample(second, role=Role.DESTINATION, bytes=500)))
    recorder.close()
    began_at(store, "0123456789ab", 1_000.0)

    (run,) = history.runs().runs
    assert (run.state, run.duration_seconds) == ("interrupted", 3.0)
    result = history.result("last")
    assert result.verdict is Verdict.INTERRUPTED
    assert [(agent.name, agent.version, agent.verdict, agent.problem) for agent in result.agents] == [
        ("a", "1.0", "passed", None),
        ("b", "1.0", "degraded", "no heartbeat for 10 s"),
    ]
    assert (result.scenario, result.scenario_text, result.baseline) == ("x.yaml", "scenario: x\n", "earlier")
    assert result.controller_version == VERSION
    assert result.start_skew_seconds == first_step.start_skew_seconds
    assert result.late_workers == first_step.late_workers
    first, second = result.steps
    assert first == first_step
    assert (second.name, second.verdict) == ("second", Verdict.INTERRUPTED)
    assert (second.variables, second.repetition) == ({"size": "64 B"}, 2)
    (flow,) = second.flows
    assert (flow.name, flow.group, flow.kind, flow.source, flow.destination) == ("flow", "load", "tcp-stream", "a", "b")
    assert [(one.at_seconds, one.sent.bytes, one.received.bytes) for one in flow.intervals] == [
        (1.0, 1000, 500),
        (2.0, 1000, 500),
    ]
    assert [one.retransmits for one in flow.intervals] == [1, 1]
    assert flow.received is None, "what the whole flow carried, nobody has told"


def test_of_a_search_that_was_interrupted_there_are_its_trials(history, recorder):
    rate = SearchRate(bits_per_second=1e6, packets_per_second=100.0, wire_bits_per_second=None)
    trial = SearchTrialResult(
        number=1, asked=rate, offered=rate, duration_seconds=1.0, sent_packets=100, lost_packets=0, loss_ratio=0.0,
        kernel_drops=0, sender_limited=False, classes=("lower bound",),
    )  # fmt: skip
    search = SearchResult(flows=1, goals=(), trials=(trial,))
    recording = recorder.begin(beginning(), pytest.fail)
    recording.step_begins(begun("capacity", variables={"size": "64 B"}))
    for _ in range(2):
        recording.flows_begin([flow_plan()])
        recording.take(progress(sample(1.0)))
        recording.search_goes_on(search)
    recording.end(RunEnd(verdict="interrupted", duration_seconds=1.5, problem="it was stopped")).result(WAITING_SECONDS)
    (step,) = history.result("last").steps
    assert (step.name, step.verdict, step.variables) == ("capacity", "interrupted", {"size": "64 B"})
    assert step.search == search
    assert step.flows == ()


def test_silence_is_longer_than_any_pause_of_a_living_recorder():
    assert ALIVE_SECONDS > 2 * (ALIVE_EVERY_SECONDS + BATCH_SECONDS)


@pytest.mark.parametrize(
    ("verdict", "problem"), [("interrupted", "it was stopped"), ("error", "agent a: it answered before and is gone")]
)
def test_a_run_that_could_not_come_to_its_end_says_why(history, recorder, verdict, problem):
    recording = recorder.begin(beginning(), pytest.fail)
    recording.end(RunEnd(verdict=verdict, duration_seconds=1.5, problem=problem)).result(WAITING_SECONDS)
    assert history.runs().runs[0].state == verdict
    result = history.result("last")
    assert (result.verdict, result.duration_seconds) == (verdict, 1.5)
    assert problem in result.notices[0]


@pytest.mark.usefixtures("three")
def test_a_deleted_run_leaves_nothing_and_the_others_alone(history, store):
    history.delete(["aa11", "bb33"])
    assert ids(history.runs()) == ["aa22"]
    with store.reading.connect() as connection:
        for table in tables.metadata.sorted_tables:
            key = table.c.number if table is tables.runs else table.c.run
            runs = connection.execute(select(key).distinct()).all()
            assert len(runs) == (0 if table is tables.log_lines else 1), table.name


@pytest.mark.usefixtures("three")
def test_of_several_runs_all_are_deleted_or_none(history):
    with pytest.raises(NotFoundError):
        history.delete(["aa11", "nothing"])
    assert len(history.runs().runs) == 3


def test_deleting_gives_space_back(history, store, recorder):
    recording = recorder.begin(beginning(), pytest.fail)
    recording.flows_begin([flow_plan()])
    for number in range(20_000):
        recording.take(progress(sample(float(number))))
    recording.end(RunEnd(verdict="passed", duration_seconds=1.0, document=run_result())).result(WAITING_SECONDS)
    told = history.runs().runs[0].stored_bytes
    before = store.size_bytes()
    freed = history.delete(["0123456789ab"])
    assert store.size_bytes() == before - freed
    assert freed == pytest.approx(told, rel=0.5)
