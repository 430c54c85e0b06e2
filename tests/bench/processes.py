"""Processes that are bounded in time, ended by their number, and whose processor time is known when they have ended."""

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""Where `python -m tests.bench...` works."""

_LOOK_SECONDS = 0.02
_LISTENING = "0A"
"""TCP_LISTEN, as /proc/net/tcp has it (proc(5))."""


class ProcessError(Exception):
    """A process did not do what it should; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What is left of a process: with the processor time of the children that it waited for."""

    output: str
    errors: str
    exit_code: int
    cpu_seconds: float


class Running:
    """A process with a session of its own, so that an interrupt reaches it only through us."""

    def __init__(self, process: "subprocess.Popen[bytes]", output: IO[bytes], errors: IO[bytes]) -> None:
        self._process, self._output, self._errors = process, output, errors
        self._ended: Ended | None = None

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def output(self) -> str:
        """What it has written to stdout so far."""
        return _text(self._output)

    def interrupt(self) -> None:
        """Ask it to end, as Ctrl-C does."""
        if self._ended is None:
            self._process.send_signal(signal.SIGINT)

    def wait(self, within_seconds: float) -> Ended:
        """Wait for its end.

        Raises:
            TimeoutError: it still runs.
        """
        if self._ended is None:
            fd = os.pidfd_open(self.pid)
            try:
                if not select.select([fd], [], [], within_seconds)[0]:
                    raise TimeoutError(f"it did not end within {within_seconds:g} s")
            finally:
                os.close(fd)
            _, status, use = os.wait4(self.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            self._ended = Ended(self.output, _text(self._errors), self._process.returncode, use.ru_utime + use.ru_stime)
        return self._ended

    def wait_until(self, condition: Callable[["Running"], bool], within_seconds: float) -> None:
        """Wait until something is true of it.

        Raises:
            ProcessError: it ended before.
            TimeoutError: it takes too long.
        """
        ends_at = time.monotonic() + within_seconds
        while not condition(self):
            with suppress(TimeoutError):
                ended = self.wait(_LOOK_SECONDS)
                raise ProcessError(f"it ended at once: {(ended.errors or ended.output).strip()[-200:]}")
            if time.monotonic() > ends_at:
                raise TimeoutError(f"it was not ready within {within_seconds:g} s")

    def kill(self) -> None:
        """End it, and what it started, at once; nothing where it has ended."""
        if self._ended is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.wait(5)


@contextmanager
def running(command: Sequence[str], *, stdin: str = "") -> Iterator[Running]:
    """Start a process; it has ended when the block ends.

    Raises:
        ProcessError: it cannot be started.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        given.write(stdin.encode())
        given.seek(0)
        try:
            process = subprocess.Popen(
                command, stdin=given, stdout=output, stderr=errors, cwd=ROOT, start_new_session=True
            )
        except OSError as problem:
            raise ProcessError(f"{command[0]}: {problem.strerror}") from problem
        started = Running(process, output, errors)
        try:
            yield started
        finally:
            started.kill()


def listens_on(port: int) -> Callable[[Running], bool]:
    """Whether :func:`port_is_open` where the process is."""
    return lambda process: port_is_open(port, process.pid)


def port_is_open(port: int, pid: int) -> bool:
    """Whether the UDP port is bound, or the TCP port listens, in the network namespace of this process."""
    return any(
        _local_port(fields) == port and (protocol.startswith("udp") or fields[3] == _LISTENING)
        for protocol in ("tcp", "tcp6", "udp", "udp6")
        for fields in _sockets(pid, protocol)
    )


def _sockets(pid: int, protocol: str) -> Iterator[list[str]]:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/net/{protocol}").read_text(encoding="ascii").splitlines()[1:]:
            yield line.split()


def _local_port(fields: list[str]) -> int:
    return int(fields[1].rpartition(":")[2], 16)


def _text(file: IO[bytes]) -> str:
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode(errors="replace")
