"""A store opens in this version, or an error says why it does not and nothing is changed."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sockrig.store import opening
from sockrig.store.location import StoreLocation
from sockrig.store.opening import OpenStore, usual_path
from sockrig.store.tables import SCHEMA_VERSION, VERSION_TABLE, metadata
from sockrig_wire.errors import NotFoundError, SockrigError, StoreError


def refused(location, error=StoreError, **how):
    """The error; what was there is as it was."""
    before = location.path.read_bytes() if location.path.is_file() else None
    with pytest.raises(error) as failure:
        OpenStore.open(location, **how)
    assert before == (location.path.read_bytes() if location.path.is_file() else None)
    assert str(location) in str(failure.value)
    assert failure.value.next
    return str(failure.value)


def test_the_migrations_make_the_tables_that_the_code_knows(store):
    with store.reading.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_has_the_version_that_the_code_names():
    config = Config()
    config.set_main_option("script_location", "sockrig.store:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == str(SCHEMA_VERSION)


def test_every_table_and_column_says_what_it_holds():
    assert [table.name for table in metadata.sorted_tables if not table.comment] == []
    assert [str(column) for table in metadata.sorted_tables for column in table.columns if not column.comment] == []


def test_the_folder_and_the_file_are_made(location):
    OpenStore.open(location).close()
    assert location.path.is_file()
    OpenStore.open(location, create=False).close()


def test_a_store_that_is_not_there_is_not_made_for_one_who_only_looks(location):
    assert "there is no store yet" in refused(location, NotFoundError, create=False)
    assert not location.path.parent.exists()


def test_commands_that_begin_at_once_make_one_store(location):
    with ThreadPoolExecutor(8) as threads:
        for store in list(threads.map(lambda _: OpenStore.open(location), range(8))):
            store.close()


def test_where_sqlite_does_not_wait_for_another_command_the_opening_does(location, monkeypatch):
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    refusals, real = [busy, busy], opening._outside_transactions

    def refused_twice(engine, *statements):
        if refusals:
            raise refusals.pop()
        real(engine, *statements)

    monkeypatch.setattr(opening, "_outside_transactions", refused_twice)
    store = OpenStore.open(location)
    with store.reading.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    store.close()


def test_the_journal_lets_readers_and_a_writer_work_at_the_same_time(store):
    with store.reading.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        with store.writing.begin() as writer:
            writer.exec_driver_sql("UPDATE runs SET name = 'x'")
        assert connection.exec_driver_sql("SELECT count(*) FROM runs").scalar() == 0


def test_a_store_of_a_newer_version_is_left_alone(location):
    OpenStore.open(location).close()
    with closing(sqlite3.connect(location.path)) as database, database:
        database.execute(f"UPDATE {VERSION_TABLE} SET version_num = '{SCHEMA_VERSION + 1}'")
    assert "newer version of Sockrig" in refused(location)


@pytest.mark.parametrize("content", [b"no database at all\n" * 1000, b"\xff" * 5000, b"x"])
def test_a_file_of_something_else_is_left_alone(location, content):
    location.path.parent.mkdir()
    location.path.write_bytes(content)
    assert "no store" in refused(location)


def test_a_database_of_another_program_is_left_alone(location):
    location.path.parent.mkdir()
    with closing(sqlite3.connect(location.path)) as database, database:
        database.execute("CREATE TABLE bookmarks (url)")
    assert "another program" in refused(location)
    with closing(sqlite3.connect(location.path)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]


def test_a_folder_is_no_store(location):
    location.path.mkdir(parents=True)
    assert "not a file" in refused(location)


def test_a_server_that_does_not_answer_is_told(tmp_path):
    location = StoreLocation(url=f"postgresql+psycopg://me:secret@/x?host={tmp_path}")
    with pytest.raises(SockrigError) as failure:
        OpenStore.open(location)
    assert "secret" not in str(failure.value)
    assert "does not work" in str(failure.value)


def test_a_failed_opening_lets_go_of_the_lock(location):
    location.path.parent.mkdir()
    location.path.write_bytes(b"x" * 5000)
    refused(location, alone_for="127.0.0.1:1")
    location.path.unlink()
    OpenStore.open(location, alone_for="127.0.0.1:1").close()


def test_the_usual_place_is_in_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert usual_path() == tmp_path / "sockrig" / "runs.db"
