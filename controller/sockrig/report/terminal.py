"""Results for a terminal, as rich renderables: the verdict first, then step by step what was measured."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sockrig.report.figures import clock_words, figure_label, figures_of, skew_words
from sockrig.report.flow_table import FlowTable
from sockrig.report.limits import advice_lines, limit_lines
from sockrig.report.load import HEADINGS, load_cells
from sockrig.report.printable import printable
from sockrig.report.reach_table import reach_table
from sockrig.report.search import TRIAL_HEADINGS, goal_lines, trial_rows
from sockrig.results import quantities
from sockrig.results.model.run import AgentResult, LoadLatency, RunResult
from sockrig.results.model.search import SearchResult
from sockrig.results.model.step import ExpectationResult, RepetitionSummary, SocketCallResult, StepResult
from sockrig.results.model.verdict import Verdict

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
    if result.latency_under_load:
        heading = Text("latency under load", style="bold")
        parts += [Text(), heading, _indented(_load(result.latency_under_load))]
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
        parts.append(reach_table(step.reach))
    if step.sockets:
        parts.append(_dialogue(step.sockets))
    if step.search:
        parts.append(_search(step.search))
    if step.expectations:
        parts.append(_expectations(step.expectations))
    if len(step.flows) > 1:
        parts += [_line(f"limited by {line}", style="dim") for line in limit_lines(step.flows)]
    if step.repetitions is not None:
        parts.append(_repetitions(step.repetitions))
    parts += [_line(line, style="dim") for line in advice_lines(step.flows)]
    parts += [_line(f"late: {worker}", style="yellow") for worker in step.late_workers]
    parts += [_line(problem, style=_STYLES[step.verdict]) for problem in step.problems]
    return Group(_step_heading(step), *(_indented(part) for part in parts))


def _run_heading(result: RunResult) -> RenderableType:
    title = Text.assemble((result.verdict.value, _STYLES[result.verdict]), "  ", (printable(result.name), "bold"))
    facts = [f"{len(result.steps)} {'step' if len(result.steps) == 1 else 'steps'} in {_span(result.duration_seconds)}"]
    if skew := skew_words(result):
        facts.append(skew)
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
        finding = Text(f"measured {printable(one.measured)}")
        if one.verdict is not Verdict.PASSED:
            finding.stylize(_STYLES[one.verdict])
            for detail in filter(None, (one.where, f"asked for {one.asked}" if one.asked else None)):
                finding.append(f"\n{printable(detail)}", style="dim")
        grid.add_row(_mark(one.verdict), Text(printable(one.text)), finding)
    return grid


def _repetitions(summary: RepetitionSummary) -> Table:
    grid = _grid(2)
    for figure in summary.figures:
        grid.add_row(Text(printable(figure_label(figure, summary))), Text(printable(figure.text)))
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


def _load(rows: Sequence[LoadLatency]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="left" if number < 2 else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in load_cells(row)))
    return table


def _search(search: SearchResult) -> RenderableType:
    """What was found, then how."""
    found = _grid(2)
    for subject, said in goal_lines(search):
        found.add_row(Text(subject, style="dim"), Text(printable(said)))
    trials = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for number, heading in enumerate(TRIAL_HEADINGS, 1):
        trials.add_column(heading, justify="left" if number == len(TRIAL_HEADINGS) else "right")
    for row in trial_rows(search):
        trials.add_row(*row)
    return Group(found, Text(), trials)


def _agents(agents: Sequence[AgentResult]) -> Table:
    grid = _grid(4)
    for agent in agents:
        told = Text(clock_words(agent), style="dim")
        if agent.problem:
            told.append(f"{'  ' if told else ''}{printable(agent.problem)}", style=_STYLES[agent.verdict])
        grid.add_row(
            _mark(agent.verdict), Text(printable(agent.name)), Text(printable(agent.version), style="dim"), told
        )
    return grid


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
