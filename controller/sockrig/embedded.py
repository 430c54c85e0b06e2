"""A controller for one command or one program.

Local agents are processes of their own; the service listens on a socket file that only this user can reach.
"""

import asyncio
import contextlib
import ipaddress
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sockrig.fleet.link import AgentAddress
from sockrig.service.server import serving_controller
from sockrig_wire.errors import CannotRunError, UnreachableError, UsageError

MOST_LOCAL_AGENTS = 64
START_TIMEOUT_SECONDS = 20.0
STOP_TIMEOUT_SECONDS = 5.0

_FIRST_LOCAL_ADDRESS = ipaddress.IPv4Address("127.0.0.2")


@asynccontextmanager
async def embedded_controller(
    *, local: int = 0, agents: Mapping[str, str] | None = None, labels: Mapping[str, Mapping[str, str]] | None = None
) -> AsyncIterator[str]:
    """Start ``local`` agents on this machine, dial them and ``agents`` (name to address); yields the service's address.

    At the end runs are stopped, sessions closed and the local agents ended.

    Raises:
        UsageError: more local agents than allowed, or no agents at all.
        CannotRunError: a local agent did not start.
    """
    if not 0 <= local <= MOST_LOCAL_AGENTS:
        raise UsageError(f"{local} local agents", where="--local", next=f"Choose 1 to {MOST_LOCAL_AGENTS}.")
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sockrig-")))
        started = await _start_local_agents(stack, local, folder)
        known_labels = labels or {}
        targets = [
            AgentAddress(name, address, known_labels.get(name, {}))
            for name, address in (*started, *(agents or {}).items())
        ]
        yield await stack.enter_async_context(serving_controller(targets, f"unix:{folder / 'controller.sock'}"))


async def _start_local_agents(stack: contextlib.AsyncExitStack, count: int, folder: Path) -> list[tuple[str, str]]:
    processes: list[asyncio.subprocess.Process] = []
    stack.push_async_callback(_stop_all, processes)
    names = [f"local-{number}" for number in range(1, count + 1)]
    for number, name in enumerate(names, start=1):
        processes.append(await _start_local_agent(name, _local_address(number), _log_of(name, folder)))
    addresses = await asyncio.gather(
        *(_ready_address(name, process, folder) for name, process in zip(names, processes, strict=True))
    )
    return list(zip(names, addresses, strict=True))


async def _start_local_agent(name: str, host: str, log: Path) -> asyncio.subprocess.Process:
    arguments = ["--listen", f"{host}:0", "--name", name, "--bind", host, "--bind", "::1", "--stop-with-stdin"]
    with log.open("wb") as log_file:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sockrig_agent",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log_file,
            start_new_session=True,  # Ctrl-C is the client's to handle, so that the run ends in order
        )


async def _ready_address(name: str, process: asyncio.subprocess.Process, folder: Path) -> str:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_TIMEOUT_SECONDS):
            line = (await process.stdout.readline()).decode()
    except TimeoutError:
        raise UnreachableError(f"not ready within {START_TIMEOUT_SECONDS:g} s", where=f"agent {name}") from None
    if not line:
        said = _log_of(name, folder).read_text(encoding="utf-8", errors="replace").strip()
        raise CannotRunError(f"it could not start: {said}", where=f"agent {name}")
    return line.split()[-1]


def _log_of(name: str, folder: Path) -> Path:
    return folder / f"{name}.log"


async def _stop_all(processes: list[asyncio.subprocess.Process]) -> None:
    for process in processes:
        if process.returncode is None and process.stdin is not None:
            process.stdin.close()
    await asyncio.gather(*map(_stopped, processes))


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
