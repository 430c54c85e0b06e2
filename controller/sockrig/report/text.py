"""Results for a pipe: one line a fact, each beginning with what it is about, so that grep and people can read it."""

from collections.abc import Iterator

from sockrig.report.figures import clock_words, figures_of, labels_of, within
from sockrig.report.printable import printable
from sockrig.report.search import goal_lines, trial_rows
from sockrig.results import quantities
from sockrig.results.model import AgentResult, RunResult, StepResult


def run_text(result: RunResult) -> str:
    """The whole run; the verdict stands in the first line."""
    return "".join(f"{printable(line)}\n" for line in _run_lines(result))


def step_text(step: StepResult) -> str:
    """One step."""
    return "".join(f"{printable(line)}\n" for line in _step_lines(step))


def _run_lines(result: RunResult) -> Iterator[str]:
    skew = ""
    if result.start_skew_seconds is not None:
        skew = f", start skew {within(result.start_skew_seconds, result.start_skew_uncertainty_seconds)}"
    yield f"run {result.verdict}: {result.name}, {quantities.time(result.duration_seconds)}{skew}, id {result.run_id}"
    for step in result.steps:
        yield from _step_lines(step)
    for agent in result.agents:
        yield _agent_line(agent)
    for notice in result.notices:
        yield f"note: {notice}"


def _step_lines(step: StepResult) -> Iterator[str]:
    yield f"step {step.verdict}: {step.name}"
    for flow, label in zip(step.flows, labels_of(step.flows), strict=True):
        figures = [f"{one.heading} {one.text_of(flow)}" for one in figures_of([flow])]
        yield f"flow {flow.kind} {label}: {', '.join(figures) or 'no figures'}"
    for probe in step.reach:
        detail = f", {probe.detail}" if probe.detail else ""
        yield f"reach {probe.verdict}: {probe.source} > {probe.destination} {probe.protocol}/{probe.port}{detail}"
    for call in step.sockets:
        yield f"call {call.verdict}: {call.on}: {call.call}: {call.result}"
    if step.search:
        for subject, said in goal_lines(step.search):
            yield f"search {subject}: {said}"
        for number, offered, packets, seconds, lost, of in trial_rows(step.search):
            yield f"trial {number}: {offered}, {packets}, for {seconds}: {lost} lost, {of}"
    for expectation in step.expectations:
        yield f"expectation {expectation.verdict}: {expectation.text}, measured {expectation.measured}"
    for worker in step.late_workers:
        yield f"late: {worker}"
    for problem in step.problems:
        yield f"problem: {problem}"


def _agent_line(agent: AgentResult) -> str:
    facts = [f"version {agent.version}"] if agent.version else []
    if agent.clock_offset_seconds is not None:
        facts.append(clock_words(agent.clock_offset_seconds, agent.clock_uncertainty_seconds))
    if agent.problem:
        facts.append(agent.problem)
    return f"agent {agent.verdict}: {', '.join([agent.name, *facts])}"
