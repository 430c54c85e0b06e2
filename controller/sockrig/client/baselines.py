"""Finds the run that expectations are compared with, and makes it ready to be sent."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from sockrig.client.connection import Connection
from sockrig.results.baseline import write_baseline
from sockrig.results.document import from_json
from sockrig.results.model.run import RunResult
from sockrig.scenario.named_baseline import named_baseline
from sockrig_wire.errors import SockrigError, UsageError

_LARGEST_BYTES = 256 * 1024 * 1024
"""Of a result file."""


def find_baseline(
    scenario: str, file_name: str, variables: Mapping[str, str], *, given: str | Path | None
) -> Path | str | None:
    """The baseline of a scenario: a result file's path where there is such a file, else the name of a stored run.

    None where nothing names one.

    Args:
        scenario: its text.
        file_name: a file that the scenario names is looked for beside this one.
        variables: for the text.
        given: what goes before the scenario's own word.

    Raises:
        ScenarioError: the scenario cannot be read.
    """
    name, folder = given, Path()
    if name is None:
        name = named_baseline(scenario, file_name=file_name, variables=variables)
        folder = Path(file_name).parent
    if name is None:
        return None
    path = folder / name
    return path if path.exists() else str(name)


async def baseline_of(
    connection: Connection, scenario: str, file_name: str, variables: Mapping[str, str], *, given: str | Path | None
) -> bytes:
    """The same as it is sent to a controller; empty where nothing names one.

    Raises:
        UsageError: it cannot be read, or there is none of that name.
        ScenarioError: the scenario cannot be read.
    """
    found = await asyncio.to_thread(find_baseline, scenario, file_name, variables, given=given)
    if found is None:
        return b""
    if isinstance(found, Path):
        return write_baseline(await asyncio.to_thread(read_result, found))
    return write_baseline(await _stored_run(connection, found))


def read_result(path: Path) -> RunResult:
    """A run from its result file.

    Raises:
        UsageError: it cannot be read, or is no result document.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read the baseline: {error.strerror}", where=str(path)) from error
    if len(content) > _LARGEST_BYTES:
        raise UsageError(f"the baseline is larger than {_LARGEST_BYTES // 1024**2} MiB", where=str(path))
    try:
        return from_json(content)
    except UsageError as error:
        raise UsageError(f"the baseline is not usable: {error.what}", where=str(path), next=error.next) from None


async def _stored_run(connection: Connection, name: str) -> RunResult:
    """A run that the controller has stored, by its id, the beginning of it, or ``last``."""
    try:
        return from_json(await connection.stored_document(name, with_histograms=True))
    except SockrigError as failure:
        raise UsageError(
            f"there is no such result file for a baseline, and no such run of the past: {failure.what}",
            where=name,
            next="List the runs with: sockrig runs",
        ) from failure
