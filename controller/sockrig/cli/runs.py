"""``sockrig runs``: which runs the store has."""

from sockrig.cli.interruption import run_interruptibly
from sockrig.cli.options import StoreOptions
from sockrig.cli.output import print_result
from sockrig.cli.stores import past_runs
from sockrig.client.connection import Connection
from sockrig_wire.model.store import ListRunsResponse, StoredRun

_PAGE = 500


def list_runs(options: StoreOptions, *, json: bool, limit: int, name: str) -> int:
    """Print the runs; returns the exit code.

    Raises:
        SockrigError: the store cannot be read.
    """
    listed = run_interruptibly(_listed(options, limit, name))
    if json:
        from pydantic import TypeAdapter  # noqa: PLC0415 - the table needs none

        print_result(TypeAdapter(tuple[StoredRun, ...]).dump_json(listed.runs, indent=2).decode())
    elif not listed.runs:
        print_result(f"no run{f' whose name contains {name!r}' if name else ''} is in the store {listed.store}")
    else:
        from sockrig.cli.rendering import print_rendered  # noqa: PLC0415 - a document needs no rich
        from sockrig.cli.runs_table import runs_table  # noqa: PLC0415

        print_rendered(runs_table(listed))
    return 0


async def _listed(options: StoreOptions, limit: int, name: str) -> ListRunsResponse:
    async with past_runs(options) as connection:
        return await stored_runs(connection, limit, name)


async def stored_runs(connection: Connection, limit: int, name: str = "") -> ListRunsResponse:
    """Up to so many, page by page."""
    found: list[StoredRun] = []
    while True:
        page = await connection.stored_runs(name_contains=name, offset=len(found), limit=min(_PAGE, limit - len(found)))
        found += page.runs
        if not page.more or len(found) >= limit or not page.runs:
            return ListRunsResponse(tuple(found), page.more, page.store)
