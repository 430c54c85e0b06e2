"""One run of a scenario, from its start to its result; whoever leaves it early stops it on every agent."""

from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sockrig.client.connection import Connection
from sockrig_wire.channel import MAX_MESSAGE_BYTES
from sockrig_wire.errors import InternalError, SockrigError, UsageError
from sockrig_wire.model.controller import Notice, ResultPart, WatchRunResponse

if TYPE_CHECKING:
    from sockrig.results.model.run import RunResult

_LARGEST_SCENARIO_BYTES = MAX_MESSAGE_BYTES - 64 * 1024
"""What fits a message beside the variables."""


async def run_scenario(
    connection: Connection,
    scenario: str | Path,
    *,
    file_name: str | None = None,
    variables: Mapping[str, str],
    baseline: str | Path | None = None,
    on_event: Callable[[WatchRunResponse], None],
) -> "RunResult":
    """Start a scenario, hand on what happens, and return the result.

    ``baseline`` names the run that it is compared with, and goes before the one that the scenario names.

    When it ends early (an error, a cancellation), the run is stopped and this returns only when every agent has said
    that nothing is left, or is known to be lost; the last event then says what was closed.

    Raises:
        SockrigError: the scenario is wrong, or cannot be run.
    """
    from sockrig.client.baselines import baseline_of  # noqa: PLC0415 - what runs no scenario need not load pydantic
    from sockrig.client.inclusions import read_inclusions  # noqa: PLC0415
    from sockrig.results.document import from_json  # noqa: PLC0415

    text, name = (str(scenario), file_name) if file_name is not None else read_scenario(scenario)
    included = read_inclusions(text, file_name=name, variables=variables)
    earlier = await baseline_of(connection, text, name, variables, given=baseline)
    _check_size(name, text, *included.values(), baseline=earlier)
    run_id = await connection.start_run(text, file_name=name, variables=variables, included=included, baseline=earlier)
    at_seconds = 0.0
    document = bytearray()
    complete = False
    try:
        async with aclosing(connection.watch_run(run_id, owner=True)) as events:
            async for event in events:
                if isinstance(event.body, ResultPart):
                    document += event.body.json
                    complete = event.body.last
                else:
                    at_seconds = event.at_seconds
                    on_event(event)
    finally:
        if not complete:
            with suppress(SockrigError):  # the agents' grace does what this could not
                stopped = await connection.stop_run(run_id, reason="the client left")
                on_event(WatchRunResponse(at_seconds, Notice("info", str(stopped))))
    if not complete:
        raise InternalError(f"run {run_id} ended without a result", where=f"controller {connection.address}")
    return from_json(document.decode())


def read_scenario(scenario: str | Path) -> tuple[str, str]:
    """The scenario's text and its file's name; a string with a line break is the text itself.

    Raises:
        UsageError: the file cannot be read, or is larger than a message.
    """
    if isinstance(scenario, str) and "\n" in scenario:
        text, file_name = scenario, "<text>"
    else:
        text, file_name = _read_file(Path(scenario)), str(scenario)
    _check_size(file_name, text)
    return text, file_name


def _check_size(file_name: str, *texts: str, baseline: bytes = b"") -> None:
    """Refuse what does not fit one message."""
    if sum(len(text.encode()) for text in texts) + len(baseline) <= _LARGEST_SCENARIO_BYTES:
        return
    parts = ["scenario", *(["what it includes"] if len(texts) > 1 else []), *(["baseline"] if baseline else [])]
    verb = "is" if len(parts) == 1 else "together are"
    raise UsageError(
        f"{' and '.join(parts)} {verb} larger than {_LARGEST_SCENARIO_BYTES // 1024} KiB",
        where=file_name,
        next="Compare fewer flows at a time." if baseline else "Split it into several.",
    )


def _read_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LARGEST_SCENARIO_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read the scenario: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise UsageError("the scenario is not UTF-8 text", where=str(path)) from error
