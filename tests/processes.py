"""Real agents and commands as processes, and what the system says of them (proc(5)).

Every process dies with the test run, also when that is killed: agents stop with their standard input, and whoever
starts one here stops it in the end.
"""

import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

START_TIMEOUT_SECONDS = 30.0
STOP_TIMEOUT_SECONDS = 10.0
COMMAND_TIMEOUT_SECONDS = 60.0

SOCKRIG = (sys.executable, "-m", "sockrig.cli")
AGENT = (sys.executable, "-m", "sockrig_agent")


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process for certain: its number may be used again, with its start (in clock ticks since boot) it is one."""

    pid: int
    started_ticks: int

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The living process of this number, or None; a zombie has no life left."""
        status = _status(pid)
        return cls(pid, status.started_ticks) if status is not None and status.state != "Z" else None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return type(self).of(self.pid) == self


def descendants(pid: int) -> frozenset[ProcessId]:
    """The children of a process, theirs, and so on."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (status := _status(int(entry.name))) is not None:
            children.setdefault(status.parent, []).append(int(entry.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        born = children.get(waiting.pop(), [])
        found += born
        waiting += born
    return frozenset(one for number in found if (one := ProcessId.of(number)) is not None)


@dataclass(frozen=True, slots=True)
class InternetSocket:
    """A TCP or UDP socket, as /proc/PID/net tells of it."""

    protocol: str
    local_port: int
    inode: str


def internet_sockets(pid: int) -> frozenset[InternetSocket]:
    """What a process and its descendants hold."""
    inodes: set[str] = set()
    for one in (pid, *(child.pid for child in descendants(pid))):
        inodes |= _socket_inodes(one)
    found = set()
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{protocol}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            found.add(InternetSocket(protocol, int(fields[1].rpartition(":")[2], 16), fields[9]))
    return frozenset(one for one in found if one.inode in inodes)


def resident_mebibytes(pid: int) -> float:
    """VmRSS."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"process {pid} has no memory")


def eventually(condition: Callable[[], object], *, within_seconds: float) -> bool:
    """Whether the condition comes true in time; looked at 20 times a second."""
    ends_at = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.05)
    return True


@dataclass(frozen=True, slots=True)
class AgentProcess:
    """An agent that serves."""

    name: str
    address: str
    process: subprocess.Popen[bytes]
    log_path: Path

    @property
    def pid(self) -> int:
        """Of the agent itself."""
        return self.process.pid

    @property
    def log(self) -> str:
        """All that it has written so far."""
        return self.log_path.read_text(encoding="utf-8")

    @property
    def option(self) -> str:
        """What makes a command use this agent."""
        return f"--agent={self.name}={self.address}"

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def workers(self) -> frozenset[ProcessId]:
        """Its processes but the fork server and the resource tracker, which stay for the next flow."""
        return frozenset(one for one in descendants(self.pid) if _parent(one.pid) != self.pid)

    def sockets(self) -> frozenset[InternetSocket]:
        """What it and its workers hold, but its door and the sessions that came through that."""
        door = int(self.address.rpartition(":")[2])
        return frozenset(one for one in internet_sockets(self.pid) if one.local_port != door)

    def holds_nothing(self) -> bool:
        """Whether it has neither workers nor sockets."""
        return not self.workers() and not self.sockets()


@contextmanager
def running_agent(
    name: str, folder: Path, *, listen: str = "127.0.0.1:0", flags: Sequence[str] = (), within: Sequence[str] = ()
) -> Iterator[AgentProcess]:
    """An agent that is ready, until the end of the block; ``within`` is the command that starts commands elsewhere."""
    log_path = folder / f"{name}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [*within, *AGENT, "--listen", listen, "--name", name, "--stop-with-stdin", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        yield AgentProcess(name, _address_told_by(process, log_path), process, log_path)
    finally:
        stop(process)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process in order, else at once."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


@dataclass(frozen=True, slots=True)
class CommandProcess:
    """A ``sockrig`` command that runs, with its output in files."""

    process: subprocess.Popen[bytes]
    stdout_path: Path
    stderr_path: Path

    @property
    def pid(self) -> int:
        """Of the command itself."""
        return self.process.pid

    @property
    def stdout(self) -> str:
        """The results so far."""
        return self.stdout_path.read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        """The progress so far."""
        return self.stderr_path.read_text(encoding="utf-8")

    def wait_for(self, words: str, *, within_seconds: float = 30.0) -> None:
        """Wait until the progress has these words."""
        there = eventually(
            lambda: words in self.stderr or self.process.poll() is not None, within_seconds=within_seconds
        )
        assert there, f"no {words!r} in: {self.stderr}"
        assert words in self.stderr, f"it ended without {words!r}: {self.stderr}"

    def exit_code(self, *, within_seconds: float = COMMAND_TIMEOUT_SECONDS) -> int:
        """Wait for its end."""
        return self.process.wait(within_seconds)


@contextmanager
def running_command(*arguments: str, folder: Path, within: Sequence[str] = ()) -> Iterator[CommandProcess]:
    """``sockrig`` with these arguments, ended with the block."""
    stdout_path, stderr_path = folder / "command.out", folder / "command.err"
    with stdout_path.open("wb") as stdout, stderr_path.open("wb") as stderr:
        process = subprocess.Popen(
            [*within, *SOCKRIG, *arguments], stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
    try:
        yield CommandProcess(process, stdout_path, stderr_path)
    finally:
        stop(process)


def _address_told_by(process: "subprocess.Popen[bytes]", log_path: Path) -> str:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_TIMEOUT_SECONDS)
    line = process.stdout.readline().decode() if ready else ""
    assert line, f"the agent did not start: {line}{log_path.read_text(encoding='utf-8')}"
    return line.split()[-1]


@dataclass(frozen=True, slots=True)
class _Status:
    state: str
    parent: int
    started_ticks: int


def _status(pid: int) -> _Status | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # what follows the name, which may hold anything
    return _Status(fields[0], int(fields[1]), int(fields[19]))


def _parent(pid: int) -> int | None:
    status = _status(pid)
    return None if status is None else status.parent


def _socket_inodes(pid: int) -> set[str]:
    try:
        links = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return set()
    return {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:[")}
