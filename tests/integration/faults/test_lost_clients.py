"""A client that goes, in whatever way, leaves nothing behind on the agents."""

import signal
import subprocess
import sys
import time

import pytest
from tests.integration.faults.scenarios import SLOW, stream
from tests.processes import descendants, eventually, running_command

GRACE_SECONDS = 10.0
CLOSING_SECONDS = 4.0
"""For noticing and closing, beyond the grace."""

HOLDS_SOCKETS = """
import sys, time
from sockrig import Rig
with Rig.agents({"a": sys.argv[1], "b": sys.argv[2]}) as rig:
    a, b = rig.hosts
    door = a.create_server(("", 0))
    line = b.create_connection(door.getsockname())
    guest, _ = door.accept()
    inbox = b.socket(type=2)
    print("open", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "stream.yaml"
    path.write_text(stream("udp-stream", seconds=60, workers=2, settings=SLOW))
    return str(path)


@pytest.mark.slow
def test_of_clients_that_are_killed_nothing_is_left_after_the_grace_and_the_agents_serve_the_next(
    a, b, scenario, tmp_path
):
    program = [sys.executable, "-c", HOLDS_SOCKETS, a.address, b.address]
    with (
        running_command("run", scenario, a.option, b.option, folder=tmp_path) as command,
        subprocess.Popen(program, stdout=subprocess.PIPE) as client,
    ):
        command.wait_for("running")
        assert client.stdout.readline() == b"open\n"
        for agent in (a, b):
            assert len(agent.workers()) == 2
            assert {one.protocol for one in agent.sockets()} >= {"tcp", "udp"}

        command.process.kill()
        client.kill()
        killed_at = time.monotonic()
        time.sleep(1)
        assert a.workers(), "the grace has its meaning: a session may come back"

        for agent in (a, b):
            left = killed_at + GRACE_SECONDS + CLOSING_SECONDS - time.monotonic()
            assert eventually(agent.holds_nothing, within_seconds=left), agent.log
            closed = [line for line in agent.log.splitlines() if "run closed" in line]
            assert len(closed) == 2
            for line in closed:
                assert "ended and was not resumed within its grace of 10 s" in line

    again = ("tcp", "a", "b", "--duration", "200ms", a.option, b.option)
    with running_command(*again, folder=tmp_path) as command:
        assert command.exit_code() == 0, command.stderr


def test_of_a_killed_client_with_local_agents_no_process_is_left(scenario, tmp_path):
    with running_command("run", scenario, "--local", "2", folder=tmp_path) as command:
        command.wait_for("running")
        family = descendants(command.pid)
        assert len(family) >= 2 * (1 + 1 + 2), "agents, their fork servers, their workers"

        command.process.kill()

        assert eventually(lambda: not any(one.alive for one in family), within_seconds=8)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("phase", ["prepare", "running"])
def test_an_interrupted_run_has_ended_on_every_agent_before_the_prompt_returns(a, b, scenario, tmp_path, phase, number):
    with running_command("run", scenario, a.option, b.option, folder=tmp_path) as command:
        command.wait_for(phase)

        command.process.send_signal(number)

        assert command.exit_code(within_seconds=10) == 130
        assert a.holds_nothing()
        assert b.holds_nothing()
        assert "Traceback" not in command.stderr
    for agent in (a, b):
        (closed,) = [line for line in agent.log.splitlines() if "run closed" in line]
        assert "its controller closed it" in closed


def test_an_interrupted_run_with_local_agents_leaves_no_process(scenario, tmp_path):
    with running_command("run", scenario, "--local", "2", folder=tmp_path) as command:
        command.wait_for("running")
        family = descendants(command.pid)

        command.process.send_signal(signal.SIGINT)

        assert command.exit_code(within_seconds=10) == 130
        assert eventually(lambda: not any(one.alive for one in family), within_seconds=2)
