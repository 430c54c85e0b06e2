"""Events as lines of JSON."""

import json

import pytest
from tests.runs import run_of_everything

from sockrig.report.events import event_json_schema, event_line, result_line
from sockrig.results.document import from_json, to_json
from sockrig_wire.model.controller import (
    FlowProgress,
    Notice,
    PhaseReached,
    ReachProgress,
    ResultPart,
    SearchTrial,
    StepFinished,
    StepStarted,
    WatchRunResponse,
)
from sockrig_wire.model.flows import Role, Sample, TcpInfo

SAMPLE = Sample(
    flow="bulk",
    role=Role.SOURCE,
    worker=1,
    at_seconds=2.0,
    interval_seconds=1.0,
    bytes=9,
    packets=3,
    tcp_info=TcpInfo(retransmits=2),
)
BODIES = {
    "step_started": StepStarted(0, 2, "bulk\nor not"),
    "phase": PhaseReached("running", ("a",), 2.5),
    "sample": FlowProgress("a", "b", SAMPLE),
    "reach_progress": ReachProgress(3, 24),
    "search_trial": SearchTrial(
        number=1, most_trials=9, bits_per_second=1e6, packets_per_second=1e3, duration_seconds=2, loss_ratio=0
    ),
    "step_finished": StepFinished(0, "bulk", "passed", "1 flow"),
    "notice": Notice("warning", "agent b is slow"),
}


def told(body):
    line = event_line(WatchRunResponse(1.5, body))
    assert "\n" not in line
    return json.loads(line)


@pytest.mark.parametrize("kind", BODIES)
def test_every_event_says_its_kind_and_its_time(kind):
    event = told(BODIES[kind])
    assert (event["event"], event["at_seconds"]) == (kind, 1.5)


def test_a_sample_says_of_whom_it_is():
    event = told(BODIES["sample"])
    assert (event["agent"], event["peer"], event["role"], event["worker"]) == ("a", "b", "source", 1)
    assert (event["flow_at_seconds"], event["bytes"], event["tcp_info"]["retransmits"]) == (2.0, 9, 2)


def test_how_long_a_phase_lasts_is_null_where_nobody_knows():
    assert told(PhaseReached("prepare"))["lasts_seconds"] is None


def test_parts_of_the_result_are_no_lines():
    assert event_line(WatchRunResponse(1.0, ResultPart(b"{}", last=True))) is None


def test_the_last_line_is_the_whole_result():
    run = run_of_everything()
    line = result_line(run)
    assert "\n" not in line
    event = json.loads(line)
    assert event["event"] == "result"
    assert from_json(json.dumps(event["result"])) == from_json(to_json(run))


def test_the_schema_describes_every_key_of_every_event():
    schema = event_json_schema()
    kinds = {name: part for name, part in schema["$defs"].items() if "event" in part.get("properties", {})}
    assert {part["properties"]["event"]["const"] for part in kinds.values()} == {*BODIES, "result"}
    for part in kinds.values():
        assert all("description" in key for key in part["properties"].values())
        assert set(part["required"]) == set(part["properties"])
