"""Agents that stop or go between and within steps: nothing waits for ever, and whoever it was is named."""

import json
import os
import signal
from contextlib import contextmanager

import pytest
from tests.integration.faults.scenarios import SLOW
from tests.processes import running_command

from sockrig.orchestration.timing import PREPARE_TIMEOUT_SECONDS

PASSED, FAILED, DEGRADED, CANNOT_RUN = 0, 1, 3, 4
HEAD = "scenario: disturbed\nagents: {a: {names: [a]}, b: {names: [b]}}\n"
STREAM = f"flow: {{kind: udp-stream, from: a, to: b, duration: 60s{SLOW}}}"
SHORT = "flow: {kind: tcp-rr, from: a, to: b, duration: 200ms}"
IMPOSSIBLE = "flow: {kind: tcp-rr, from: a, to: b, duration: 200ms, device: nowhere0}"


@pytest.fixture
def run(a, b, tmp_path):
    """Starts a run of these steps over both agents."""

    def start(steps, head=HEAD):
        path = tmp_path / "scenario.yaml"
        path.write_text(f"{head}steps:\n{steps}")
        return running_command("run", str(path), "--json", a.option, b.option, folder=tmp_path)

    return start


@contextmanager
def stopped(agent):
    """The agent does not run within the block."""
    os.kill(agent.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(agent.pid, signal.SIGCONT)


def outcome(command):
    """The exit code and the result document."""
    code = command.exit_code(within_seconds=40)
    return code, json.loads(command.stdout)


def told(result):
    return [(step["name"], step["verdict"]) for step in result["steps"]]


def test_no_step_is_prepared_for_ever_with_an_agent_that_stands_still(a, b, run):
    with run(f"  - sleep: 2s\n  - {{name: go, {SHORT}}}\n") as command:
        command.wait_for("sleep for")
        with stopped(b):
            code, result = outcome(command)
        assert a.holds_nothing()
    assert code == CANNOT_RUN
    (_, step) = result["steps"]
    assert (step["verdict"], step["flows"]) == ("error", [])
    assert "agent b" in step["problem"] or ": b" in step["problem"], step["problem"]
    assert step["duration_seconds"] < PREPARE_TIMEOUT_SECONDS + 5


def test_an_agent_that_dies_in_prepare_aborts_the_step_before_its_timeout(b, run):
    step = "flow: {kind: tcp-stream, from: a, to: b, workers: 32, duration: 60s}"
    with run(f"  - {{name: go, {step}}}\n") as command:
        command.wait_for("prepare")
        b.process.kill()
        code, result = outcome(command)
    assert code == CANNOT_RUN
    assert "agent b" in result["steps"][0]["problem"]
    assert result["steps"][0]["duration_seconds"] < PREPARE_TIMEOUT_SECONDS


def test_a_barrier_names_who_does_not_answer_in_time(b, run):
    with run("  - sleep: 2s\n  - {barrier: all, timeout: 1s}\n  - sleep: 1s\n") as command:
        command.wait_for("sleep for")
        with stopped(b):
            code, result = outcome(command)
    assert code == CANNOT_RUN
    assert told(result) == [("sleep 2 s", "passed"), ("barrier", "error")]
    assert result["steps"][1]["problem"].startswith("not answering within 1 s: b")
    assert result["notices"] == ["the run ended with barrier (error); not carried out: sleep 1 s"]


@pytest.mark.slow
def test_no_barrier_waits_longer_than_an_agent_is_silent(b, run):
    with run("  - sleep: 2s\n  - {barrier: b, timeout: 1h}\n") as command:
        command.wait_for("sleep for")
        with stopped(b):
            code, result = outcome(command)
    assert code == CANNOT_RUN
    assert "agent b" in result["steps"][1]["problem"]


def test_a_sleep_ends_when_too_few_agents_are_left(b, run):
    with run("  - sleep: 1m\n  - sleep: 1s\n") as command:
        command.wait_for("sleep for")
        b.process.kill()
        code, result = outcome(command)
    assert code == DEGRADED
    assert told(result) == [("sleep 60 s", "degraded")]
    assert result["notices"] == ["too few agents were left; not carried out: sleep 1 s"]


def test_a_run_that_may_lose_an_agent_goes_on_and_its_barrier_says_who_is_gone(b, run):
    steps = "  - sleep: 2s\n  - barrier:\n  - sleep: 10ms\n"
    with run(steps, head=f"{HEAD}require: 1\n") as command:
        command.wait_for("sleep for")
        b.process.kill()
        code, result = outcome(command)
    assert code == DEGRADED
    assert told(result) == [("sleep 2 s", "passed"), ("barrier", "degraded"), ("sleep 10 ms", "passed")]
    assert result["steps"][1]["problem"] == "lost before: b"


@pytest.mark.slow
def test_a_step_ends_at_its_deadline_and_keeps_what_it_measured(a, b, run):
    with run(f"  - {{name: long, deadline: 8s, {STREAM}}}\n") as command:
        code, result = outcome(command)
        assert a.holds_nothing()
        assert b.holds_nothing()
    assert code == CANNOT_RUN
    (step,) = result["steps"]
    assert step["verdict"] == "error"
    assert "the deadline of long is 8 s" in step["problem"]
    assert step["flows"][0]["received"]["bytes"] > 0
    assert step["flows"][0]["duration_seconds"] < 60


def test_the_deadline_of_a_group_ends_what_is_in_it_and_the_run_may_go_on(run):
    group = "  - name: all\n    deadline: 3s\n    continue-on-failure: true\n    steps:\n"
    with run(f"{group}      - {{name: long, {STREAM}}}\n      - sleep: 1s\n  - {{name: after, {SHORT}}}\n") as command:
        code, result = outcome(command)
    assert code == CANNOT_RUN
    assert told(result) == [("all / long", "error"), ("after", "passed")]
    assert "the deadline of all is 3 s" in result["steps"][0]["problem"]


def test_an_error_ends_the_run_unless_it_is_to_go_on(run):
    steps = f"  - {{name: bad, {IMPOSSIBLE}}}\n  - {{name: after, {SHORT}}}\n"
    with run(steps) as command:
        code, result = outcome(command)
    assert (code, told(result)) == (CANNOT_RUN, [("bad", "error")])
    assert result["notices"] == ["the run ended with bad (error); not carried out: after"]
    with run(steps, head=f"{HEAD}continue-on-failure: true\n") as command:
        code, result = outcome(command)
    assert (code, told(result)) == (CANNOT_RUN, [("bad", "error"), ("after", "passed")])
    assert result["notices"] == []


def test_an_expectation_that_fails_ends_the_run_only_where_it_is_not_to_go_on(run):
    steps = f"  - {{name: bad, {SHORT}, expect: rtt < 1 ns}}\n  - {{name: after, {SHORT}}}\n"
    with run(steps) as command:
        assert told(outcome(command)[1]) == [("bad", "failed"), ("after", "passed")]
    with run(steps, head=f"{HEAD}continue-on-failure: false\n") as command:
        code, result = outcome(command)
    assert (code, told(result)) == (FAILED, [("bad", "failed")])


def test_flows_of_a_step_that_failed_do_not_go_on_beside_the_next(a, b, run):
    flow = "kind: udp-stream, from: a, to: b, duration: 1s"
    flows = f"[{{{flow}, device: nowhere0}}, {{{flow}}}]"
    with run(f"  - {{name: bad, continue-on-failure: true, flow: {flows}}}\n  - sleep: 4s\n") as command:
        command.wait_for("sleep for")
        command.wait_for("passed: sleep")
        code, _ = outcome(command)
    assert code == CANNOT_RUN
    assert a.holds_nothing()
    assert b.holds_nothing()
