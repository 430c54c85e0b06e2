"""The result document as JSON, and back."""

import json
from datetime import UTC, datetime

import pytest

from sockrig.results.document import from_json, json_schema, to_json, to_json_with_histograms
from sockrig.results.merging import FlowFacts, flow_result
from sockrig.results.model.run import AgentResult, RunResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig_wire.errors import UsageError
from sockrig_wire.model.flows import FlowSpec, Histogram, Mode, Role, TcpInfo, WorkerResult

FLOW = flow_result(
    FlowFacts(
        name="flow",
        group="",
        kind="tcp-rr",
        source="a",
        destination="b",
        mode=Mode.CONCURRENT,
        workers=1,
        spec=FlowSpec(name="flow", kind="tcp-rr", duration_seconds=1.0),
        clock_uncertainty_seconds=None,
    ),
    [
        WorkerResult(
            flow="flow",
            role=Role.SOURCE,
            worker=0,
            started_at_nanoseconds=0,
            finished_at_nanoseconds=0,
            window_seconds=1.0,
            transactions=3,
            histograms=(Histogram("round_trip", (1000,), (3,), 1000, 1000, 3000.0),),
            tcp_info=TcpInfo(retransmits=1),
        )
    ],
)

RUN = RunResult(
    run_id="r1",
    name="example",
    verdict=Verdict.DEGRADED,
    started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    duration_seconds=2.5,
    agents=(AgentResult(name="a", agent_id="id", version="0.1.0", verdict=Verdict.PASSED),),
    steps=(StepResult(name="one", verdict=Verdict.DEGRADED, flows=(FLOW,)),),
)


def test_the_document_holds_every_key_and_null_where_a_figure_does_not_apply():
    document = json.loads(to_json(RUN))
    assert set(document) >= {
        "run_id",
        "name",
        "verdict",
        "started_at",
        "duration_seconds",
        "agents",
        "start_skew_seconds",
        "steps",
    }
    assert document["started_at"] == "2026-01-02T03:04:05Z"
    assert document["verdict"] == "degraded"
    assert set(document["agents"][0]) >= {
        "name",
        "agent_id",
        "version",
        "verdict",
        "clock_offset_seconds",
        "clock_uncertainty_seconds",
    }
    (step,) = document["steps"]
    assert set(step) >= {"name", "verdict", "flows", "reach", "sockets", "expectations"}
    (flow,) = step["flows"]
    assert set(flow) >= {
        "name",
        "kind",
        "source",
        "destination",
        "mode",
        "workers",
        "duration_seconds",
        "sent",
        "received",
        "lost_packets",
        "loss_ratio",
        "duplicate_packets",
        "reordered_packets",
        "jitter_seconds",
        "one_way_delay",
        "round_trip",
        "transactions_per_second",
        "connections_per_second",
        "retransmits",
        "limited_by",
        "offloads",
        "sender_cpu",
        "receiver_cpu",
        "intervals",
    }
    assert set(flow["sent"]) == {"bytes", "packets", "bits_per_second", "packets_per_second"}
    figures = ("min", "p50", "p90", "p99", "p999", "max", "uncertainty")
    assert set(flow["round_trip"]) >= {f"{figure}_seconds" for figure in figures}
    assert flow["received"] is None
    assert flow["jitter_seconds"] is None
    assert flow["transactions_per_second"] == 3.0
    assert flow["mode"] == "concurrent"
    assert flow["definitions"]["round_trip"] == "rfc2681-from-intended-send"


def test_histograms_stay_out_of_the_document():
    assert FLOW.histograms
    assert "histograms" not in json.loads(to_json(RUN))["steps"][0]["flows"][0]


def test_a_document_that_was_read_is_written_as_it_was():
    assert to_json(from_json(to_json(RUN))) == to_json(RUN)


def test_keys_of_a_later_version_are_passed_over():
    document = json.loads(to_json(RUN)) | {"weather": "fair"}
    assert from_json(json.dumps(document)).run_id == "r1"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"run_id": 7}', "not json"])
def test_what_is_no_document_is_refused_in_words(text):
    with pytest.raises(UsageError, match="this is not a result document"):
        from_json(text)


def test_the_schema_describes_every_key_and_requires_it():
    schema = json_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    parts = [schema, *schema["$defs"].values()]
    assert len(parts) > 10
    for part in parts:
        assert part.get("description")
        if part.get("title") not in {"TcpInfo", "Verdict", "ReachVerdict"}:
            assert set(part["required"]) == set(part["properties"])
            for key, described in part["properties"].items():
                assert described.get("description"), f"{part['title']}.{key}"
    assert "histograms" not in schema["$defs"]["FlowResult"]["properties"]


def test_histograms_are_in_the_document_only_where_they_are_asked_for():
    assert from_json(to_json(RUN)).steps[0].flows[0].histograms == ()
    assert from_json(to_json_with_histograms(RUN)) == RUN
    assert RUN.steps[0].flows[0].histograms
