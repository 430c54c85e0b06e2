"""The command line as its users meet it: real processes, their exit codes and what they leave behind."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.processes import COMMAND_TIMEOUT_SECONDS, SOCKRIG, AgentProcess, eventually, running_agent

_MARK = "SOCKRIG_TEST_MARK"


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended."""

    exit_code: int
    stdout: str
    stderr: str


Sockrig = Callable[..., Finished]


@pytest.fixture
def sockrig(tmp_path: Path) -> Iterator[Sockrig]:
    """Run a command to its end; whatever it was, it must leave no process behind and show no traceback."""
    mark = f"{_MARK}={uuid.uuid4().hex}"

    def run(*arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None) -> Finished:
        name, _, value = mark.partition("=")
        ended = subprocess.run(
            [*SOCKRIG, *arguments],
            input=stdin,
            capture_output=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
            cwd=tmp_path,
            env={**os.environ, **(environment or {}), name: value},
        )
        finished = Finished(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
        assert "Traceback" not in finished.stderr
        return finished

    yield run
    assert eventually(lambda: not _processes_with(mark), within_seconds=5), f"left behind: {_processes_with(mark)}"


def _processes_with(mark: str) -> Sequence[str]:
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdecimal() and mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it has just ended, or is not ours
    return found


@pytest.fixture(scope="session")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AgentProcess, ...]]:
    """Two agents that listen, ``a`` and ``b``, each at an address of its own."""
    folder = tmp_path_factory.mktemp("agents")
    with ExitStack() as stack:
        yield tuple(
            stack.enter_context(
                running_agent(name, folder, listen=f"{host}:0", flags=("--bind", host, "--bind", "::1"))
            )
            for name, host in (("a", "127.0.0.2"), ("b", "127.0.0.3"))
        )


@pytest.fixture
def over_agents(agents: tuple[AgentProcess, ...]) -> Iterator[tuple[str, ...]]:
    """The options that name them; after the test they hold nothing of it."""
    yield tuple(agent.option for agent in agents)
    for agent in agents:
        assert agent.alive
        assert eventually(agent.holds_nothing, within_seconds=5), f"{agent.name} still holds something"
