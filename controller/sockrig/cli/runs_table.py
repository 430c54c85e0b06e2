"""The table of ``sockrig runs``."""

from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sockrig.cli.words import names_in_words
from sockrig.report.printable import printable
from sockrig.results import quantities
from sockrig_wire.model.store import ListRunsResponse, StoredRun

_COLOURS = {"passed": "green", "running": "cyan", "degraded": "yellow", "interrupted": "yellow"}
_SHORT_ID = 8
"""Digits of an id that are shown at least: enough to tell thousands of runs apart."""


def runs_table(listed: ListRunsResponse) -> RenderableType:
    """One row for each run, those that began last first."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("run", "began", "state", "took", "name", "agents", "size"):
        table.add_column(heading, justify="right" if heading in {"took", "size"} else "left", overflow="fold")
    length = _telling_length(listed)
    for run in listed.runs:
        table.add_row(
            run.run_id[:length],
            began_words(run),
            Text(printable(run.state), _COLOURS.get(run.state, "red")),
            "" if run.duration_seconds is None else quantities.time(run.duration_seconds),
            printable(run.name),
            printable(names_in_words(run.agents)),
            quantities.size(run.stored_bytes),
        )
    more = (Text("there are earlier ones: --limit N", "dim"),) if listed.more else ()
    return Group(table, *more)


def began_words(run: StoredRun) -> str:
    """When it began, in this machine's time zone."""
    return datetime.fromtimestamp(run.started_at_seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _telling_length(listed: ListRunsResponse) -> int:
    """How much of the ids tells these runs apart."""
    ids = [run.run_id for run in listed.runs]
    longest = max(map(len, ids))
    return next((size for size in range(_SHORT_ID, longest) if len({one[:size] for one in ids}) == len(ids)), longest)
