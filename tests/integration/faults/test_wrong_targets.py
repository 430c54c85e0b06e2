"""Addresses, names and ports that are wrong: one sentence that says which, the right exit code, soon."""

import http.server
import socket
import threading
from contextlib import contextmanager

import pytest
from tests.processes import running_command

FAILED, USAGE, CANNOT_RUN = 1, 2, 4

IN_USE = """
scenario: taken
agents: {a: {}}
steps:
  - name: bind
    sockets:
      - {on: a, open: tcp, bind: ":%d", listen: 1, as: door}
"""


@contextmanager
def web_server():
    """Something that answers, and is no agent; yields its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def silent_listener():
    """Something that takes connections and says nothing; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def unused_port():
    """An address where nobody listens; it is bound, so that nobody will."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def told(tmp_path, *arguments):
    """The exit code and the words of a command that ends soon."""
    with running_command(*arguments, folder=tmp_path) as command:
        code = command.exit_code(within_seconds=15)
        assert "Traceback" not in command.stderr
        return code, command.stdout + command.stderr


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        pytest.param(unused_port, "it does not answer (connection refused)", id="nobody"),
        pytest.param(web_server, "something answers there, but it is no Sockrig agent", id="a web server"),
        pytest.param(silent_listener, "it does not answer (timed out)", id="silence"),
    ],
)
def test_an_address_where_no_agent_answers_is_named(a, tmp_path, target, reason):
    with target() as address:
        code, words = told(tmp_path, "tcp", "a", "wrong", a.option, f"--agent=wrong={address}")

    assert code == CANNOT_RUN
    assert f"agent wrong at {address}: {reason}" in words
    assert a.alive
    assert a.holds_nothing()


def test_a_host_name_that_nobody_knows_is_named(tmp_path):
    code, words = told(tmp_path, "tcp", "a", "a", "--agent=a=no-such-host.invalid:7411")

    assert code == CANNOT_RUN
    assert "agent a at no-such-host.invalid:7411: " in words


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("--agent=a=127.0.0.1:1", "--agent=a=127.0.0.1:2"), id="twice on the command line"),
        pytest.param(("--local=1", "--agent=local-1=127.0.0.1:1"), id="a local one's"),
    ],
)
def test_two_agents_of_one_name_are_a_mistake(tmp_path, names):
    code, words = told(tmp_path, "hosts", *names)

    assert code == USAGE
    assert "2 agents are named" in words


def test_an_agent_that_is_not_among_those_named_is_a_mistake_that_names_them(a, tmp_path):
    code, words = told(tmp_path, "tcp", "a", "nobody", a.option)

    assert code == USAGE
    assert "'nobody'" in words


def test_a_port_in_use_fails_the_call_and_says_so(a, tmp_path):
    scenario = tmp_path / "taken.yaml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        scenario.write_text(IN_USE % taken.getsockname()[1])
        code, words = told(tmp_path, "run", str(scenario), a.option)

    assert code == FAILED
    assert "EADDRINUSE (Address already in use)" in words
    assert a.holds_nothing()


def test_an_agent_cannot_listen_where_another_does(a, tmp_path):
    code, words = told(tmp_path, "agent", "--listen", a.address)

    assert code == CANNOT_RUN
    assert f"cannot listen on {a.address}: the port is in use" in words
