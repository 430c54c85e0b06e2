"""Results for a pipe: one line a fact, each beginning with what it is about, so that grep and people can read it."""

from collections.abc import Iterator, Sequence

from sockrig.report.figures import clock_words, figure_label, figures_of, labels_of, skew_words
from sockrig.report.load import load_words
from sockrig.report.printable import printable
from sockrig.report.search import goal_lines, trial_rows
from sockrig.results import quantities
from sockrig.results.model.reach import ReachResult
from sockrig.results.model.run import AgentResult, RunResult
from sockrig.results.model.step import StepResult
from sockrig.results.reach import by_ports, reach_summary, remarkable

_MOST_ROWS = 24
"""Of more reach the rows that are as one would think are counted instead of listed."""


def run_text(result: RunResult) -> str:
    """The whole run; the verdict stands in the first line."""
    return "".join(f"{printable(line)}\n" for line in _run_lines(result))


def step_text(step: StepResult) -> str:
    """One step."""
    return "".join(f"{printable(line)}\n" for line in _step_lines(step))


def _run_lines(result: RunResult) -> Iterator[str]:
    facts = [result.name, quantities.time(result.duration_seconds), skew_words(result), f"id {result.run_id}"]
    yield f"run {result.verdict}: {', '.join(fact for fact in facts if fact)}"
    for step in result.steps:
        yield from _step_lines(step)
    for one in result.latency_under_load:
        yield f"latency under load: {load_words(one)}"
    for agent in result.agents:
        yield _agent_line(agent)
    for notice in result.notices:
        yield f"note: {notice}"


def _step_lines(step: StepResult) -> Iterator[str]:
    yield f"step {step.verdict}: {step.name}"
    for flow, label in zip(step.flows, labels_of(step.flows), strict=True):
        figures = [f"{one.heading} {one.text_of(flow)}" for one in figures_of([flow])]
        yield f"flow {flow.kind} {label}: {', '.join(figures) or 'no figures'}"
    yield from _reach_lines(step.reach)
    for call in step.sockets:
        yield f"call {call.verdict}: {call.on}: {call.call}: {call.result}"
    if step.search:
        for subject, said in goal_lines(step.search):
            yield f"search {subject}: {said}"
        for number, offered, packets, seconds, lost, of in trial_rows(step.search):
            yield f"trial {number}: {offered}, {packets}, for {seconds}: {lost} lost, {of}"
    for expectation in step.expectations:
        yield f"expectation {expectation.verdict}: {expectation.text}, {expectation.finding}"
    if step.repetitions is not None:
        for figure in step.repetitions.figures:
            yield f"repeated {figure_label(figure, step.repetitions)}: {figure.text}"
    for worker in step.late_workers:
        yield f"late: {worker}"
    for problem in step.problems:
        yield f"problem: {problem}"


def _reach_lines(rows: Sequence[ReachResult]) -> Iterator[str]:
    """Each row, or of many the sums by port and those that a person must see."""
    shown = rows
    if len(rows) > _MOST_ROWS:
        shown = remarkable(rows)
        for ports, of_ports in by_ports(rows).items():
            yield f"reach {ports}: {reach_summary(of_ports)}"
    for row in shown:
        expected = f", expected {row.expected}" if row.expected is not None and row.met is not True else ""
        detail = f", {row.detail}" if row.detail else ""
        yield f"reach {row.verdict}: {row.source} > {row.destination} {row.protocol}/{row.port}{expected}{detail}"


def _agent_line(agent: AgentResult) -> str:
    facts = [f"version {agent.version}"] if agent.version else []
    if clock := clock_words(agent):
        facts.append(clock)
    if agent.problem:
        facts.append(agent.problem)
    return f"agent {agent.verdict}: {', '.join([agent.name, *facts])}"
