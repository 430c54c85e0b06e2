"""The table of ``sockrig hosts``."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sockrig.client.agents import Clock, clock_of
from sockrig.report.figures import drift_words, within
from sockrig.report.printable import printable
from sockrig.results import quantities
from sockrig_wire.model.controller import AgentState, AgentStatus

_COLOURS = {
    AgentState.READY: "green",
    AgentState.CONNECTING: "yellow",
    AgentState.LOST: "red",
    AgentState.FAILED: "red",
}

_NUMBERS = {"cores", "round trip"}


def hosts_table(statuses: Sequence[AgentStatus]) -> RenderableType:
    """One row for each agent, and below the table what is wrong with those that are not ready.

    The round trip has a column where a clock was estimated from it, the drift once it is known of one: a controller
    that has just begun knows of none.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    trips = any(status.clock_uncertainty_seconds for status in statuses)
    drifts = any(status.clock_drift_ppm is not None for status in statuses)
    headings = ["name", "state", "address", "sockets at", "version", "host", "cores", "clock"]
    for heading in [*headings, *["round trip"] * trips, *["drift"] * drifts]:
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left", overflow="fold")
    for status in statuses:
        known, clock = bool(status.agent_id), clock_of(status)
        table.add_row(
            status.name,
            Text(status.state.name.lower(), _COLOURS[status.state]),
            status.address,
            "\n".join(status.advertised_addresses),
            status.version,
            status.host.hostname,
            str(status.host.cores) if known else "",
            _clock_words(clock),
            *[_trip_words(status)] * trips,
            *[_drift_words(clock)] * drifts,
        )
    problems = [Text(printable(line), "red") for each in statuses for line in each.problem.splitlines()]
    return Group(table, *((Text(), *problems) if problems else ()))


def _clock_words(clock: Clock | None) -> str:
    if clock is None:
        return ""
    if not clock.offset_seconds and not clock.uncertainty_seconds:
        return "same clock"
    return within(clock.offset_seconds, clock.uncertainty_seconds)


def _trip_words(status: AgentStatus) -> str:
    return "" if status.round_trip_seconds is None else quantities.time(status.round_trip_seconds)


def _drift_words(clock: Clock | None) -> str:
    if clock is None or clock.drift_ppm is None or clock.drift_uncertainty_ppm is None:
        return ""
    return drift_words(clock.drift_ppm, clock.drift_uncertainty_ppm)
