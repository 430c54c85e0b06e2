"""The table of ``sockrig hosts``."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sockrig.client.agents import Clock, clock_of
from sockrig.report.printable import printable
from sockrig.results import quantities
from sockrig_wire.model.controller import AgentState, AgentStatus

_COLOURS = {
    AgentState.READY: "green",
    AgentState.CONNECTING: "yellow",
    AgentState.LOST: "red",
    AgentState.FAILED: "red",
}


def hosts_table(statuses: Sequence[AgentStatus]) -> RenderableType:
    """One row for each agent, and below the table what is wrong with those that are not ready."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("name", "state", "address", "sockets at", "version", "host", "cores", "clock"):
        table.add_column(heading, justify="right" if heading == "cores" else "left", overflow="fold")
    for status in statuses:
        known = bool(status.agent_id)
        table.add_row(
            status.name,
            Text(status.state.name.lower(), _COLOURS[status.state]),
            status.address,
            "\n".join(status.advertised_addresses),
            status.version,
            status.host.hostname,
            str(status.host.cores) if known else "",
            _clock_words(clock_of(status)),
        )
    problems = [Text(printable(line), "red") for each in statuses for line in each.problem.splitlines()]
    return Group(table, *((Text(), *problems) if problems else ()))


def _clock_words(clock: Clock | None) -> str:
    if clock is None:
        return ""
    if not clock.offset_seconds and not clock.uncertainty_seconds:
        return "this host's"
    return f"{quantities.time(clock.offset_seconds)} ± {quantities.time(clock.uncertainty_seconds)}"
