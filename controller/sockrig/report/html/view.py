"""What the page shows, as values: which parts there are, in which order, and how much of what is too much. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sockrig.report.charts.chart import Chart
from sockrig.report.charts.clocks import clock_chart
from sockrig.report.charts.delays import TIMES, delay_charts
from sockrig.report.charts.timeline import timelines
from sockrig.report.course import OF_TCP, RETRANSMITS, TCP_ROUND_TRIP, THROUGHPUT, Quantity, main_quantity
from sockrig.report.figures import figure_label, within
from sockrig.report.html.reach_map import Cell, ReachMap, legend, reach_maps, reach_words
from sockrig.report.html.tables import Table, agent_table, flow_table, limit_table, load_table, tcp_table, trial_table
from sockrig.report.limits import advice_lines, limit_lines
from sockrig.report.search import goal_lines
from sockrig.results import quantities
from sockrig.results.definitions import DEFINITIONS, Definition
from sockrig.results.model.flow import FlowResult
from sockrig.results.model.run import RunResult
from sockrig.results.model.step import SocketCallResult, StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.search import capacity_words
from sockrig.results.verdicts import reach_verdict

MOST_CHARTED_STEPS = 30
"""Of a longer run only the first steps with traffic have charts: a page must stay one that opens."""

_OF_ANY_TCP = (RETRANSMITS, TCP_ROUND_TRIP)
"""Of a flow that asks and waits, the window and the rate of its few segments tell nothing."""

MOST_TROUBLES = 40
MOST_TROUBLES_OF_STEP = 8
MOST_CALLS = 500


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is not as it should be, and in which step (by its anchor; empty: in the run)."""

    anchor: str
    place: str
    verdict: str
    text: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One step; a part that it does not have is empty or None."""

    anchor: str
    number: int
    step: StepResult
    facts: tuple[str, ...]
    repetitions: tuple[str, ...]
    goals: tuple[tuple[str, str], ...]
    trials: Table | None
    flows: Table | None
    charts: tuple[Chart, ...]
    charts_left_out: bool
    maps: tuple[ReachMap, ...]
    legend: tuple[Cell, ...]
    calls: tuple[SocketCallResult, ...]
    calls_left_out: int
    limits: Table | None
    limit_lines: tuple[str, ...]
    advice: tuple[str, ...]
    tcp: Table | None


@dataclass(frozen=True, slots=True)
class PageView:
    """The whole page."""

    run: RunResult
    facts: tuple[tuple[str, str], ...]
    troubles: tuple[Trouble, ...]
    troubles_left_out: int
    steps: tuple[StepView, ...]
    load: Table | None
    agents: Table | None
    clocks: Chart | None
    definitions: tuple[tuple[str, Definition], ...]


def page_view(run: RunResult) -> PageView:
    """What is shown of a run."""
    troubles = [*_of_run(run), *(one for number, step in enumerate(run.steps, 1) for one in _of_step(number, step))]
    charted = [number for number, step in enumerate(run.steps, 1) if step.flows][:MOST_CHARTED_STEPS]
    return PageView(
        run=run,
        facts=tuple(_facts(run)),
        troubles=tuple(troubles[:MOST_TROUBLES]),
        troubles_left_out=max(0, len(troubles) - MOST_TROUBLES),
        steps=tuple(_step_view(number, step, charted=number in charted) for number, step in enumerate(run.steps, 1)),
        load=load_table(run.latency_under_load),
        agents=agent_table(run.agents),
        clocks=clock_chart(run.agents, run.steps),
        definitions=_definitions(run),
    )


def _facts(run: RunResult) -> list[tuple[str, str]]:
    facts = [
        ("started", f"{run.started_at:%Y-%m-%d %H:%M:%S %Z}".rstrip()),
        ("took", quantities.time(run.duration_seconds)),
        ("steps", quantities.count(len(run.steps))),
        ("agents", quantities.count(len(run.agents))),
    ]
    if run.start_skew_seconds is not None:
        facts.append(("largest start skew", within(run.start_skew_seconds, run.start_skew_uncertainty_seconds)))
    facts.append(("run", run.run_id))
    return facts


def _of_run(run: RunResult) -> list[Trouble]:
    lost = [agent for agent in run.agents if agent.verdict is not Verdict.PASSED]
    return [
        Trouble("agents", f"agent {agent.name}", agent.verdict.value, agent.problem or "no reason was told")
        for agent in lost
    ]


def _of_step(number: int, step: StepResult) -> list[Trouble]:
    anchor, place = _anchor(number), f"step {number}, {step.name}"

    def trouble(verdict: Verdict, text: str) -> Trouble:
        return Trouble(anchor, place, verdict.value, text)

    found = [trouble(step.verdict, problem) for problem in step.problems]
    found += [
        trouble(one.verdict, f"{one.text}: {one.finding}")
        for one in step.expectations
        if one.verdict is not Verdict.PASSED
    ]
    found += [
        trouble(verdict, f"{one.source} > {one.destination} {one.protocol}/{one.port}: {reach_words(one)}")
        for one in step.reach
        if (verdict := reach_verdict(one)) is not Verdict.PASSED
    ]
    found += [
        trouble(one.verdict, f"{one.on}: {one.call}: {one.result}")
        for one in step.sockets
        if one.verdict is not Verdict.PASSED
    ]
    if step.late_workers:
        found.append(Trouble(anchor, place, "late", _late(step.late_workers)))
    if len(found) > MOST_TROUBLES_OF_STEP:
        more = f"and {len(found) - MOST_TROUBLES_OF_STEP + 1:,} more in this step"
        found = [*found[: MOST_TROUBLES_OF_STEP - 1], Trouble(anchor, place, step.verdict.value, more)]
    return found or ([] if step.verdict is Verdict.PASSED else [trouble(step.verdict, "no reason was told")])


def _late(workers: Sequence[str]) -> str:
    if len(workers) == 1:
        return f"a worker started late: {workers[0]}"
    return f"{len(workers)} workers started late, the first named: {workers[0]}"


def _step_view(number: int, step: StepResult, *, charted: bool) -> StepView:
    calls = step.sockets
    if len(calls) > MOST_CALLS:
        calls = tuple(call for call in calls if call.verdict is not Verdict.PASSED)[:MOST_CALLS]
    return StepView(
        anchor=_anchor(number),
        number=number,
        step=step,
        facts=_step_facts(step),
        repetitions=_repetitions(step),
        goals=goal_lines(step.search) if step.search else (),
        trials=trial_table(step.search) if step.search else None,
        flows=flow_table(step.flows),
        charts=_charts(step.flows) if charted else (),
        charts_left_out=bool(step.flows) and not charted,
        maps=reach_maps(step.reach),
        legend=legend(step.reach),
        calls=calls,
        calls_left_out=len(step.sockets) - len(calls),
        limits=limit_table(step.flows),
        limit_lines=tuple(limit_lines(step.flows)),
        advice=tuple(advice_lines(step.flows)),
        tcp=tcp_table(step.flows),
    )


def _repetitions(step: StepResult) -> tuple[str, ...]:
    """What the repetitions that this step sums up say together."""
    summary = step.repetitions
    if summary is None:
        return ()
    return tuple(f"{figure_label(figure, summary)}: {figure.text}" for figure in summary.figures)


def _anchor(number: int) -> str:
    return f"step-{number}"


def _step_facts(step: StepResult) -> tuple[str, ...]:
    facts = [f"{name}={value}" for name, value in step.variables.items()]
    facts += dict.fromkeys(flow.kind for flow in step.flows)
    if step.flows:
        facts.append(_counted(len(step.flows), "flow"))
        if measured := max(flow.duration_seconds or 0.0 for flow in step.flows):
            facts.append(f"{quantities.time(measured)} measured")
    if step.search is not None:
        facts.append(capacity_words(step.search))
    if step.reach:
        facts.append(_counted(len(step.reach), "probe"))
    if step.sockets:
        facts.append(_counted(len(step.sockets), "call"))
    if step.start_skew_seconds is not None:
        facts.append(f"start skew {within(step.start_skew_seconds, step.start_skew_uncertainty_seconds)}")
    return tuple(facts)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _charts(flows: Sequence[FlowResult]) -> tuple[Chart, ...]:
    """First what flows are measured by, then their times, then TCP's own view of them."""
    by_quantity: dict[str, tuple[Quantity, list[FlowResult]]] = {}
    for flow in flows:
        quantity = main_quantity(flow)
        by_quantity.setdefault(quantity.name, (quantity, []))[1].append(flow)
    charts = [chart for quantity, those in by_quantity.values() for chart in timelines(those, quantity)]
    charts += [chart for key, name in TIMES for chart in delay_charts(flows, key, name)]
    for quantity in OF_TCP:
        if quantity is RETRANSMITS and not any(one.retransmits for flow in flows for one in flow.intervals):
            continue  # a line at zero says no more than the table does
        charts += timelines(
            [flow for flow in flows if quantity in _OF_ANY_TCP or main_quantity(flow) is THROUGHPUT], quantity
        )
    return tuple(charts)


def _definitions(run: RunResult) -> tuple[tuple[str, Definition], ...]:
    """Those that the run's figures follow, with the keys that do."""
    used = {(name, key) for step in run.steps for flow in step.flows for key, name in flow.definitions.items()}
    found = []
    for definition in DEFINITIONS:
        keys = [key for key in definition.keys if (definition.name, key) in used]
        if keys:
            found.append((", ".join(keys), definition))
    return tuple(found)
