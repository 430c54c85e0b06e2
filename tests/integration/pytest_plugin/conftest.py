"""Test runs of a user within ours: pytester starts them, with the agents of a lab that is really there."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.processes import eventually

from sockrig import Rig

_MARK = "SOCKRIG_TEST_MARK"

_OPTIONS = ("-W", "error", "-p", "no:hypothesispytest")
"""Without Hypothesis, which loads for longer than most of these runs last."""

Run = Callable[..., pytest.RunResult]


@pytest.fixture(scope="module")
def lab() -> Iterator[Rig]:
    """Two agents, for runs that are given agents."""
    with Rig.local(2) as opened:
        yield opened


@pytest.fixture
def given(lab: Rig) -> list[str]:
    """The options that name the lab's agents: north and south."""
    addresses = (host.status.address for host in lab.hosts)
    return [f"--sockrig-agent={name}={address}" for name, address in zip(("north", "south"), addresses, strict=True)]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run pytest in a process of its own, with warnings as errors; nothing may be left of it, however it ends."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(_MARK, mark)

    def run_pytest(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*_OPTIONS, *arguments, timeout=60)

    yield run_pytest
    assert eventually(lambda: not _commands_with(mark), within_seconds=10), f"left behind: {_commands_with(mark)}"


def _commands_with(mark: str) -> list[str]:
    """The living processes whose environment has the mark (proc(5))."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdecimal() and f"{_MARK}={mark}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it has just ended, or is not ours
    return found
