"""``sockrig compare``: what changed from one run to others, and whether it is more than noise."""

from collections.abc import Sequence

from sockrig.cli.interruption import run_interruptibly
from sockrig.cli.options import StoreOptions
from sockrig.cli.output import print_result
from sockrig.cli.stores import past_runs
from sockrig.results.comparison import RunsComparison, compare
from sockrig.results.document import from_json
from sockrig.results.model.run import RunResult
from sockrig_wire.errors import UsageError


def compare_runs(sides: Sequence[str], options: StoreOptions, *, json: bool) -> int:
    """Compare every side with the first; returns the exit code.

    Raises:
        UsageError: there is nothing to compare with.
        SockrigError: there is no such run, or the store cannot be read.
    """
    if len(sides) < 2:
        raise UsageError("one run alone cannot be compared", next="Name two or more: sockrig compare last~1 last")
    references = [[one.strip() for one in side.split(",")] for side in sides]
    first, *others = run_interruptibly(_results(references, options))
    comparisons = tuple(compare(first, other) for other in others)
    if json:
        from pydantic import TypeAdapter  # noqa: PLC0415 - loaded with the results, but not by this module's users

        adapter = TypeAdapter(tuple[RunsComparison, ...])
        print_result(adapter.dump_json(comparisons, indent=2).decode())
    else:
        from sockrig.cli.comparison_table import comparison_table  # noqa: PLC0415 - a document needs no rich
        from sockrig.cli.rendering import print_rendered  # noqa: PLC0415

        print_rendered(*map(comparison_table, comparisons))
    return 0


async def _results(references: Sequence[Sequence[str]], options: StoreOptions) -> list[list[RunResult]]:
    async with past_runs(options) as connection:
        return [[from_json(await connection.stored_document(one)) for one in side] for side in references]
