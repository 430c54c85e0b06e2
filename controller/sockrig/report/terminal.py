"""Results for a terminal, as rich renderables: the verdict first, then step by step what was measured."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sockrig.report.figures import clock_words, figures_of, labels_of, within
from sockrig.report.flow_table import FlowTable
from sockrig.report.printable import printable
from sockrig.results import quantities
from sockrig.results.model import (
    AgentResult,
    ExpectationResult,
    FlowResult,
    ReachResult,
    RunResult,
    SocketCallResult,
    StepResult,
    Verdict,
)
from sockrig.results.verdicts import reach_verdict

_STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.DEGRADED: "bold yellow",
    Verdict.ERROR: "bold magenta",
    Verdict.INTERRUPTED: "bold yellow",
}
_MARKS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.DEGRADED: "!", Verdict.ERROR: "✗", Verdict.INTERRUPTED: "!"}
_INDENT = 2
_MOST_CALLS = 60
"""Of a longer dialogue the calls that passed are counted instead of listed."""


def run_report(result: RunResult) -> RenderableType:
    """The whole run."""
    parts: list[RenderableType] = [_run_heading(result)]
    for step in result.steps:
        parts += [Text(), step_report(step)]
    if result.agents:
        parts += [Text(), Text("agents", style="bold"), _indented(_agents(result.agents))]
    parts += [_line(f"note: {notice}", style="yellow") for notice in result.notices]
    return Group(*parts)


def step_report(step: StepResult) -> RenderableType:
    """One step."""
    parts: list[RenderableType] = []
    if figures_of(step.flows):
        parts.append(FlowTable(step.flows))
    if step.reach:
        parts.append(_reach(step.reach))
    if step.sockets:
        parts.append(_dialogue(step.sockets))
    if step.expectations:
        parts.append(_expectations(step.expectations))
    parts += [_line(line, style="dim") for line in _advice(step.flows)]
    parts += [_line(f"late: {worker}", style="yellow") for worker in step.late_workers]
    parts += [_line(problem, style=_STYLES[step.verdict]) for problem in step.problems]
    return Group(_step_heading(step), *(_indented(part) for part in parts))


def _run_heading(result: RunResult) -> RenderableType:
    title = Text.assemble((result.verdict.value, _STYLES[result.verdict]), "  ", (printable(result.name), "bold"))
    facts = [f"{len(result.steps)} {'step' if len(result.steps) == 1 else 'steps'} in {_span(result.duration_seconds)}"]
    if result.start_skew_seconds is not None:
        facts.append(f"start skew {within(result.start_skew_seconds, result.start_skew_uncertainty_seconds)}")
    facts.append(f"started {result.started_at:%Y-%m-%d %H:%M:%S %Z}".rstrip())
    facts.append(f"run {result.run_id}")
    return Group(title, _indented(_line(", ".join(facts), style="dim")))


def _step_heading(step: StepResult) -> Text:
    kinds = ", ".join(dict.fromkeys(flow.kind for flow in step.flows))
    facts = [kinds] if kinds else []
    if step.flows and (measured := max(flow.duration_seconds or 0.0 for flow in step.flows)):
        facts.append(_span(measured))
    title = Text.assemble((_MARKS[step.verdict], _STYLES[step.verdict]), " ", (printable(step.name), "bold"))
    if step.verdict is not Verdict.PASSED:
        title.append(f"  {step.verdict.value}", style=_STYLES[step.verdict])
    if facts:
        title.append(f"  {', '.join(printable(fact) for fact in facts)}", style="dim")
    return title


def _expectations(expectations: Sequence[ExpectationResult]) -> Table:
    grid = _grid(3)
    for one in expectations:
        style = "" if one.verdict is Verdict.PASSED else _STYLES[one.verdict]
        measured = Text(f"measured {printable(one.measured)}", style=style)
        grid.add_row(_mark(one.verdict), Text(printable(one.text)), measured)
    return grid


def _dialogue(calls: Sequence[SocketCallResult]) -> RenderableType:
    shown = calls
    if len(calls) > _MOST_CALLS:
        shown = [call for call in calls if call.verdict is not Verdict.PASSED][:_MOST_CALLS]
    grid = _grid(4)
    for call in shown:
        style = "dim" if call.verdict is Verdict.PASSED else _STYLES[call.verdict]
        result = Text(printable(call.result), style=style)
        grid.add_row(_mark(call.verdict), Text(printable(call.on), style="dim"), Text(printable(call.call)), result)
    if len(shown) == len(calls):
        return grid
    passed = sum(call.verdict is Verdict.PASSED for call in calls)
    return Group(grid, _line(f"{passed:,} of {len(calls):,} calls passed", style="dim"))


def _reach(probes: Sequence[ReachResult]) -> Table:
    grid = _grid(4)
    for probe in probes:
        pair = Text(printable(f"{probe.source} > {probe.destination} {probe.protocol}/{probe.port}"))
        detail = Text(printable(probe.detail), style="dim")
        grid.add_row(_mark(reach_verdict(probe)), pair, Text(probe.verdict), detail)
    return grid


def _agents(agents: Sequence[AgentResult]) -> Table:
    grid = _grid(4)
    for agent in agents:
        told = Text()
        if agent.clock_offset_seconds is not None:
            told.append(clock_words(agent.clock_offset_seconds, agent.clock_uncertainty_seconds), style="dim")
        if agent.problem:
            told.append(f"{'  ' if told else ''}{printable(agent.problem)}", style=_STYLES[agent.verdict])
        grid.add_row(
            _mark(agent.verdict), Text(printable(agent.name)), Text(printable(agent.version), style="dim"), told
        )
    return grid


def _advice(flows: Sequence[FlowResult]) -> list[str]:
    """One sentence for each mode that suits some of the flows, of the first such flow."""
    by_mode: dict[str, tuple[str, str]] = {}
    for flow, label in zip(flows, labels_of(flows), strict=True):
        if flow.mode_advice is not None:
            by_mode.setdefault(flow.mode_advice.split(" ", 1)[0], (label, flow.mode_advice))
    if len(by_mode) == 1:
        return [advice for _, advice in by_mode.values()]
    return [f"{label}: {advice}" for label, advice in by_mode.values()]


def _grid(columns: int) -> Table:
    """Rows without headings; the first column is a mark and the last takes what is left."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for number in range(columns):
        grid.add_column(overflow="fold", no_wrap=number == 0)
    return grid


def _mark(verdict: Verdict) -> Text:
    return Text(_MARKS[verdict], style=_STYLES[verdict])


def _line(text: str, *, style: str) -> Text:
    return Text(printable(text), style=style)


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, _INDENT), expand=False)


def _span(seconds: float) -> str:
    return quantities.time(seconds)
