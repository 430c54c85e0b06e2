"""A controller for one command or one program.

Local agents are processes of their own; the service listens on a socket file that only this user can reach.
"""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sockrig.local_agents import local_agents


@asynccontextmanager
async def embedded_controller(
    *, local: int = 0, agents: Mapping[str, str] | None = None, labels: Mapping[str, Mapping[str, str]] | None = None
) -> AsyncIterator[str]:
    """Start ``local`` agents on this machine, dial them and ``agents`` (name to address); yields the service's address.

    At the end runs are stopped, sessions closed and the local agents ended.

    Raises:
        UsageError: more local agents than allowed, or two agents of one name.
        CannotRunError: a local agent did not start.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sockrig-")))
        started = await stack.enter_async_context(local_agents(local, folder))
        # Loaded only now, so that this process and its agents load at the same time.
        from sockrig.fleet.target import AgentAddress  # noqa: PLC0415
        from sockrig.service.server import serving_controller  # noqa: PLC0415

        known_labels = labels or {}
        targets = [
            AgentAddress(name, address, known_labels.get(name, {}))
            for name, address in (*(await started.addresses()).items(), *(agents or {}).items())
        ]
        yield await stack.enter_async_context(serving_controller(targets, f"unix:{folder / 'controller.sock'}"))
