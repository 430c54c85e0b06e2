"""The agent as a process: logging, signals, the door, the leases' keeper, and an orderly end."""

import asyncio
import logging
import os
import signal
import sys

from sockrig_agent.config import AgentSettings, is_loopback
from sockrig_agent.doors.listen import ListenDoor
from sockrig_agent.executor import Executor
from sockrig_wire.errors import CannotRunError

_log = logging.getLogger(__name__)


def serve(settings: AgentSettings, *, debug: bool) -> int:
    """Serve until SIGINT, SIGTERM or, if so asked, the end of standard input; the result is the exit code.

    Raises:
        SockrigError: the door cannot be opened.
    """
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    logging.getLogger("asyncio").setLevel(logging.INFO)
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: AgentSettings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if settings.stop_with_stdin:
        loop.add_reader(sys.stdin.fileno(), _read_stdin, stopped)
    executor = Executor(settings)
    door = ListenDoor(executor, settings.listen_host, settings.listen_port)
    keeper = asyncio.create_task(executor.keep_leases(), name="keeper of leases")
    try:
        address = await door.open()
        if not is_loopback(settings.listen_host):
            _log.warning("%s is open to other hosts without TLS (--insecure): anybody there may command it", address)
        _tell(f"agent {settings.name} listening on {address}")
        await stopped.wait()
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await executor.close()
        await door.close()


def _tell(line: str) -> None:
    try:
        print(line, flush=sys.stdout is not None)
    except OSError as failure:
        raise CannotRunError(f"cannot write to standard output: {failure.strerror}") from failure


def _read_stdin(stopped: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stopped.set()
