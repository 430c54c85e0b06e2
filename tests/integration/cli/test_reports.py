"""What a run leaves behind: files, and lines while it lasts."""

import csv
import json
import xml.etree.ElementTree as ET
from io import StringIO

import pytest

FLOW = """\
scenario: flow
agents: {source: {names: [a]}, sink: {names: [b]}}
steps:
  - name: bulk
    flow: {kind: tcp-stream, from: source, to: sink, duration: 400ms, interval: 100ms}
  - name: asking
    flow: {kind: udp-rr, from: source, to: sink, duration: 300ms, interval: 100ms}
"""


@pytest.fixture
def flow(tmp_path):
    (tmp_path / "flow.yaml").write_text(FLOW)
    return "flow.yaml"


def test_every_report_is_written_beside_the_one_on_stdout(sockrig, flow, over_agents, tmp_path):
    files = ("--junit", "out.xml", "--csv", "out.csv", "--csv-intervals", "course.csv", "--html", "out.html")
    ended = sockrig("run", flow, *files, *over_agents)
    assert ended.exit_code == 0, ended.stderr
    assert ended.stdout.startswith("run passed: flow")
    assert ET.parse(tmp_path / "out.xml").getroot().tag == "testsuites"
    assert len(list(csv.reader((tmp_path / "out.csv").read_text().splitlines()))) == 3
    assert len(list(csv.reader((tmp_path / "course.csv").read_text().splitlines()))) > 5
    page = (tmp_path / "out.html").read_text()
    assert FLOW.splitlines()[0] in page, "the scenario is on its page"
    assert "Percentiles of the round trip" in page, "what percentiles come from has come from the controller"
    assert {path.name for path in tmp_path.iterdir()} == {"flow.yaml", "out.xml", "out.csv", "course.csv", "out.html"}


def test_a_report_that_could_not_be_written_ends_the_command_before_the_run(sockrig, flow, over_agents):
    ended = sockrig("run", flow, "--junit", "nowhere/out.xml", *over_agents)
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert "nowhere/out.xml: --junit: there is no folder" in ended.stderr
    assert "step" not in ended.stderr


@pytest.mark.parametrize("option", ["--html", "--junit", "--csv", "--csv-intervals"])
def test_a_dash_puts_one_report_on_stdout_and_nothing_else(sockrig, flow, over_agents, option):
    ended = sockrig("run", flow, option, "-", *over_agents)
    assert ended.exit_code == 0
    begins = {"--html": "<!doctype html>", "--junit": "<?xml", "--csv": "run_id,run", "--csv-intervals": "run_id,step"}
    assert ended.stdout.lstrip().startswith(begins[option])
    assert "run passed" not in ended.stdout


def test_events_are_lines_of_json_and_the_last_is_the_result(sockrig, flow, over_agents):
    ended = sockrig("run", flow, "--ndjson", *over_agents)
    assert ended.exit_code == 0
    events = [json.loads(line) for line in StringIO(ended.stdout)]
    kinds = [event["event"] for event in events]
    assert kinds[0] == "step_started"
    assert kinds[-1] == "result"
    assert kinds.count("result") == 1
    assert {"phase", "sample", "step_finished"} <= set(kinds)
    times = [event["at_seconds"] for event in events[:-1]]
    assert times == sorted(times)
    assert events[-1]["result"]["verdict"] == "passed"
    assert events[-1]["result"]["scenario_text"] == FLOW


def test_events_of_a_run_that_cannot_be_carried_out_have_no_result(sockrig, flow):
    ended = sockrig("run", flow, "--ndjson", "--agent", "a=127.0.0.1:1", "--agent", "b=127.0.0.1:1")
    assert ended.exit_code == 4
    assert "result" not in ended.stdout


def test_a_terminal_without_unicode_is_told_the_same(sockrig, flow, over_agents):
    ended = sockrig("run", flow, *over_agents, environment={"PYTHONIOENCODING": "ascii"})
    assert ended.exit_code == 0
    assert "run passed" in ended.stdout
    assert ended.stdout.isascii()


def test_the_schema_of_an_event_is_printed(sockrig):
    ended = sockrig("schema", "event")
    assert ended.exit_code == 0
    assert "oneOf" in json.loads(ended.stdout)
