"""A store's place, as people write it."""

from pathlib import Path

import pytest

from sockrig.store.location import StoreLocation, location_of
from sockrig_wire.errors import UsageError

USUAL = Path("/home/me/runs.db")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "/home/me/runs.db"),
        ("runs.db", "runs.db"),
        ("/var/lib/runs.db", "/var/lib/runs.db"),
        ("sqlite:///runs.db", "runs.db"),
        ("sqlite:////var/lib/runs.db", "/var/lib/runs.db"),
        ("sqlite:////var/lib/my%20runs.db?mode=ro", "/var/lib/my runs.db"),
    ],
)
def test_a_path_and_a_url_of_sqlite_are_a_file(text, path):
    assert location_of(text, USUAL) == StoreLocation(Path(path))


def test_a_tilde_is_the_home_folder():
    assert location_of("~/runs.db", USUAL) == StoreLocation(Path.home() / "runs.db")


def test_none_is_no_store():
    assert location_of("none", USUAL) is None


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_name_of_postgresql_gets_the_driver_that_we_have(scheme):
    found = location_of(f"{scheme}://me@db.lab:5433/sockrig?sslmode=require", USUAL)
    assert found == StoreLocation(url="postgresql+psycopg://me@db.lab:5433/sockrig?sslmode=require")


def test_a_password_is_shown_nowhere():
    location = location_of("postgresql://me:se%40cret@db.lab/sockrig", USUAL)
    assert "se%40cret" not in f"{location} {location!r}"
    assert "me@db.lab" in str(location)


@pytest.mark.parametrize("text", ["mysql://db/x", "sqlite://", "sqlite:///:memory:", "sqlite://host/runs.db", "x://"])
def test_what_can_be_no_store_is_refused(text):
    with pytest.raises(UsageError, match="no place for a store"):
        location_of(text, USUAL)
