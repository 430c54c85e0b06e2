"""Who can talk to whom, as a table that fits the terminal: a list where there are few rows, else a matrix.

Ports that are alike share one matrix. A cell of it is one letter, since a mesh has thousands of them; what is not as
expected follows in words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from sockrig.report.printable import printable
from sockrig.results.model.reach import ReachResult, ReachVerdict
from sockrig.results.reach import by_ports, reach_summary, remarkable

_MOST_LISTED = 12
"""As many rows as a person reads one by one."""
_MOST_IN_WORDS = 20
_GAP = 1
_ITSELF = "·"

_LETTERS: Mapping[ReachVerdict, str] = MappingProxyType(
    {
        ReachVerdict.OPEN: "o",
        ReachVerdict.DROPPED: "d",
        ReachVerdict.REJECTED: "r",
        ReachVerdict.RETURN_PATH_LOST: "p",
        ReachVerdict.INVALID: "?",
        ReachVerdict.CLOSED: "c",
        ReachVerdict.REFUSED_LOCALLY: "l",
    }
)


def reach_table(rows: Sequence[ReachResult]) -> RenderableType:
    """All rows of a step."""
    if len(rows) <= _MOST_LISTED:
        return _list(rows)
    told = remarkable(rows)
    parts: list[RenderableType] = [*_matrices(rows), _legend(rows)]
    if told:
        parts.append(_list(told[:_MOST_IN_WORDS]))
    if len(told) > _MOST_IN_WORDS:
        parts.append(Text(f"and {len(told) - _MOST_IN_WORDS:,} more; --json has all of them", style="dim"))
    return Group(*parts)


def _matrices(rows: Sequence[ReachResult]) -> Iterator[RenderableType]:
    """Sources by destinations, for all ports that are alike; where one end is a single agent, pairs by ports."""
    sources = tuple(dict.fromkeys(row.source for row in rows))
    destinations = tuple(dict.fromkeys(row.destination for row in rows))
    if len(sources) > 1 and len(destinations) > 1:
        ends = _in_common_order(sources, destinations)
        for ports, of_ports in by_ports(rows).items():
            yield Text.assemble((ports, "bold"), (f"  {reach_summary(of_ports)}", "dim"))
            yield _Matrix("from \\ to", *ends, {(row.source, row.destination): row for row in of_ports})
        return
    pairs = tuple(dict.fromkeys(_pair(row) for row in rows))
    groups = by_ports(rows)
    yield Text(reach_summary(rows), style="dim")
    yield _Matrix(
        "", pairs, tuple(groups), {(_pair(row), ports): row for ports, of_ports in groups.items() for row in of_ports}
    )


def _in_common_order(sources: Sequence[str], destinations: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Destinations in the order of the sources, so that an agent has the same place on both sides."""
    place = {name: number for number, name in enumerate(sources)}
    return tuple(sources), tuple(sorted(destinations, key=lambda name: place.get(name, len(place))))


@dataclass(frozen=True, slots=True)
class _Matrix:
    """One letter a cell; columns have names where these fit, else numbers that stand before the names."""

    corner: str
    lines: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], ReachResult]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = [printable(name) for name in self.columns]
        label_width = max(cell_len(text) for text in (self.corner, *map(printable, self.lines)))
        if label_width + sum(cell_len(name) + _GAP for name in names) <= options.max_width:
            yield self._table(names, self.columns, str)
            return
        number = {name: str(at) for at, name in enumerate(self.columns, start=1)}
        apart = [name for name in self.columns if name not in self.lines]
        if apart:
            yield Text(", ".join(f"{number[name]} {printable(name)}" for name in apart), style="dim")
        digits = len(str(len(self.columns)))
        fit = max(1, (options.max_width - label_width - digits - 2) // (digits + _GAP))

        def label(name: str) -> str:
            return f"{number.get(name, ''):>{digits}} {name}"

        for first in range(0, len(self.columns), fit):
            part = self.columns[first : first + fit]
            yield self._table([number[name] for name in part], part, label)

    def _table(self, headings: Sequence[str], columns: Sequence[str], label: Callable[[str], str]) -> Table:
        table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
        table.add_column(self.corner, no_wrap=True)
        for heading in headings:
            table.add_column(heading, justify="right", no_wrap=True)
        for line in self.lines:
            table.add_row(Text(printable(label(line))), *(_letter(self.cells.get((line, name))) for name in columns))
        return table


def _legend(rows: Sequence[ReachResult]) -> Text:
    there = {row.verdict for row in rows}
    words = "  ".join(f"{letter} {verdict}" for verdict, letter in _LETTERS.items() if verdict in there)
    return Text(words, style="dim")


def _list(rows: Sequence[ReachResult]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for number in range(4):
        grid.add_column(overflow="fold", no_wrap=number == 2)
    for row in rows:
        unmet = row.expected is not None and row.met is not True
        detail = f"expected {row.expected}; {row.detail}" if unmet else row.detail
        grid.add_row(
            Text(printable(_pair(row))),
            Text(f"{row.protocol}/{row.port}"),
            Text(row.verdict, style=_style(row)),
            Text(printable(detail), style="dim"),
        )
    return grid


def _pair(row: ReachResult) -> str:
    return f"{row.source} > {row.destination}"


def _letter(row: ReachResult | None) -> Text:
    return Text(_ITSELF, style="dim") if row is None else Text(_LETTERS[row.verdict], style=_style(row))


def _style(row: ReachResult) -> str:
    """Green is good: as expected, or open where nothing was."""
    if row.verdict == ReachVerdict.INVALID:
        return "bold magenta"
    good = row.verdict == ReachVerdict.OPEN if row.expected is None else row.met is True
    if good:
        return "green"
    return "yellow" if row.expected is None else "bold red"
