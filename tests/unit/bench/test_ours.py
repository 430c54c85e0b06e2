"""Sockrig as a tool among others: the scenarios that it is given, and the figures out of its result documents."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.bench import ours
from tests.bench.gaps import p99_gap_error_seconds
from tests.bench.measurement import UnreadableError
from tests.bench.ours import Ours, reading_of
from tests.bench.rows import ROWS

from sockrig.results.document import to_json
from sockrig.results.model.flow import CpuResult, FlowResult, Traffic
from sockrig.results.model.run import RunResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.flow import Flow
from sockrig.scenario.loader import load_scenario

STREAM = Ours(kind="udp-stream", read=ours.packet_rate)
CPU = CpuResult(user_seconds=0.25, system_seconds=0.5, waited_seconds=9.0, wall_seconds=2.0, busy_ratio=0.4)
FLOW = FlowResult(
    name="bench",
    group="",
    kind="udp-stream",
    source="sender",
    destination="receiver",
    mode="parallel",
    workers=1,
    duration_seconds=2.0,
    sent=Traffic(bytes=64_000, packets=1000, bits_per_second=256_000.0, packets_per_second=500.0),
    received=Traffic(bytes=57_600, packets=900, bits_per_second=230_400.0, packets_per_second=450.0),
    loss_ratio=0.1,
    bound="cpu",
    limited_by="receiver cpu",
    offloads=("gro", "gso"),
    sender_cpu=CPU,
    receiver_cpu=CPU,
)


def document(verdict=Verdict.PASSED, flow=FLOW, problem=None):
    step = StepResult(name="bench", verdict=verdict, flows=(flow,), problem=problem)
    run = RunResult(
        run_id="1",
        name="bench",
        verdict=verdict,
        started_at=datetime(2024, 1, 1, tzinfo=UTC),
        duration_seconds=2.0,
        steps=(step,),
    )
    return to_json(run)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_every_rows_scenario_can_be_loaded(row):
    way = row.ours if "poll" in Flow.model_fields else replace(row.ours, poll="")

    scenario = load_scenario(way.scenario(3), file_name="bench")

    assert scenario.scenario.steps[0].flows[0].duration == 3.0


def test_wishes_that_were_not_made_are_left_to_the_defaults():
    flow = json.loads(STREAM.scenario(2))["steps"][0]["flow"]

    assert flow == {"kind": "udp-stream", "from": "sender", "to": "receiver", "duration": "2s"}


def test_the_figure_comes_with_bytes_cpu_of_both_ends_and_what_held_it_back():
    reading = reading_of(document(), STREAM)

    assert (reading.value, reading.carried_bytes, reading.cpu_seconds) == (450.0, 57_600, 1.5)
    assert (reading.bound, reading.limited_by, reading.offloads) == ("cpu", "receiver cpu", ("gro", "gso"))
    assert reading.remark == "10% lost"


def test_a_rate_is_judged_by_what_was_sent():
    way = replace(STREAM, read=ours.rate_error(400))

    assert reading_of(document(), way).value == pytest.approx(0.25)


def test_a_run_that_did_not_pass_has_no_figure_but_a_reason():
    with pytest.raises(UnreadableError, match="degraded: a worker died"):
        reading_of(document(Verdict.DEGRADED, problem="a worker died"), STREAM)


def test_a_figure_that_the_flow_does_not_have_is_not_invented():
    with pytest.raises(UnreadableError, match="no such figure"):
        reading_of(document(), replace(STREAM, read=ours.round_trip))


def test_words_in_place_of_a_document_are_told():
    with pytest.raises(UnreadableError, match="a banner"):
        reading_of("a banner", STREAM)


def test_the_error_of_gaps_is_against_the_rate_and_in_either_direction():
    gaps = [1000] * 98 + [1300, 400]

    assert p99_gap_error_seconds("ready\n" + json.dumps({"gaps_nanoseconds": gaps}), 1_000_000) == 300e-9


def test_a_witness_that_saw_nothing_proves_nothing():
    with pytest.raises(UnreadableError):
        p99_gap_error_seconds('ready\n{"gaps_nanoseconds": []}', 1000)
