"""``python -m tests.bench``: Sockrig against the best of its kind, on this machine, in one run."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from tests.bench.comparison import standings
from tests.bench.machine import this_machine
from tests.bench.measurement import Trial
from tests.bench.places import PLACES, Pinning, PlaceError
from tests.bench.report import PlaceUsed, Report, RowResult, shown, to_json, to_markdown
from tests.bench.rows import ROWS, Row
from tests.bench.trials import Stage, attempt, staged, tool_names

_PROGRAMS = ("iperf3", "iperf", "nuttcp", "sockperf", "qperf", "netperf")
_USUAL_SECONDS = 2
_INTERRUPTED = 130


@dataclass(slots=True)
class _Progress:
    """What there is to report so far."""

    places: list[PlaceUsed] = field(default_factory=list)
    rows: list[RowResult] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Measure, and write the table and the JSON; the result is the exit code, 0 also where targets were missed."""
    asked = _parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):  # also where SIGINT came ignored, as in a shell's background
        signal.signal(number, signal.default_int_handler)
    rows = [row for row in ROWS if not asked.rows or row.key in asked.rows]
    started_at, machine = datetime.now(UTC), this_machine(_PROGRAMS)
    progress, interrupted = _Progress(), False
    try:
        for name in asked.places:
            _measure_at(name, rows, progress, asked)
    except KeyboardInterrupt:
        interrupted = True
    report = Report(
        started_at=started_at,
        machine=machine,
        rounds=asked.rounds,
        seconds=asked.seconds or _USUAL_SECONDS,
        places=tuple(progress.places),
        rows=tuple(progress.rows),
        interrupted=interrupted,
    )
    _write(report, asked.output)
    return _INTERRUPTED if interrupted else 0


def _measure_at(name: str, rows: Sequence[Row], progress: _Progress, asked: argparse.Namespace) -> None:
    with ExitStack() as stack:
        try:
            place = stack.enter_context(PLACES[name](asked.pinning))
        except PlaceError as problem:
            progress.places.append(PlaceUsed(name=name, problem=str(problem)))
            _say(f"{name}: skipped: {problem}")
            return
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sockrig-bench-"))
        stage = stack.enter_context(staged(place, Path(folder)))
        progress.places.append(PlaceUsed(name=name, pinning=place.pinning))
        for row in rows:
            progress.rows.append(_measure(row, stage, asked))


def _measure(row: Row, stage: Stage, asked: argparse.Namespace) -> RowResult:
    """All tools of a row in turn, round by round: A B C A B C."""
    seconds = asked.seconds or row.seconds or _USUAL_SECONDS
    tools, trials = tool_names(row), list[Trial]()
    for round in range(1, asked.rounds + 1):
        for tool in tools:
            trial = attempt(tool, row, stage, round=round, seconds=seconds)
            trials.append(trial)
            reading = trial.reading
            figure = trial.problem if reading is None else f"{shown(reading.value, row.quantity)} {reading.remark}"
            _say(f"{stage.place.name} {row.key} {round}/{asked.rounds} {tool}: {figure}")
    return RowResult(
        key=row.key,
        title=row.title,
        place=stage.place.name,
        quantity=row.quantity,
        standings=standings(tools, trials, row.targets, row.quantity),
        trials=tuple(trials),
    )


def _write(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table = to_markdown(report)
    (folder / "bench.md").write_text(table, encoding="utf-8")
    (folder / "bench.json").write_text(to_json(report) + "\n", encoding="utf-8")
    sys.stdout.write(table)
    _say(f"written to {folder}/bench.md and bench.json")


def _say(line: str) -> None:
    sys.stderr.write(line.rstrip() + "\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=_positive, default=5, metavar="N", help="times each tool is measured (default %(default)s)")
    add("--seconds", type=_positive, metavar="N", help=f"of traffic each time (default {_USUAL_SECONDS}, or the row's)")
    add("--rows", type=_row_keys, default=(), metavar="LIST", help=f"only these: {','.join(row.key for row in ROWS)}")
    add("--places", type=_place_names, default=tuple(PLACES), metavar="LIST", help=f"only these: {','.join(PLACES)}")
    add(
        "--pinning",
        choices=get_args(Pinning),
        default="split",
        help="for every tool: half of the cores for either side, or none pinned (default %(default)s)",
    )
    add("--output", type=Path, default=Path("build/bench"), metavar="FOLDER", help="default %(default)s")
    return parser


def _positive(text: str) -> int:
    """Whole numbers: none of the other tools takes less than a second, and for iperf3 0 is for ever."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return number


def _row_keys(text: str) -> tuple[str, ...]:
    return _chosen(text, [row.key for row in ROWS])


def _place_names(text: str) -> tuple[str, ...]:
    return _chosen(text, list(PLACES))


def _chosen(text: str, known: Sequence[str]) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"there is no {name!r}; there are {', '.join(known)}")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
