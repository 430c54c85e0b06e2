"""``sockrig hosts``: the agents as the controller sees them."""

from sockrig.cli.interruption import run_interruptibly
from sockrig.cli.options import RigOptions
from sockrig.cli.output import print_result
from sockrig.cli.rigs import rig_of
from sockrig_wire.errors import CannotRunError
from sockrig_wire.model.controller import AgentState, AgentStatus


def show_hosts(rig: RigOptions, *, json: bool) -> int:
    """Print the agents; returns the exit code: 0 if all are ready, 4 if one is not.

    Raises:
        SockrigError: the controller cannot be asked.
    """
    statuses = run_interruptibly(_statuses(rig))
    if json:
        from pydantic import TypeAdapter  # noqa: PLC0415 - the table needs none

        adapter = TypeAdapter(tuple[AgentStatus, ...])
        print_result(adapter.dump_json(statuses, indent=2).decode())
    else:
        from sockrig.cli.hosts_table import hosts_table  # noqa: PLC0415 - a document needs no rich
        from sockrig.cli.rendering import print_rendered  # noqa: PLC0415

        print_rendered(hosts_table(statuses))
    return 0 if all(status.state is AgentState.READY for status in statuses) else CannotRunError.exit_code


async def _statuses(rig: RigOptions) -> tuple[AgentStatus, ...]:
    async with rig_of(rig) as opened:
        return await opened.statuses()
