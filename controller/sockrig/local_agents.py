"""Agents on this machine for one command or one program: processes of their own, which end when it ends.

Each gets an address of its own in 127.0.0.0/8, so that they can bind the same ports as agents on real hosts do.
"""

import asyncio
import contextlib
import ipaddress
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sockrig_wire.errors import CannotRunError, UnreachableError, UsageError

MOST_LOCAL_AGENTS = 64
START_TIMEOUT_SECONDS = 20.0
STOP_TIMEOUT_SECONDS = 5.0

MOST_SOCKETS = 65_536
"""Of each: the machine is the user's own, and the system has its limits."""

_FIRST_LOCAL_ADDRESS = ipaddress.IPv4Address("127.0.0.2")


class LocalAgents:
    """So many agents, started; their logs are files in ``folder``."""

    def __init__(self, count: int, folder: Path) -> None:
        self._folder = folder
        self._names = [f"local-{number}" for number in range(1, count + 1)]
        self._processes: list[asyncio.subprocess.Process] = []

    async def addresses(self) -> dict[str, str]:
        """Wait until all are ready; name to address.

        Raises:
            CannotRunError: one could not start, and what it said.
        """
        waits = map(self._ready_address, self._names, self._processes)
        return dict(zip(self._names, await asyncio.gather(*waits), strict=True))

    async def start(self) -> None:
        """Start them all, without waiting until they are ready."""
        for number, name in enumerate(self._names, start=1):
            self._processes.append(await self._start_one(name, _local_address(number)))

    async def stop(self) -> None:
        """End them all; one that does not end in time is killed."""
        for process in self._processes:
            if process.returncode is None and process.stdin is not None:
                process.stdin.close()
        await asyncio.gather(*map(_stopped, self._processes))

    async def _start_one(self, name: str, host: str) -> asyncio.subprocess.Process:
        arguments = ["--listen", f"{host}:0", "--name", name, "--bind", host, "--bind", "::1", "--stop-with-stdin"]
        arguments += ["--max-sockets", str(MOST_SOCKETS)]
        with self._log_of(name).open("wb") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # the folder of the command is no place for an agent's modules to come from
                "-m",
                "sockrig_agent",
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is the client's to handle, so that the run ends in order
            )

    async def _ready_address(self, name: str, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        try:
            async with asyncio.timeout(START_TIMEOUT_SECONDS):
                line = (await process.stdout.readline()).decode()
        except TimeoutError:
            raise UnreachableError(f"not ready within {START_TIMEOUT_SECONDS:g} s", where=f"agent {name}") from None
        if not line:
            said = self._log_of(name).read_text(encoding="utf-8", errors="replace").strip()
            raise CannotRunError(f"it could not start: {said}", where=f"agent {name}")
        return line.split()[-1]

    def _log_of(self, name: str) -> Path:
        return self._folder / f"{name}.log"


@asynccontextmanager
async def local_agents(count: int, folder: Path) -> AsyncIterator[LocalAgents]:
    """Start ``count`` agents and end them again.

    Raises:
        UsageError: they are more than allowed.
    """
    if not 0 <= count <= MOST_LOCAL_AGENTS:
        raise UsageError(f"{count} local agents", where="--local", next=f"Choose 1 to {MOST_LOCAL_AGENTS}.")
    agents = LocalAgents(count, folder)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(agents.stop)
        await agents.start()
        yield agents


async def _stopped(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(STOP_TIMEOUT_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _local_address(number: int) -> str:
    """127.0.0.2 for the first local agent, and so on; 127.0.0.1 where only that can be bound."""
    host = str(_FIRST_LOCAL_ADDRESS + number - 1)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        try:
            trial.bind((host, 0))
        except OSError:
            return "127.0.0.1"
    return host
