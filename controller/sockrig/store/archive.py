"""One run as one file that explains itself: out of a store, and into another.

A zip with ``manifest.json`` first, which says what it is, of which version, and for every other member what is in it,
its digest and the meaning of its fields. The members ``NAME.ndjson`` are the run's rows of the store's tables, a JSON
object a line; ``result.json``, ``scenario.yaml`` and what that includes are there for people and other programs.
"""

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from sqlalchemy import JSON, Column, Connection, Table, insert, select
from sqlalchemy.exc import IntegrityError

from sockrig.results.document import to_json
from sockrig.results.model.run import RunResult
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.store import tables
from sockrig.store.failures import DATABASE_FAILURES
from sockrig.store.history import FoundRun, History
from sockrig.store.opening import OpenStore
from sockrig.store.rows import adapter_of
from sockrig.store.tables import SCHEMA_VERSION, PackedText
from sockrig_wire.errors import IncompatibleError, UsageError
from sockrig_wire.model.flows import Histogram
from sockrig_wire.model.store import StoredRun
from sockrig_wire.version import VERSION

FORMAT = "sockrig run archive"
FORMAT_VERSION = 1

MOST_BYTES = 4 * 1024**3
"""Of all members together, unpacked: what more claims to hold is no run of ours."""

_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, struct.error, OSError)
"""What zipfile raises for what is no zip, is damaged, or is packed or encrypted as we never do."""

_MANIFEST = "manifest.json"
_MOST_MANIFEST_BYTES = 1024 * 1024
_ROWS_AT_ONCE = 2_000
_DOCUMENTS: Mapping[str, Any] = MappingProxyType({"runs": RunResult, "steps": StepResult, "histograms": Histogram})
"""What the packed texts of a table are."""

_TABLES: Sequence[Table] = tables.metadata.sorted_tables
"""Those that others refer to first."""


def export_run(store: OpenStore, reference: str, file: IO[bytes]) -> StoredRun:
    """Write the archive of a run that is over.

    Raises:
        NotFoundError: there is none.
        UsageError: several are meant, or it still runs.
        StoreError: the store cannot be read.
    """
    history = History(store)
    found = history.finished(reference)
    result = history.result(found.told.run_id)
    try:
        with store.reading.connect() as connection, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            run = connection.execute(select(tables.runs).where(tables.runs.c.number == found.number)).one()
            members = [
                _text_member(archive, "result.json", to_json(result), "The result document: sockrig schema result."),
                _text_member(archive, "scenario.yaml", run.scenario, "The scenario's text, as it was started."),
                *(
                    _text_member(archive, f"included-{number}.yaml", text, f"What the scenario includes as {name}.")
                    for number, (name, text) in enumerate(sorted(run.included.items()), 1)
                ),
                *(_table_member(archive, table, connection, found) for table in _TABLES),
            ]
            manifest = {
                "format": FORMAT,
                "format_version": FORMAT_VERSION,
                "schema_version": SCHEMA_VERSION,
                "written_by": f"sockrig {VERSION}",
                "run_id": found.told.run_id,
                "name": found.told.name,
                "members": {name: facts for member in members for name, facts in member.items()},
            }
            archive.writestr(_MANIFEST, json.dumps(manifest, indent=2))
    except DATABASE_FAILURES as problem:
        raise store.failure(problem) from problem
    return found.told


def import_run(store: OpenStore, path: Path) -> StoredRun:
    """Take in the archive of a run; whatever is wrong with it, nothing is changed then.

    Raises:
        UsageError: it is no archive, is damaged, or its run is there already.
        IncompatibleError: a newer version made it.
        StoreError: the store cannot be written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive, _checked_manifest(archive))
    except _UNREADABLE as problem:
        raise _damaged(str(problem)) from problem
    try:
        with zipfile.ZipFile(path) as archive:
            run_id = _take_in(store, archive)
    except DATABASE_FAILURES as problem:
        raise store.failure(problem) from problem
    return History(store).find(run_id).told


def _text_member(archive: zipfile.ZipFile, name: str, text: str, description: str) -> dict[str, Any]:
    data = text.encode()
    archive.writestr(name, data)
    return {name: {"description": description, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}}


def _table_member(archive: zipfile.ZipFile, table: Table, connection: Connection, found: FoundRun) -> dict[str, Any]:
    name, digest, size, rows = _member_of(table), hashlib.sha256(), 0, 0
    with archive.open(name, "w") as member:
        for line in _lines(table, connection, found):
            member.write(line)
            digest.update(line)
            size += len(line)
            rows += 1
    fields = {column.name: column.comment for column in _columns(table)}
    facts = {"description": table.comment, "bytes": size, "sha256": digest.hexdigest(), "rows": rows, "fields": fields}
    return {name: facts}


def _lines(table: Table, connection: Connection, found: FoundRun) -> Iterator[bytes]:
    key = table.c.number if table is tables.runs else table.c.run
    order = table.primary_key.columns or [table.c.flow, table.c.at_seconds]
    selected = select(*_columns(table)).where(key == found.number).order_by(*order)
    for row in connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(selected).mappings():
        values = {
            column.name: _unpacked(row[column.name]) if isinstance(column.type, PackedText) else row[column.name]
            for column in _columns(table)
        }
        if table is tables.runs:  # a run whose controller died says so in its archive
            values |= {"verdict": found.told.state, "duration_seconds": found.told.duration_seconds}
        yield json.dumps(values, separators=(",", ":")).encode() + b"\n"


def _unpacked(document: str | None) -> Any:
    return None if document is None else json.loads(document)


def _columns(table: Table) -> "list[Column[Any]]":
    """All but the run's number, which is another in every store."""
    own = "number" if table is tables.runs else "run"
    return [column for column in table.columns if column.name != own]


def _member_of(table: Table) -> str:
    return f"{table.name}.ndjson"


@dataclass(frozen=True, slots=True)
class _Member:
    """What the manifest says of a member."""

    size_bytes: int
    sha256: str


def _checked_manifest(archive: zipfile.ZipFile) -> Mapping[str, _Member]:
    try:
        with archive.open(_MANIFEST) as member:
            manifest = json.loads(member.read(_MOST_MANIFEST_BYTES))
        kind, versions = manifest["format"], (int(manifest["format_version"]), int(manifest["schema_version"]))
        members = {
            str(name): _Member(int(facts["bytes"]), str(facts["sha256"])) for name, facts in manifest["members"].items()
        }
    except (KeyError, ValueError, TypeError, AttributeError) as problem:
        raise _damaged("it has no manifest of ours") from problem
    if kind != FORMAT:
        raise _damaged(f"its format is {kind!r}")
    if versions[0] > FORMAT_VERSION or versions[1] > SCHEMA_VERSION:
        raise IncompatibleError(
            f"a newer version of Sockrig made this archive ({manifest.get('written_by', 'unknown')})",
            next="Import it with that version.",
        )
    return members


def _check_members(archive: zipfile.ZipFile, members: Mapping[str, _Member]) -> None:
    missing = [name for name in map(_member_of, _TABLES) if name not in members]
    if missing:
        raise _damaged(f"it lacks {missing[0]}")
    if sum(member.size_bytes for member in members.values()) > MOST_BYTES:
        raise _damaged("it claims to be larger than any run")
    for name, facts in members.items():
        digest, size = hashlib.sha256(), 0
        try:
            with archive.open(name) as member:
                while size <= facts.size_bytes and (data := member.read(1024 * 1024)):
                    digest.update(data)
                    size += len(data)
        except KeyError as problem:
            raise _damaged(f"it lacks {name}") from problem
        if size != facts.size_bytes or digest.hexdigest() != facts.sha256:
            raise _damaged(f"{name} is not what was written")


def _take_in(store: OpenStore, archive: zipfile.ZipFile) -> str:
    with store.writing.begin() as connection:
        found = list(_rows(archive, tables.runs))
        if len(found) != 1:
            raise _damaged(f"it holds {len(found)} runs")
        (run,) = found
        try:
            key = connection.execute(insert(tables.runs), run).inserted_primary_key
        except IntegrityError as problem:
            raise UsageError(
                f"the store has the run {run['run_id']} already", where=f"store {store.location}"
            ) from problem
        assert key is not None, "an inserted row has a key"
        try:
            for table in _TABLES:
                if table is not tables.runs:
                    _insert_all(connection, table, archive, key[0])
        except IntegrityError as problem:
            raise _damaged("its parts do not belong together") from problem
        return str(run["run_id"])


def _insert_all(connection: Connection, table: Table, archive: zipfile.ZipFile, run: int) -> None:
    waiting: list[dict[str, Any]] = []
    for row in _rows(archive, table):
        waiting.append({**row, "run": run})
        if len(waiting) == _ROWS_AT_ONCE:
            connection.execute(insert(table), waiting)
            waiting.clear()
    if waiting:
        connection.execute(insert(table), waiting)


def _rows(archive: zipfile.ZipFile, table: Table) -> Iterator[dict[str, Any]]:
    name = _member_of(table)
    with archive.open(name) as member:
        for number, line in enumerate(member, start=1):
            try:
                values = json.loads(line)
                yield {column.name: _checked(column, values.get(column.name)) for column in _columns(table)}
            except (ValueError, TypeError, AttributeError) as problem:
                raise _damaged(f"{name}, line {number}: {problem}") from problem


def _checked(column: "Column[Any]", value: Any) -> Any:
    """The value as the column takes it.

    Raises:
        ValueError: the column takes no such value.
    """
    if value is None:
        if column.nullable:
            return None
        raise ValueError(f"{column.name} is missing")
    if isinstance(column.type, PackedText):
        document = json.dumps(value, separators=(",", ":"))
        adapter_of(_DOCUMENTS[column.table.name]).validate_json(document)
        return document
    kind: Any = dict if isinstance(column.type, JSON) else column.type.python_type  # all JSON of ours are objects
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ValueError(f"{column.name} is no {kind.__name__}")
    return Verdict(value).value if column.name == "verdict" else value


def _damaged(how: str) -> UsageError:
    return UsageError(f"this is no whole archive of a run: {how}", next="Export it again: sockrig export RUN FILE")
