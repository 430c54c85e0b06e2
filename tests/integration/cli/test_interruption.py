"""Ctrl-C and SIGTERM in the middle of things: everything is closed before the prompt returns."""

import signal

import pytest
from tests.processes import descendants, eventually, running_command


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_its_local_agents_and_their_workers(tmp_path, number):
    with running_command("tcp", "local-1", "local-2", "--local=2", "--duration=60s", folder=tmp_path) as command:
        command.wait_for("running for")
        family = descendants(command.pid)
        command.process.send_signal(number)
        assert command.exit_code() == 130
    assert len(family) >= 4, "two agents with a worker each"
    assert eventually(lambda: not any(one.alive for one in family), within_seconds=5)
    assert "stopping on every agent" in command.stderr
    assert command.stderr.endswith("sockrig: interrupted\n")
    assert "Traceback" not in command.stderr
    assert command.stdout == ""


def test_an_interrupted_run_leaves_nothing_on_agents_that_go_on(tmp_path, agents, over_agents):
    with running_command(
        "udp", "a", "b", "--workers=2", "--rate=1 Mbit/s", "--duration=60s", *over_agents, folder=tmp_path
    ) as command:
        command.wait_for("running for")
        assert sum(len(agent.workers()) for agent in agents) == 4
        command.process.send_signal(signal.SIGINT)
        assert command.exit_code() == 130
        assert all(agent.holds_nothing() for agent in agents), "closed before the prompt returns"
    assert "stopped: 4 workers and 0 sockets closed" in command.stderr


def test_an_interrupt_while_agents_start_leaves_none(tmp_path):
    with running_command("tcp", "local-1", "local-2", "--local=2", folder=tmp_path) as command:
        command.wait_for("starting 2 agents")
        assert eventually(lambda: descendants(command.pid), within_seconds=10)
        family = descendants(command.pid)
        command.process.send_signal(signal.SIGINT)
        assert command.exit_code() == 130
    assert eventually(lambda: not any(one.alive for one in family), within_seconds=5)
    assert "Traceback" not in command.stderr


def test_the_second_interrupt_ends_the_command_at_once(tmp_path, agents, over_agents):
    with running_command(
        "tcp", "a", "b", "--duration=60s", "--rate=1 Mbit/s", *over_agents, folder=tmp_path
    ) as command:
        command.wait_for("running for")
        agents[0].process.send_signal(signal.SIGSTOP)  # so that its answer to the first is waited for
        try:
            command.process.send_signal(signal.SIGINT)
            command.wait_for("stopping on every agent")
            command.process.send_signal(signal.SIGINT)
            assert command.exit_code() == 130
        finally:
            agents[0].process.send_signal(signal.SIGCONT)
    assert "sockrig: interrupted" not in command.stderr, "it did not wait"
    assert all(eventually(agent.holds_nothing, within_seconds=30) for agent in agents)


def test_listening_ends_with_an_interrupt(tmp_path, agents, over_agents):
    with running_command("listen", "a", ":0", *over_agents, folder=tmp_path) as command:
        command.wait_for("listening on 127.0.0.2:")
        command.process.send_signal(signal.SIGINT)
        assert command.exit_code() == 130
        assert all(agent.holds_nothing() for agent in agents)
