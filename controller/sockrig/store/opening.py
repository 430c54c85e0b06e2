"""Opens a store: its database, its lock, and its tables in this version, or an error that says what is wrong.

A failed opening changes nothing but that it may have made the folder, and an empty file in it.
"""

import logging
import sqlite3
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from sockrig.store.failures import DATABASE_FAILURES, store_failure
from sockrig.store.location import StoreLocation, location_of
from sockrig.store.lock import StoreLock
from sockrig.store.tables import SCHEMA_VERSION, VERSION_TABLE
from sockrig_wire.errors import NotFoundError, StoreError

BUSY_SECONDS = 30.0
"""How long a writer waits for another that writes: far more than any of our transactions takes."""

_AGAIN_SECONDS = 0.02
"""Between two tries of what SQLite does not wait for itself."""

CONNECT_SECONDS = 10
"""How long a database server may take to answer."""

_HEADER = b"SQLite format 3\0"
"""With this every database of SQLite begins: sqlite.org/fileformat.html, section 1.3."""

_MIGRATION_LOCK = 0x534F434B
"""Key of PostgreSQL's advisory lock under which the tables are made: only one may at a time."""


@dataclass(frozen=True, slots=True)
class OpenStore:
    """A database whose tables are there.

    Attributes:
        reading: gives connections that see one state of the store.
        writing: gives connections that alone may write to a SQLite file, from the beginning of their transaction.
    """

    location: StoreLocation
    reading: Engine
    writing: Engine
    lock: StoreLock | None

    @classmethod
    def open(cls, location: StoreLocation, *, alone_for: str = "", create: bool = True) -> Self:
        """Open the store.

        Args:
            location: where it is.
            alone_for: where the clients of a controller come that stays up, and so has the file alone; empty for a
                command, which shares it with others.
            create: make what is missing.

        Raises:
            NotFoundError: there is none, and ``create`` is not set.
            StoreError: it cannot be read or written, is not one, is from a newer version, or others have it.
        """
        if not create and location.path is not None and not location.path.exists():
            raise NotFoundError(
                "there is no store yet",
                where=str(location),
                next="Run something (sockrig demo), or name another with --store.",
            )
        with ExitStack() as undo:
            try:
                lock = _locked(location.path, alone_for) if location.path is not None else None
                if lock is not None:
                    undo.callback(lock.release)
                engine = _engine(location)
                undo.callback(engine.dispose)
                writing = engine.execution_options(writes=True)
                with writing.begin() as connection:
                    _bring_up_to_date(connection, location)
                if location.path is not None:
                    _journal_beside(engine)
            except (*DATABASE_FAILURES, OSError) as failure:
                raise store_failure(failure, location) from failure
            undo.pop_all()
        return cls(location, engine, writing, lock)

    @classmethod
    def at(cls, text: str, *, alone_for: str = "", create: bool = True) -> Self:
        """Open the store that a person names: by a path or a URL, or with an empty text the usual one.

        Raises:
            UsageError: it can be no store.
            SockrigError: see :meth:`open`.
        """
        location = location_of(text, usual_path())
        assert location is not None, "who wants no store opens none"
        return cls.open(location, alone_for=alone_for, create=create)

    def failure(self, problem: Exception) -> Exception:
        """What failed here, in words."""
        return store_failure(problem, self.location)

    def size_bytes(self) -> int | None:
        """What a SQLite store takes on disk; None of a server's."""
        path = self.location.path
        if path is None:
            return None
        return sum(part.stat().st_size for part in (path, Path(f"{path}-wal")) if part.exists())

    def give_back(self) -> None:
        """Let a SQLite file shrink; where others use it just then, its free space is used again instead."""
        if self.location.path is None:
            return
        with suppress(sqlite3.OperationalError):
            _outside_transactions(self.reading, "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of it."""
        self.reading.dispose()
        if self.lock is not None:
            self.lock.release()


def _locked(path: Path, alone_for: str) -> StoreLock:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        raise StoreError("this is not a file", where=f"store {path}", next="Name a file with --store.")
    with path.open("ab+") as file:  # where it cannot be written, the system says why
        file.seek(0)
        beginning = file.read(len(_HEADER))
    if beginning not in {b"", _HEADER}:  # SQLite takes a short file for an empty database
        raise StoreError("this file is no store", where=f"store {path}", next="Name another file with --store.")
    return StoreLock.alone(path, alone_for) if alone_for else StoreLock.shared(path)


def _engine(location: StoreLocation) -> Engine:
    if location.path is not None:
        return _sqlite(location.path)
    try:
        return create_engine(
            location.url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_SECONDS}, pool_size=4
        )
    except (ArgumentError, ImportError) as failure:
        missing = isinstance(failure, ImportError)
        raise StoreError(
            "the driver for PostgreSQL is not installed" if missing else f"not a database: {failure}",
            where=f"store {location}",
            next="pip install 'sockrig[controller,postgresql]'" if missing else "Write postgresql://USER@HOST/NAME.",
        ) from failure


def _sqlite(path: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        # No isolation level: transactions begin where we say so, also around changes of tables.
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=4)
    event.listen(engine, "begin", _begin)
    return engine


def _journal_beside(engine: Engine) -> None:
    """Write ahead of the file (sqlite.org/wal.html), so that readers and a writer do not wait for each other.

    The file remembers it, and it is a change; so it comes only after the file is known to be a store. Where two want to
    make it at once, SQLite makes neither wait, since they would wait for each other: then we do.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            _outside_transactions(engine, "PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as failure:
            if failure.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return


def _outside_transactions(engine: Engine, *statements: str) -> None:
    with closing(engine.raw_connection()) as connection:
        for statement in statements:
            connection.cursor().execute(statement)


def _begin(connection: Connection) -> None:
    """A writer takes the file's lock at once: who reads first and writes then may find that another was between."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_up_to_date(connection: Connection, location: StoreLocation) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    version = _version(connection, location)
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"a newer version of Sockrig made this store (its tables are of version {version}, "
            f"here they are of {SCHEMA_VERSION})",
            where=f"store {location}",
            next="Use that version, or name another store with --store.",
        )
    if version < SCHEMA_VERSION:
        _migrate(connection)


def _version(connection: Connection, location: StoreLocation) -> int:
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE in tables:
        # The name is ours, and alembic's one column is a text that we number.
        told = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608
        return int(told or 0)
    if tables and location.path is not None:
        raise StoreError(
            "this is a database of another program",
            where=f"store {location}",
            next="Name another file with --store.",
        )
    return 0


def _migrate(connection: Connection) -> None:
    # How it sets itself up, which it tells when it is loaded, is nobody's business here.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from alembic import command  # noqa: PLC0415 - a store that is up to date needs none of it
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "sockrig.store:migrations")
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


def usual_path() -> Path:
    """The store in this user's data folder."""
    from platformdirs import user_data_path  # noqa: PLC0415 - who names a store needs none of it

    return user_data_path("sockrig", appauthor=False) / "runs.db"
