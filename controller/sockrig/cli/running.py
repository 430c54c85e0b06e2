"""Runs a scenario for a command: progress while it lasts, its report, and the exit code of its verdict."""

import sys
from collections.abc import Callable, Sequence

from sockrig.cli.interruption import run_interruptibly
from sockrig.cli.options import OutputOptions, RigOptions
from sockrig.cli.output import print_result
from sockrig.cli.progress import Progress, ProgressLines
from sockrig.cli.report_files import Reports, reports_of
from sockrig.cli.rigs import Agents, named_controller, required_agents, rig_of
from sockrig.cli.sources import ScenarioSource, load_source, read_source, variables_of
from sockrig.cli.stores import store_for
from sockrig.cli.words import counted
from sockrig.client.baselines import find_baseline, read_result
from sockrig.report.text import run_text
from sockrig.results.baseline import check_baseline
from sockrig.results.model.run import RunResult
from sockrig.results.verdicts import exit_code_of
from sockrig.scenario.plan import AgentFacts, expand
from sockrig_wire.model.controller import WatchRunResponse


def run_file(
    name: str, variables: Sequence[str], rig: RigOptions, output: OutputOptions, *, baseline: str | None = None
) -> int:
    """Run a file's, stdin's or a packaged scenario; returns the exit code.

    Raises:
        SockrigError: it is wrong, or cannot be run.
    """
    return run_source(read_source(name, variables_of(variables), baseline=baseline), rig, output)


def run_source(source: ScenarioSource, rig: RigOptions, output: OutputOptions) -> int:
    """Run a scenario and report it; returns the exit code.

    Raises:
        SockrigError: it is wrong, or cannot be run.
    """
    reports = reports_of(output)
    if not named_controller(rig):
        _check(source, required_agents(rig))
    progress = progress_for(output)
    store = store_for(rig, output.store)  # a contradiction is told before anything begins
    if output.ndjson:
        result = _run_telling_events(source, rig, store, progress)
    else:
        result = run_interruptibly(_run(source, rig, store, progress, progress.take), on_interrupt=progress.interrupt)
        report(result, reports)
    reports.write(result)
    return exit_code_of(result.verdict)


def _check(source: ScenarioSource, agents: Agents) -> None:
    """Tell a mistake before agents are started for it."""
    loaded = load_source(source)
    if agents.addresses:
        return
    plan = expand(loaded, [AgentFacts(name) for name in agents.names])
    baseline = find_baseline(source.text, source.file_name, source.variables, given=source.baseline)
    if not isinstance(baseline, str):  # a stored run is the controller's to look at
        earlier = None if baseline is None else read_result(baseline)
        check_baseline(plan, earlier, file_name=source.file_name)


def progress_for(output: OutputOptions) -> Progress:
    """Live tables for a terminal, plain lines for a pipe, nothing if so asked."""
    if output.quiet:
        return Progress()
    if not sys.stderr.isatty():
        return ProgressLines()
    from rich.console import Console  # noqa: PLC0415 - a pipe need not load rich

    from sockrig.cli.progress_live import LiveProgress  # noqa: PLC0415

    return LiveProgress(Console(stderr=True))


def _run_telling_events(source: ScenarioSource, rig: RigOptions, store: str, progress: Progress) -> RunResult:
    from sockrig.cli.event_lines import EventLines  # noqa: PLC0415 - loaded by who asks for it

    with EventLines() as lines:

        def take(event: WatchRunResponse) -> None:
            progress.take(event)
            lines.take(event)

        result = run_interruptibly(_run(source, rig, store, progress, take), on_interrupt=progress.interrupt)
        lines.finish(result)
    return result


async def _run(
    source: ScenarioSource, rig: RigOptions, store: str, progress: Progress, take: Callable[[WatchRunResponse], None]
) -> RunResult:
    with progress:
        progress.tell(_first_words(rig))
        async with rig_of(rig, store=store) as opened:
            return await opened.run(
                source.text,
                file_name=source.file_name,
                variables=source.variables,
                baseline=source.baseline,
                on_event=take,
            )


def _first_words(rig: RigOptions) -> str:
    if rig.local:
        return f"starting {counted(rig.local, 'agent')} on this machine"
    return "reaching the controller" if named_controller(rig) else "reaching the agents"


def report(result: RunResult, reports: Reports) -> None:
    """Write a result to stdout, as it is wanted there."""
    if reports.to_stdout is not None:
        print_result(reports.to_stdout(result))
    elif sys.stdout.isatty():
        from sockrig.cli.rendering import print_rendered  # noqa: PLC0415 - a pipe needs no rich
        from sockrig.report.terminal import run_report  # noqa: PLC0415

        print_rendered(run_report(result))
    else:
        print_result(run_text(result))
