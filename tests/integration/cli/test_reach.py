"""Reach steps and ``sockrig mesh`` over local agents: what a user types, sees and gets as exit code."""

import json
import socket
from pathlib import Path

import pytest

SCENARIOS = Path(__file__).parents[2] / "data" / "scenarios"


def reach_of(done):
    return [row for step in json.loads(done.stdout)["steps"] for row in step["reach"]]


def test_a_reach_step_passes_between_local_agents(sockrig):
    done = sockrig("run", str(SCENARIOS / "reach.yaml"), "--local", "4", "--json")

    assert done.exit_code == 0, done.stderr
    rows = reach_of(done)
    assert [(row["destination"], row["verdict"], row["met"]) for row in rows] == [("local-1", "open", True)] * 6
    assert "passed: reachable: 6 probes: 6 open" in done.stderr


def test_a_mesh_in_a_pipe_has_a_line_for_each(sockrig):
    done = sockrig("mesh", "--local", "2", "--port", "tcp/5000", "--port", "udp/5000", "-q")

    assert done.exit_code == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("reach ")]
    assert [line.split(", answered")[0] for line in lines] == [
        f"reach open: local-{a} > local-{b} {protocol}/5000" for a, b in ((1, 2), (2, 1)) for protocol in ("tcp", "udp")
    ]


@pytest.mark.parametrize(
    ("options", "code", "verdict"),
    [
        (("--expect", "deny"), 1, "open"),
        (("--expect", "allow"), 0, "open"),
        (("--expect", "deny", "--no-listen"), 0, "closed"),
        (("--expect", "deny:reject", "--no-listen"), 0, "closed"),
        (("--expect", "deny:drop", "--no-listen"), 1, "closed"),
    ],
)
def test_the_exit_code_says_whether_it_is_as_expected(sockrig, options, code, verdict):
    done = sockrig("mesh", "--local", "2", "--port", "tcp/5000", "--json", *options)

    assert done.exit_code == code, done.stderr
    assert {row["verdict"] for row in reach_of(done)} == {verdict}


def test_a_port_that_another_program_has_is_invalid_and_says_what_to_do(sockrig):
    with socket.create_server(("127.0.0.3", 0)) as squatter:
        port = f"tcp/{squatter.getsockname()[1]}"
        done = sockrig("mesh", "--local", "2", "--to", "local-2", "--port", port, "--expect", "allow")
        there = sockrig("mesh", "--local", "2", "--to", "local-2", "--port", port, "--expect", "allow", "--no-listen")

    assert done.exit_code == 4
    assert "nobody could listen: EADDRINUSE, another program has the port; listen: false (--no-listen)" in done.stdout
    assert there.exit_code == 0, there.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no port is named"),
        (("--port", "22"), "22 is no port: expected one such as tcp/22"),
        (("--port", "tcp/22", "--expect", "blocked"), "blocked: expected 'allow', 'deny'"),
        (("--port", "tcp/22", "--from", "local-9"), "no agent is named 'local-9'"),
        (("--port", "tcp/22", "--from", "local-1", "--to", "local-1"), "nobody to talk to"),
        (("--port", "tcp/1-60000"), "expected at most"),
    ],
)
def test_a_mistake_is_told_before_anything_starts(sockrig, arguments, words):
    done = sockrig("mesh", "--local", "2", *arguments)

    assert done.exit_code == 2
    assert words in done.stderr
