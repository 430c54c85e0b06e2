"""``sockrig show``, ``export`` and ``import``: one run of the past, told, taken out of a store, and into one."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sockrig.cli.interruption import run_interruptibly
from sockrig.cli.options import ReportOptions, StoreOptions
from sockrig.cli.output import print_result
from sockrig.cli.report_files import reports_of
from sockrig.cli.running import report
from sockrig.cli.stores import past_runs
from sockrig.results import quantities
from sockrig.results.document import from_json
from sockrig.results.model.run import RunResult
from sockrig_wire.errors import UsageError

_PART_BYTES = 512 * 1024


def show_run(run: str, options: StoreOptions, output: ReportOptions) -> int:
    """Report a run as it was reported at its end; returns the exit code.

    Raises:
        UsageError: a report cannot be written.
        SockrigError: there is no such run, or the store cannot be read.
    """
    reports = reports_of(output)
    result = run_interruptibly(_result(run, options))
    report(result, reports)
    reports.write(result)
    return 0


async def _result(run: str, options: StoreOptions) -> RunResult:
    async with past_runs(options) as connection:
        return from_json(await connection.stored_document(run))


def export_run(run: str, path: Path, options: StoreOptions) -> int:
    """Write the archive of a run to a file, which is there whole or not at all; returns the exit code.

    Raises:
        UsageError: the file cannot be written.
        SockrigError: there is no such run, or the store cannot be read.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            try:
                run_interruptibly(_export(run, file, options))
                part.replace(path)
            except BaseException:
                part.unlink()
                raise
            size = file.tell()
    except OSError as error:
        raise UsageError(f"cannot write the archive: {error.strerror}", where=str(path)) from error
    print_result(f"run {run} is in {path}, {quantities.size(size)}")
    return 0


async def _export(run: str, file: IO[bytes], options: StoreOptions) -> None:
    async with past_runs(options) as connection:
        async for part in connection.export_run(run):
            file.write(part)
    file.flush()


def import_run(path: Path, options: StoreOptions) -> int:
    """Take the archive of a run into the store; returns the exit code.

    Raises:
        UsageError: the file cannot be read, is no archive, or its run is there already.
        SockrigError: a newer version wrote it, or the store cannot be written.
    """
    if not os.access(path, os.R_OK) or not path.is_file():
        raise UsageError("there is no such file, or it cannot be read", where=str(path))
    imported = run_interruptibly(_import(path, options))
    print_result(f"run {imported} is imported")
    return 0


async def _import(path: Path, options: StoreOptions) -> str:
    async with past_runs(options, create=True) as connection:
        return (await connection.import_run(_parts(path))).run_id


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_PART_BYTES):
            yield part
