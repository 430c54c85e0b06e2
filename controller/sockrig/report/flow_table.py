"""The flows of a step as a table that fits the terminal: where the columns do not fit, as several under each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from sockrig.report.figures import figures_of, labels_of
from sockrig.report.printable import printable
from sockrig.report.sparkline import ASCII_LEVELS, BLOCKS, sparkline
from sockrig.results.model.flow import FlowResult
from sockrig.results.quantities import ABSENT

_GAP = 2
_LABEL_SHARE = 0.4
"""How much of the width the flows' names may take before they are folded."""


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    cells: tuple[str, ...]
    is_number: bool

    @property
    def width(self) -> int:
        return max(cell_len(text) for text in (self.heading, *self.cells))


class FlowTable:
    """Columns that no flow has are left out; the name of the flow stands first in every part."""

    def __init__(self, flows: Sequence[FlowResult]) -> None:
        self._flows = flows
        labels = tuple(printable(label) for label in labels_of(flows))
        self._label = _Column("flow", labels, is_number=False)
        self._columns = tuple(
            _Column(
                figure.heading,
                tuple(printable(figure.text_of(flow) or ABSENT) for flow in flows),
                is_number=figure.is_number,
            )
            for figure in figures_of(flows)
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        label_width = min(self._label.width, max(12, int(options.max_width * _LABEL_SHARE)))
        columns = (*self._columns, *_course(self._flows, ASCII_LEVELS if options.ascii_only else BLOCKS))
        for part in _parts(columns, options.max_width - label_width):
            yield self._table(label_width, part)

    def _table(self, label_width: int, columns: Sequence[_Column]) -> Table:
        table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
        table.add_column(self._label.heading, width=label_width, overflow="fold")
        for column in columns:
            table.add_column(column.heading, justify="right" if column.is_number else "left", no_wrap=True)
        for label, *cells in zip(self._label.cells, *(column.cells for column in columns), strict=True):
            table.add_row(Text(label), *(Text(cell) for cell in cells))
        return table


def _course(flows: Sequence[FlowResult], levels: str) -> tuple[_Column, ...]:
    """The flows' courses as sparklines; no column where there is none."""
    lines = [sparkline(flow, levels) for flow in flows]
    if not any(lines):
        return ()
    return (_Column("course", tuple(line or ABSENT for line in lines), is_number=False),)


def _parts(columns: Sequence[_Column], width: int) -> list[list[_Column]]:
    """The columns in as few groups as fit ``width`` each, in their order, and the groups about equally wide."""
    fewest = len(_fill(columns, width))
    narrowest = next((limit for limit in range(width) if len(_fill(columns, limit)) == fewest), width)
    return _fill(columns, narrowest)


def _fill(columns: Sequence[_Column], width: int) -> list[list[_Column]]:
    parts: list[list[_Column]] = [[]]
    left = width
    for column in columns:
        if parts[-1] and column.width + _GAP > left:
            parts.append([])
            left = width
        parts[-1].append(column)
        left -= column.width + _GAP
    return parts
