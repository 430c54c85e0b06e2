"""check, schema, agent, controller, and what the program says of itself."""

import json
import re
import signal
import subprocess
import sys

import pytest
from tests.processes import SOCKRIG, running_command, stop


def test_no_arguments_show_the_help(sockrig):
    ended = sockrig()
    shown = ended.stdout + ended.stderr
    commands = re.findall(r"^  (\w+)  +(\S.*)", shown, re.MULTILINE)
    assert [name for name, _ in commands] == [
        "demo", "agent", "controller", "hosts", "run", "check", "tcp", "udp", "rr", "connect", "capacity", "mesh",
        "listen", "send", "recv", "show", "compare", "export", "import", "schema", "scenarios", "runs",
    ]  # fmt: skip
    assert not any(words.endswith("...") for _, words in commands), "no line of it is cut"


def test_the_version_is_told(sockrig):
    assert re.fullmatch(r"sockrig \d+\.\d+\.\d+\n", sockrig("--version").stdout)


def test_help_and_usage_errors_load_none_of_what_makes_a_start_slow():
    code = (
        "import sys, sockrig.cli.app; "
        "sys.exit(sorted({'grpc', 'pydantic', 'rich', 'numpy', 'yaml', 'asyncio'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr.strip() == "[]"


@pytest.mark.parametrize("what", ["scenario", "result"])
def test_a_schema_is_a_json_document(sockrig, what):
    ended = sockrig("schema", what)
    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["$schema"].startswith("https://json-schema.org/")


def test_check_shows_the_plan_over_the_agents_that_are_there(sockrig, over_agents):
    text = (
        "scenario: x\nagents: {source: {}, sink: {}}\n"
        "steps: [{name: s, flow: {kind: tcp-rr, from: source, to: sink, duration: 1s}}]\n"
    )
    ended = sockrig("check", "-", *over_agents, stdin=text.encode())
    assert ended.exit_code == 0
    assert "a > b: tcp-rr" in ended.stdout
    assert ended.stderr == ""


def test_check_needs_no_agents_and_says_what_it_assumes(sockrig):
    ended = sockrig("check", "demo")
    assert ended.exit_code == 0
    assert "scenario: demo" in ended.stdout
    assert ended.stderr == "no agents were named: assumed 3 agents\n"
    ended = sockrig("check", "demo", "--local", "3")
    assert "local-1" in ended.stdout
    assert ended.stderr == ""


def test_the_agent_command_is_the_agents_own(sockrig, tmp_path):
    assert "--listen ADDR" in sockrig("agent", "--help").stdout
    with running_command("agent", "--listen", "127.0.0.1:0", "--name", "x", folder=tmp_path) as agent:
        agent.wait_for("")
        while not agent.stdout and agent.process.poll() is None:
            pass
        assert agent.stdout.startswith("agent x listening on 127.0.0.1:")
        agent.process.send_signal(signal.SIGTERM)
        assert agent.exit_code() == 0


@pytest.fixture
def controller(over_agents):
    """The address of a controller that stays up."""
    process = subprocess.Popen(
        [*SOCKRIG, "controller", "--listen", "127.0.0.1:0", *over_agents],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        line = process.stdout.readline().decode()
        assert line.startswith("controller listening on 127.0.0.1:")
        yield line.split()[-1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        stop(process)


def test_a_controller_serves_one_command_after_another(sockrig, controller):
    ended = sockrig("hosts", "--controller", controller)
    assert [line.split()[1] for line in ended.stdout.splitlines()[1:] if line.startswith(("a ", "b "))] == ["ready"] * 2
    ended = sockrig("tcp", "a", "b", "--duration", "200ms", environment={"SOCKRIG_CONTROLLER": controller})
    assert ended.exit_code == 0
    assert ended.stdout.startswith("run passed: tcp-stream from a to b")
    ended = sockrig("tcp", "a", "c", "--controller", controller)
    assert ended.exit_code == 2
    assert "there is no agent 'c'" in ended.stderr
    ended = sockrig("controller", "--listen", controller, "--agent", "a=127.0.0.1:1")
    assert ended.exit_code == 4
    assert f"cannot listen on {controller}" in ended.stderr


def test_a_controller_that_others_could_reach_needs_a_word(sockrig):
    ended = sockrig("controller", "--listen", "0.0.0.0:0", "--agent", "a=127.0.0.1:1")
    assert ended.exit_code == 2
    assert "without TLS anybody there could command this controller" in ended.stderr
    assert "--insecure" in ended.stderr
