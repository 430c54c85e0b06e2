"""Runs a scenario for a command: progress while it lasts, its report, and the exit code of its verdict."""

import sys
from collections.abc import Sequence
from pathlib import Path

from sockrig.cli.interruption import run_interruptibly
from sockrig.cli.options import OutputOptions, RigOptions
from sockrig.cli.output import print_result
from sockrig.cli.progress import Progress, ProgressLines
from sockrig.cli.rigs import Agents, named_controller, required_agents, rig_of
from sockrig.cli.sources import ScenarioSource, read_source, variables_of
from sockrig.cli.stores import store_for
from sockrig.cli.words import counted
from sockrig.report.csv import to_csv
from sockrig.report.junit import to_junit
from sockrig.report.text import run_text
from sockrig.results.document import to_json
from sockrig.results.model import RunResult
from sockrig.results.verdicts import exit_code_of
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, expand
from sockrig_wire.errors import UsageError


def run_file(name: str, variables: Sequence[str], rig: RigOptions, output: OutputOptions) -> int:
    """Run a file's, stdin's or a packaged scenario; returns the exit code.

    Raises:
        SockrigError: it is wrong, or cannot be run.
    """
    return run_source(read_source(name, variables_of(variables)), rig, output)


def run_source(source: ScenarioSource, rig: RigOptions, output: OutputOptions) -> int:
    """Run a scenario and report it; returns the exit code.

    Raises:
        SockrigError: it is wrong, or cannot be run.
    """
    if not named_controller(rig):
        _check(source, required_agents(rig))
    progress = progress_for(output)
    result = run_interruptibly(_run(source, rig, output.store, progress), on_interrupt=progress.interrupt)
    report(result, output)
    return exit_code_of(result.verdict)


def _check(source: ScenarioSource, agents: Agents) -> None:
    """Tell a mistake before agents are started for it."""
    loaded = load_scenario(source.text, file_name=source.file_name, variables=source.variables)
    if not agents.addresses:
        expand(loaded, [AgentFacts(name) for name in agents.names])


def progress_for(output: OutputOptions) -> Progress:
    """Live tables for a terminal, plain lines for a pipe, nothing if so asked."""
    if output.quiet:
        return Progress()
    if not sys.stderr.isatty():
        return ProgressLines()
    from rich.console import Console  # noqa: PLC0415 - a pipe need not load rich

    from sockrig.cli.progress_live import LiveProgress  # noqa: PLC0415

    return LiveProgress(Console(stderr=True))


async def _run(source: ScenarioSource, rig: RigOptions, store: str, progress: Progress) -> RunResult:
    with progress:
        progress.tell(_first_words(rig))
        async with rig_of(rig, store=store_for(rig, store)) as opened:
            return await opened.run(
                source.text,
                file_name=source.file_name,
                variables=source.variables,
                on_event=progress.take,
            )


def _first_words(rig: RigOptions) -> str:
    if rig.local:
        return f"starting {counted(rig.local, 'agent')} on this machine"
    return "reaching the controller" if named_controller(rig) else "reaching the agents"


def report(result: RunResult, output: OutputOptions) -> None:
    """Write a result to stdout and wherever else it is wanted."""
    if output.json:
        print_result(to_json(result))
    elif sys.stdout.isatty():
        from sockrig.cli.rendering import print_rendered  # noqa: PLC0415 - a pipe needs no rich
        from sockrig.report.terminal import run_report  # noqa: PLC0415

        print_rendered(run_report(result))
    else:
        print_result(run_text(result))
    if output.junit is not None:
        _write(output.junit, to_junit(result))
    if output.csv is not None:
        _write(output.csv, to_csv(result))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the report: {error.strerror}", where=str(path)) from error
