"""Bad input, and what it gets: a clear message, the right exit code, no traceback, nothing left running."""

import socket

import pytest


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tcp", "local-1", "local-2"), "sockrig: no agents are named"),
        (("tcp", "local-1"), "Missing argument"),
        (("run", "-", "--local", "2"), "sockrig: <stdin>:1:1: the file is empty"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_wrong_in_the_asking_exits_with_2_and_starts_nothing(sockrig, arguments, words):
    ended = sockrig(*arguments)
    assert ended.exit_code == 2
    assert words in ended.stderr
    assert ended.stdout == ""


def test_too_few_agents_names_the_role_that_lacks_one(sockrig, over_agents):
    ended = sockrig("run", "demo", *over_agents)
    assert ended.exit_code == 2
    assert "the scenario needs 3 agents, and there are 2: clients lacks 1" in ended.stderr


@pytest.fixture
def dead_port():
    """A port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_dead_agent_in_the_inventory_is_named_and_nothing_runs(sockrig, agents, dead_port, tmp_path):
    inventory = tmp_path / "lab.yaml"
    inventory.write_text(f"agents: {{a: '{agents[0].address}', dead: '127.0.0.1:{dead_port}'}}")
    ended = sockrig("tcp", "a", "dead", "--inventory", "lab.yaml")
    assert ended.exit_code == 4
    assert f"agent dead at 127.0.0.1:{dead_port}: it does not answer (connection refused)" in ended.stderr
    ended = sockrig("hosts", "--inventory", "lab.yaml")
    assert ended.exit_code == 4
    rows = [line.split() for line in ended.stdout.splitlines()]
    assert [row[:2] for row in rows if row and row[0] in {"a", "dead"}] == [["a", "ready"], ["dead", "failed"]]


def test_a_dead_agent_that_a_scenario_does_not_need_is_no_obstacle(sockrig, over_agents, dead_port):
    ended = sockrig("tcp", "a", "b", "--duration", "200ms", *over_agents, f"--agent=dead=127.0.0.1:{dead_port}")
    assert ended.exit_code == 0


def test_a_host_that_takes_the_call_and_says_nothing_is_given_up(sockrig):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        ended = sockrig("tcp", "x", "x", "--agent", f"x=127.0.0.1:{port}")
    assert ended.exit_code == 4
    assert f"agent x at 127.0.0.1:{port}: it does not answer (timed out)" in ended.stderr


def test_what_is_no_agent_is_told_apart_from_one_that_does_not_answer(sockrig):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        port = silent.getsockname()[1]
        ended = sockrig("hosts", "--controller", f"127.0.0.1:{port + 1 if port < 65535 else port - 1}")
    assert ended.exit_code == 4
    assert "it does not answer" in ended.stderr
    assert "sockrig controller" in ended.stderr


def test_a_port_in_use_is_told_with_the_systems_own_word(sockrig, over_agents):
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
        ended = sockrig("listen", "a", str(port), *over_agents)
    assert ended.exit_code == 4
    assert f"sockrig: agent a: cannot listen on :{port}: Address already in use" in ended.stderr
    assert "(EADDRINUSE)" in ended.stderr
