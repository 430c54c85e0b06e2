"""An agent or a worker that goes in mid-run: the run ends soon, says who it was, and keeps what came."""

import json
import os
import signal
import time

import pytest
from tests.integration.faults.scenarios import SLOW, stream
from tests.processes import descendants, eventually, running_command

DEGRADED, CANNOT_RUN = 3, 4
SILENCE_SECONDS = 5.0
"""After which a controller gives up an agent that answers no heartbeat."""


@pytest.fixture
def run(a, b, tmp_path):
    """Starts a run of a scenario over both agents."""

    def start(scenario):
        path = tmp_path / "scenario.yaml"
        path.write_text(scenario)
        return running_command("run", str(path), "--json", a.option, b.option, folder=tmp_path)

    return start


def verdicts(result):
    return {agent["name"]: agent["verdict"] for agent in result["agents"]}


def some_seconds_in():
    """Long enough for samples to come."""
    time.sleep(1.5)


@pytest.mark.parametrize("kind", ["tcp-stream", "udp-stream", "tcp-rr"])
@pytest.mark.parametrize("victim", ["a", "b"])
def test_a_run_whose_agent_is_killed_ends_soon_and_keeps_what_came(a, b, run, kind, victim):
    lost, left = (a, b) if victim == "a" else (b, a)
    with run(stream(kind, seconds=60, settings=SLOW if kind != "tcp-rr" else "")) as command:
        command.wait_for("running")
        some_seconds_in()
        family = descendants(lost.pid)

        lost.process.kill()

        assert command.exit_code(within_seconds=15) == DEGRADED
        result = json.loads(command.stdout)
        assert left.holds_nothing()
    assert result["verdict"] == "degraded"
    assert verdicts(result) == {lost.name: "degraded", left.name: "passed"}
    assert f"agent {lost.name} is lost" in command.stderr
    flow = result["steps"][0]["flows"][0]
    assert any(f" {lost.name} " in problem for problem in flow["problems"]), flow["problems"]
    assert flow["intervals"]
    assert eventually(lambda: not any(one.alive for one in family), within_seconds=5), "workers go with their agent"


def test_an_agent_that_is_killed_while_the_run_is_being_prepared_is_named(a, b, run):
    with run(stream("tcp-stream", seconds=60, workers=32)) as command:
        command.wait_for("prepare")
        b.process.kill()

        assert command.exit_code(within_seconds=15) == CANNOT_RUN
        result = json.loads(command.stdout)
        assert a.holds_nothing()
    assert verdicts(result) == {"a": "passed", "b": "degraded"}
    assert "agent b" in result["steps"][0]["problem"]
    assert not result["steps"][0]["flows"], "nothing was started"


@pytest.mark.slow
def test_an_agent_that_falls_silent_is_given_up_and_closes_all_when_it_wakes(a, b, run):
    with run(stream("udp-stream", seconds=60, settings=SLOW)) as command:
        command.wait_for("running")
        some_seconds_in()
        os.kill(b.pid, signal.SIGSTOP)
        stopped_at = time.monotonic()
        try:
            assert command.exit_code(within_seconds=SILENCE_SECONDS + 10) == DEGRADED
            result = json.loads(command.stdout)
            assert a.holds_nothing()
            time.sleep(max(0.0, stopped_at + 10 - time.monotonic()))
        finally:
            os.kill(b.pid, signal.SIGCONT)

        assert eventually(b.holds_nothing, within_seconds=3)
    assert verdicts(result) == {"a": "passed", "b": "degraded"}
    assert "agent b is lost: it has been silent" in command.stderr


def test_a_worker_that_is_killed_is_in_the_result_and_the_agent_lives(a, b, run, tmp_path):
    with run(stream("udp-stream", seconds=2, workers=2, settings=SLOW)) as command:
        command.wait_for("running")
        (victim, _) = a.workers()
        os.kill(victim.pid, signal.SIGKILL)

        assert command.exit_code(within_seconds=20) == DEGRADED
        result = json.loads(command.stdout)
    (problem,) = result["steps"][0]["flows"][0]["problems"]
    assert "the worker process was killed by SIGKILL" in problem
    assert problem.startswith("source a worker ")
    assert result["steps"][0]["flows"][0]["received"]["bytes"] > 0
    assert verdicts(result) == {"a": "passed", "b": "passed"}
    assert a.holds_nothing()
    assert b.holds_nothing()

    with run(stream("tcp-stream", seconds=0.2)) as command:
        assert command.exit_code() == 0, command.stderr


def test_a_fork_server_that_is_killed_costs_no_more_than_the_run(a, b, run):
    with run(stream("tcp-stream", seconds=0.2)) as command:
        assert command.exit_code() == 0, command.stderr
    for helper in descendants(a.pid):
        os.kill(helper.pid, signal.SIGKILL)

    with run(stream("tcp-stream", seconds=0.2)) as command:
        first = command.exit_code()
    with run(stream("tcp-stream", seconds=0.2)) as command:
        assert command.exit_code() == 0, command.stderr
    assert first in {0, CANNOT_RUN}
    assert a.alive
