"""Where a run's reports go: all places checked before it starts, and each file written whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sockrig.cli.options import ReportOptions
from sockrig.results.model.run import RunResult
from sockrig_wire.errors import UsageError

STDOUT = Path("-")

Form = Callable[[RunResult], str]


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One report: the option that asks for it, where it goes, and what makes it."""

    option: str
    path: Path
    form: Form


@dataclass(frozen=True, slots=True)
class Reports:
    """What is to be written when a run has ended.

    Attributes:
        files: in the order in which they are written.
        to_stdout: what has stdout for itself; None where people read there, or events are written.
    """

    files: tuple[ReportFile, ...]
    to_stdout: Form | None

    def write(self, result: RunResult) -> None:
        """Write every file; one that cannot be written keeps none of the others from it.

        Raises:
            UsageError: some could not be written.
        """
        problems = [problem for one in self.files if (problem := _problem_with_writing(one, result)) is not None]
        if problems:
            raise UsageError("; ".join(problems), next="The run is over: its result went to stdout.")


def reports_of(output: ReportOptions) -> Reports:
    """What the options ask for, checked.

    Raises:
        UsageError: a file could not be written, two go to one place, or two want stdout.
    """
    asked = [
        ReportFile(option, path, form)
        for option, path, form in (
            ("--html", output.html, _html),
            ("--junit", output.junit, _junit),
            ("--csv", output.csv, _csv),
            ("--csv-intervals", output.csv_intervals, _csv_intervals),
        )
        if path is not None
    ]
    files = tuple(one for one in asked if one.path != STDOUT)
    _check_stdout(output)
    _check_apart(files)
    for one in files:
        _check(one)
    to_stdout = next((one.form for one in asked if one.path == STDOUT), None)
    return Reports(files, _json if output.json else to_stdout)


def _check_stdout(output: ReportOptions) -> None:
    wanting = output.wanting_stdout
    if len(wanting) > 1:
        raise UsageError(
            f"{wanting[0]} and {wanting[1]} both want stdout", next="Give one of them, or a file's name in place of -."
        )


def _check_apart(files: Sequence[ReportFile]) -> None:
    places: dict[Path, ReportFile] = {}
    for one in files:
        other = places.setdefault(one.path.resolve(), one)
        if other is not one and _is_ordinary(one.path):
            raise UsageError(
                f"{other.option} and {one.option} name the same file", where=str(one.path), next="Give each its own."
            )


def _check(report: ReportFile) -> None:
    """Try it as far as it can be tried without a trace."""
    path, where = report.path, str(report.path)
    folder = path.resolve().parent
    if path.is_dir():
        raise UsageError(f"{report.option}: this is a folder", where=where, next="Name a file in it.")
    try:
        if _is_ordinary(path):
            tempfile.TemporaryFile(dir=folder).close()
    except FileNotFoundError:
        raise UsageError(
            f"{report.option}: there is no folder {folder}", where=where, next="Make it, or name another."
        ) from None
    except OSError as error:
        raise UsageError(
            f"{report.option}: cannot write there: {error.strerror}",
            where=where,
            next="Name a file in a folder of yours.",
        ) from None


def _is_ordinary(path: Path) -> bool:
    """Whether it is a file, or will be one; a device or a pipe is written to as it is."""
    return path.is_file() or not path.exists()


def _problem_with_writing(report: ReportFile, result: RunResult) -> str | None:
    try:
        write_whole(report.path, report.form(result))
    except OSError as error:
        return f"{report.option}: cannot write {report.path}: {error.strerror}"
    return None


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever looks sees the old one or all of the new one; a device or a pipe just gets the text.

    Raises:
        OSError: it cannot be written; the old one is as it was.
    """
    if not _is_ordinary(path):
        path.write_text(text, encoding="utf-8", newline="")
        return
    target = path.resolve()
    beside = target.with_name(f".{target.name[:100]}.{os.getpid()}")
    try:
        with beside.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


# Each form is loaded when it is asked for: a page's libraries take longer to load than all of the others.


def _json(result: RunResult) -> str:
    from sockrig.results.document import to_json  # noqa: PLC0415

    return to_json(result)


def _html(result: RunResult) -> str:
    from sockrig.report.html.page import to_html  # noqa: PLC0415

    return to_html(result)


def _junit(result: RunResult) -> str:
    from sockrig.report.junit import to_junit  # noqa: PLC0415

    return to_junit(result)


def _csv(result: RunResult) -> str:
    from sockrig.report.csv import to_csv  # noqa: PLC0415

    return to_csv(result)


def _csv_intervals(result: RunResult) -> str:
    from sockrig.report.csv_intervals import to_csv_intervals  # noqa: PLC0415

    return to_csv_intervals(result)
