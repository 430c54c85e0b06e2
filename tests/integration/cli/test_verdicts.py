"""What a command says and exits with when a scenario has run."""

import json
import signal

import pytest
from tests.processes import running_agent, running_command

ECHO = """\
scenario: echo
agents: {server: {names: [a]}, client: {names: [b]}}
vars: {words: hello}
steps:
  - name: there and back
    sockets:
      - {on: server, open: udp, bind: ":0", as: inbox}
      - {on: client, open: udp, as: outbox}
      - {send: "$words", from: outbox, to: inbox}
      - {receive: inbox, expect: hello, timeout: 2s}
"""
FLOW = """\
scenario: flow
agents: {source: {names: [a]}, sink: {names: [b]}}
steps:
  - name: bulk
    flow: {kind: tcp-stream, from: source, to: sink, duration: 300ms}
    expect: [throughput >= %s]
"""


@pytest.fixture
def echo(tmp_path):
    (tmp_path / "echo.yaml").write_text(ECHO)
    return "echo.yaml"


def test_a_run_that_passed_exits_with_0_and_tells_it_in_plain_lines(sockrig, echo, over_agents):
    ended = sockrig("run", echo, *over_agents)
    assert ended.exit_code == 0
    assert ended.stdout.startswith("run passed: echo")
    assert "step 1 of 1: there and back" in ended.stderr
    assert "passed: there and back" in ended.stderr
    assert "\x1b" not in ended.stdout + ended.stderr


def test_json_is_one_document_on_stdout_and_nothing_else_there(sockrig, echo, over_agents):
    ended = sockrig("run", echo, "--json", *over_agents)
    result = json.loads(ended.stdout)
    assert ended.exit_code == 0
    assert result["verdict"] == "passed"
    assert [agent["name"] for agent in result["agents"]] == ["a", "b"]
    assert len(result["steps"][0]["sockets"]) == 4


def test_quiet_says_nothing_on_stderr(sockrig, echo, over_agents):
    ended = sockrig("run", echo, "--quiet", *over_agents)
    assert ended.stderr == ""
    assert ended.stdout.startswith("run passed")


def test_a_call_that_brings_something_else_exits_with_1(sockrig, echo, over_agents):
    ended = sockrig("run", echo, "--var", "words=goodbye", *over_agents)
    assert ended.exit_code == 1
    assert ended.stdout.startswith("run failed")
    assert "goodbye" in ended.stdout


def test_an_expectation_that_is_not_met_exits_with_1_and_says_what_was_measured(sockrig, over_agents):
    ended = sockrig("run", "-", *over_agents, stdin=(FLOW % "900000 Gbit/s").encode())
    assert ended.exit_code == 1
    assert "expectation failed: throughput >= 900000 Gbit/s, measured" in ended.stdout


def test_an_agent_that_dies_while_traffic_flows_exits_with_3_and_keeps_the_rest(tmp_path):
    scenario = tmp_path / "incast.yaml"
    scenario.write_text(
        "scenario: incast\nagents: {sink: {names: [a]}, sources: {names: [b, c]}}\nrequire: 2\nsteps:\n"
        "  - {name: load, flow: {kind: tcp-stream, from: sources, to: sink, duration: 3s, rate: 1 Mbit/s}}\n"
    )
    with (
        running_agent("a", tmp_path) as a,
        running_agent("b", tmp_path) as b,
        running_agent("c", tmp_path) as c,
        running_command("run", str(scenario), "--json", a.option, b.option, c.option, folder=tmp_path) as command,
    ):
        command.wait_for("running for")
        c.process.send_signal(signal.SIGKILL)
        assert command.exit_code() == 3
        result = json.loads(command.stdout)
    assert result["verdict"] == "degraded"
    assert {agent["name"]: agent["verdict"] for agent in result["agents"]} == {
        "a": "passed",
        "b": "passed",
        "c": "degraded",
    }


def test_one_line_commands_carry_their_kind_of_traffic(sockrig, over_agents):
    for command, kind in (("tcp", "tcp-stream"), ("udp", "udp-stream"), ("rr", "tcp-rr"), ("connect", "tcp-connect")):
        ended = sockrig(command, "a", "b", "--duration", "200ms", "--json", "--quiet", *over_agents)
        assert ended.exit_code == 0
        (flow,) = json.loads(ended.stdout)["steps"][0]["flows"]
        assert (flow["kind"], flow["source"], flow["destination"]) == (kind, "a", "b")
        assert flow["received"]["bytes"] > 0


def test_hosts_shows_every_agent_and_exits_with_0_if_all_are_ready(sockrig, over_agents):
    ended = sockrig("hosts", *over_agents)
    assert ended.exit_code == 0
    assert [line.split()[:2] for line in ended.stdout.splitlines() if "ready" in line] == [
        ["a", "ready"],
        ["b", "ready"],
    ]
    statuses = json.loads(sockrig("hosts", "--json", *over_agents).stdout)
    assert [status["name"] for status in statuses] == ["a", "b"]


def test_the_demo_runs_with_no_set_up(sockrig):
    ended = sockrig("demo", "--var", "seconds=300ms")
    assert ended.exit_code == 0
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("Three agents on this machine")
    assert lines[1].startswith("run passed: demo")
    assert lines[-2].startswith("What next")
    assert json.loads(sockrig("demo", "--var", "seconds=300ms", "--json").stdout)["verdict"] == "passed"
