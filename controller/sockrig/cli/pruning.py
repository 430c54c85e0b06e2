"""``sockrig runs prune``: deletes runs of the past, after it has said which."""

import re
import sys
import time
from collections.abc import Sequence

from sockrig.cli.interruption import run_interruptibly
from sockrig.cli.options import StoreOptions
from sockrig.cli.output import print_result
from sockrig.cli.runs import stored_runs
from sockrig.cli.stores import past_runs
from sockrig.cli.words import counted
from sockrig.report.printable import printable
from sockrig.results import quantities
from sockrig_wire.errors import InterruptedRunError, UsageError
from sockrig_wire.model.store import StoredRun

_MOST_RUNS = 1_000_000
_DELETED_AT_ONCE = 500
_MOST_SHOWN = 10
"""Runs that are named before the question; of more the others are counted."""

_AGE = re.compile(r"(\d{1,6})\s*(h|d|w)")
_AGE_SECONDS = {"h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


def prune_runs(options: StoreOptions, *, older_than: str, keep: int | None, yes: bool) -> int:
    """Delete what is not to be kept; returns the exit code.

    Raises:
        UsageError: it is not said what to keep, or there is nobody to ask.
        InterruptedRunError: the answer is no.
        SockrigError: the store cannot be read or written.
    """
    if not older_than and keep is None:
        raise UsageError("it is not said which runs to delete", next="Give --older-than 30d or --keep N.")
    age_seconds = age_of(older_than) if older_than else None
    run_interruptibly(_prune(options, age_seconds, keep, yes=yes))
    return 0


async def _prune(options: StoreOptions, age_seconds: float | None, keep: int | None, *, yes: bool) -> None:
    async with past_runs(options) as connection:
        listed = await stored_runs(connection, _MOST_RUNS)
        going = prunable(listed.runs, older_than_seconds=age_seconds, keep=keep, now_seconds=time.time())
        if not going:
            print_result(f"nothing to delete: the store {listed.store} has {counted(len(listed.runs), 'run')}")
            return
        size = quantities.size(sum(run.stored_bytes for run in going))
        if not yes:
            _ask(going, f"Delete {counted(len(going), 'run')} of {len(listed.runs)} from {listed.store}, about {size}?")
        freed = 0
        for start in range(0, len(going), _DELETED_AT_ONCE):
            freed += await connection.delete_runs(run.run_id for run in going[start : start + _DELETED_AT_ONCE])
        given_back = f", {quantities.size(freed)} freed" if freed else ", their space is used again"
        print_result(f"{counted(len(going), 'run')} deleted{given_back}")


def prunable(
    runs: Sequence[StoredRun], *, older_than_seconds: float | None, keep: int | None, now_seconds: float
) -> tuple[StoredRun, ...]:
    """Those that are over and older than that, and not among the last ``keep``; ``runs`` are the last ones first."""
    candidates = runs if keep is None else runs[keep:]
    return tuple(
        run
        for run in candidates
        if run.state != "running"
        and (older_than_seconds is None or now_seconds - run.started_at_seconds > older_than_seconds)
    )


def age_of(text: str) -> float:
    """Seconds of ``12h``, ``30d`` or ``8w``.

    Raises:
        UsageError: it is no age.
    """
    if matched := _AGE.fullmatch(text.strip()):
        return int(matched[1]) * _AGE_SECONDS[matched[2]]
    raise UsageError(f"{text!r} is no age", where="--older-than", next="Write hours, days or weeks: 12h, 30d, 8w.")


def _ask(going: Sequence[StoredRun], question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to confirm it", next=f"Add --yes to answer this question: {question}")
    from sockrig.cli.runs_table import began_words  # noqa: PLC0415 - who says --yes needs no table

    for run in going[:_MOST_SHOWN]:
        print(f"{run.run_id}  {began_words(run)}  {printable(run.name)}", file=sys.stderr)
    if len(going) > _MOST_SHOWN:
        print(f"and {len(going) - _MOST_SHOWN} more", file=sys.stderr)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise InterruptedRunError("nothing was deleted")
