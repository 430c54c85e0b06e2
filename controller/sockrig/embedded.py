"""A controller for one command or one program.

Local agents are processes of their own; the service listens on a socket file that only this user can reach.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sockrig.local_agents import local_agents
from sockrig.store.location import NO_STORE

if TYPE_CHECKING:
    from sockrig.store.opening import OpenStore


@asynccontextmanager
async def embedded_controller(
    *,
    local: int = 0,
    agents: Mapping[str, str] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    store: str = NO_STORE,
    create_store: bool = True,
) -> AsyncIterator[str]:
    """Start ``local`` agents on this machine, dial them and ``agents`` (name to address); yields the service's address.

    Runs are recorded in ``store``: a path, a URL, "" for the usual place, or ``none``. It is opened before anything
    else, and made where it is missing, unless ``create_store`` says no.

    At the end runs are stopped, sessions closed and the local agents ended.

    Raises:
        UsageError: more local agents than allowed, or two agents of one name.
        CannotRunError: a local agent did not start, or the store cannot be opened.
        NotFoundError: there is no store, and none is to be made.
    """
    async with contextlib.AsyncExitStack() as stack:
        opened = await stack.enter_async_context(_open_store(store, create=create_store))
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
        address = f"unix:{folder / 'controller.sock'}"
        yield await stack.enter_async_context(serving_controller(targets, address, store=opened))


@asynccontextmanager
async def _open_store(text: str, *, create: bool) -> "AsyncIterator[OpenStore | None]":
    if text == NO_STORE:
        yield None
        return
    from sockrig.store.opening import OpenStore  # noqa: PLC0415 - who records nothing loads no database's library

    store = await asyncio.to_thread(OpenStore.at, text, create=create)
    try:
        yield store
    finally:
        store.close()
