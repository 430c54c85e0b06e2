"""Progress on a terminal: a live picture of the run on stderr that is gone when the result comes."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from sockrig.cli.progress import STOPPING, Progress
from sockrig.cli.run_picture import FlowNow, RunPicture
from sockrig.cli.words import counted, names_in_words, step_words, trial_words
from sockrig.report.printable import printable
from sockrig.results import quantities
from sockrig_wire.model.controller import Notice, PhaseReached, StepFinished, WatchRunResponse

REFRESHES_PER_SECOND = 8

_FINISHED_SHOWN = 4
_FLOWS_SHOWN = 12
_BAR_CELLS = 24
_ROOM_FOR_ECHO = 3
"""Cells left free at the right: the terminal's ``^C`` after a full line would begin another, and shift the picture."""

_MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "degraded": ("!", "yellow"), "error": ("✗", "red")}
_LEVELS = {"info": "", "warning": "yellow", "error": "red"}


class LiveProgress(Progress):
    """Shows a run while it lasts."""

    def __init__(self, console: Console) -> None:
        self._run = RunPicture()
        self._doing = ""
        self._stopping = False
        self._phase_since = time.monotonic()
        self._spinner = Spinner("dots")
        self._console = console
        self._live = Live(
            get_renderable=lambda: Padding(self._picture(), (0, _ROOM_FOR_ECHO, 0, 0)),
            console=console,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def tell(self, text: str) -> None:
        """Say what is being done while there is no run yet."""
        self._doing = text

    def take(self, event: WatchRunResponse) -> None:
        """Something happened; what a person must read stays on the screen."""
        self._run.take(event.body)
        if isinstance(event.body, PhaseReached):
            self._phase_since = time.monotonic()
        if isinstance(event.body, Notice):
            self._console.print(Text(printable(event.body.text), style=_LEVELS.get(event.body.level, "")))

    def interrupt(self) -> None:
        """Show nothing but that the run is being stopped."""
        self._stopping = True

    def _picture(self) -> RenderableType:
        if self._stopping:
            self._spinner.update(text=Text(STOPPING, "yellow"))
            return self._spinner
        parts: list[RenderableType] = [*_finished_lines(self._run.finished)]
        if self._run.step is None:
            self._spinner.update(text=Text(self._doing))
            return Group(*parts, self._spinner) if not parts else Group(*parts)
        self._spinner.update(text=self._step_line())
        parts.append(self._spinner)
        if self._run.flows:
            parts.append(_flow_table(self._run.flows))
        return Group(*parts)

    def _step_line(self) -> Text:
        step, phase = self._run.step, self._run.phase
        assert step is not None
        line = Text.assemble((f"{step_words(step)}: ", "dim"), (step.name, "bold"))
        if self._run.trial is not None:
            line.append(f"  {trial_words(self._run.trial)}", style="cyan")
        if phase is None:
            return line
        line.append(f"  {phase.phase}", style="cyan")
        if phase.lasts_seconds:
            passed = min(time.monotonic() - self._phase_since, phase.lasts_seconds)
            filled = round(_BAR_CELLS * passed / phase.lasts_seconds)
            line.append("  " + "━" * filled, style="green")
            line.append("─" * (_BAR_CELLS - filled), style="bright_black")
            line.append(f"  {passed:.0f} of {phase.lasts_seconds:.3g} s")
        if (reach := self._run.reach) is not None:
            line.append(f"  {reach.done:,} of {counted(reach.total, 'probe')}")
        if phase.waiting_for:
            line.append(f"  waiting for {names_in_words(phase.waiting_for)}", style="yellow")
        return line


def _finished_lines(finished: list[StepFinished]) -> Iterator[Text]:
    if len(finished) > _FINISHED_SHOWN:
        yield Text(f"  {counted(len(finished) - _FINISHED_SHOWN, 'step')} before", style="dim")
    for step in finished[-_FINISHED_SHOWN:]:
        mark, colour = _MARKS.get(step.verdict, ("·", ""))
        yield Text.assemble(
            (mark, colour), f" {step.name}  ", (printable(step.summary), "dim"), no_wrap=True, overflow="ellipsis"
        )


def _flow_table(flows: tuple[FlowNow, ...]) -> Table:
    """What the flows carry now; a column that none of them fills is left out."""
    columns = {
        heading: figures
        for heading, figures in (
            ("received", [_words(flow.received_bits_per_second, quantities.bit_rate) for flow in flows]),
            ("packets", [_words(flow.received_packets_per_second, quantities.packet_rate) for flow in flows]),
            ("transactions", [_words(flow.transactions_per_second, quantities.event_rate) for flow in flows]),
            ("connections", [_words(flow.connections_per_second, quantities.event_rate) for flow in flows]),
        )
        if any(figures)
    }
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("  flow")
    for heading in (*columns, "at"):
        table.add_column(heading, justify="right", no_wrap=True)
    for number, flow in enumerate(flows[:_FLOWS_SHOWN]):
        figures = [column[number] for column in columns.values()]
        # Of all columns only this may shrink, and its texts are cut instead of wrapped.
        name = Text(f"  {flow.name}", no_wrap=True, overflow="ellipsis")
        table.add_row(name, *figures, f"{flow.at_seconds:.1f} s")
    if len(flows) > _FLOWS_SHOWN:
        table.add_row(f"  and {counted(len(flows) - _FLOWS_SHOWN, 'flow')} more")
    return table


def _words(value: float | None, in_words: Callable[[float], str]) -> str:
    return "" if value is None else in_words(value)
