"""From the options to a store: where a command's runs are recorded, and whose past runs it looks at."""

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sockrig.cli.options import STORE_VARIABLE, RigOptions, StoreOptions
from sockrig.cli.rigs import named_controller
from sockrig.store.location import NO_STORE
from sockrig_wire.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sockrig.client.connection import Connection


def store_for(rig: RigOptions, store: str) -> str:
    """The store of a controller of our own: what stands on the command line, else the variable, "" for the usual one.

    Raises:
        UsageError: a controller that runs is named as well.
    """
    if store and rig.controller:
        raise UsageError(
            "--controller has a store of its own and does not go with --store", next="Leave out one of them."
        )
    return store or os.environ.get(STORE_VARIABLE, "")


@asynccontextmanager
async def past_runs(options: StoreOptions, *, create: bool = False) -> "AsyncIterator[Connection]":
    """The controller to ask for runs of the past; without one that runs, one of our own that has no agents.

    Raises:
        UsageError: the options contradict each other, or name no store.
        NotFoundError: there is no store, and none is to be made.
        SockrigError: the controller does not answer, or the store cannot be opened.
    """
    from sockrig.client.connection import Connection  # noqa: PLC0415 - a wrong option is told before gRPC is loaded

    rig = RigOptions(controller=options.controller)
    store = store_for(rig, options.store)
    if address := "" if options.store else named_controller(rig):
        async with Connection(address) as connection:
            yield connection
        return
    if store == NO_STORE:
        raise UsageError(
            "no store is named", where="--store", next=f"Give a path or a URL (--store, {STORE_VARIABLE})."
        )
    from sockrig.embedded import embedded_controller  # noqa: PLC0415 - only a controller of our own needs all of it

    async with embedded_controller(store=store, create_store=create) as address, Connection(address) as connection:
        yield connection
