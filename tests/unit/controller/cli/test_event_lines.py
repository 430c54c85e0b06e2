"""Events as lines while a run lasts."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from tests.runs import run_of_one_flow

from sockrig.cli import event_lines
from sockrig.cli.event_lines import EventLines
from sockrig_wire.model.controller import FlowProgress, Notice, StepStarted, WatchRunResponse
from sockrig_wire.model.flows import Role, Sample

STARTED = WatchRunResponse(0.5, StepStarted(0, 1, "bulk"))
SAMPLE = WatchRunResponse(
    1.0, FlowProgress("a", "b", Sample(flow="bulk", role=Role.SOURCE, worker=0, at_seconds=1.0, interval_seconds=1.0))
)


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


def read_all(reader, writer):
    os.close(writer)
    return read_until_closed(reader)


def read_until_closed(reader):
    with os.fdopen(os.dup(reader), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_each_event_is_there_as_soon_as_it_happened(pipe):
    reader, writer = pipe
    with EventLines(writer) as lines:
        lines.take(STARTED)
        assert json.loads(os.read(reader, 10_000))["event"] == "step_started"
        lines.take(SAMPLE)
        assert json.loads(os.read(reader, 10_000))["event"] == "sample"


def test_the_result_is_the_last_line(pipe):
    reader, writer = pipe
    with ThreadPoolExecutor(1) as others:
        reading = others.submit(read_until_closed, reader)
        with EventLines(writer) as lines:
            lines.take(STARTED)
            lines.finish(run_of_one_flow())
        os.close(writer)
        events = reading.result(timeout=30)
    assert [event["event"] for event in events] == ["step_started", "result"]


def test_a_slow_reader_costs_samples_and_nothing_else(pipe, monkeypatch):
    monkeypatch.setattr(event_lines, "MOST_WAITING", 3)
    reader, writer = pipe
    lines = EventLines(writer)
    for _ in range(10):
        lines.take(SAMPLE)
    lines.take(WatchRunResponse(2.0, Notice("warning", "slow")))
    with lines:
        pass
    assert [event["event"] for event in read_all(reader, writer)] == ["sample", "sample", "sample", "notice"]


def test_a_reader_that_has_gone_away_is_no_error(pipe):
    reader, writer = pipe
    os.close(reader)
    with EventLines(writer) as lines:
        lines.take(STARTED)
        lines.finish(run_of_one_flow())


def test_after_a_failure_a_stuck_reader_is_not_waited_for(pipe, monkeypatch):
    monkeypatch.setattr(event_lines, "_GIVE_UP_SECONDS", 0.01)
    reader, writer = pipe
    lines = EventLines(writer)

    def fail_after_more_than_a_pipe_holds():
        with lines:
            for _ in range(50):
                lines.finish(run_of_one_flow())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_more_than_a_pipe_holds()
    assert lines._writer.is_alive()
    os.close(reader)
    lines._writer.join(timeout=30)
    assert not lines._writer.is_alive()
