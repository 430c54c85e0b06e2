"""What a failure of the database means for a person. Pure."""

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sockrig.store.location import StoreLocation
from sockrig_wire.errors import SockrigError, StoreError

DATABASE_FAILURES = (SQLAlchemyError, sqlite3.Error)
"""What a database raises; whatever else is raised beside it is no failure of the store."""

_ANOTHER = "Name another with --store, or record nothing with --store none."

# The beginnings of SQLite's result codes (sqlite.org/rescode.html).
_OF_SQLITE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "SQLITE_READONLY": ("the store is read-only", _ANOTHER),
        "SQLITE_FULL": ("no space is left for the store", f"Make room on its disk. {_ANOTHER}"),
        "SQLITE_IOERR": ("the store cannot be written: its disk is full or fails", f"Look at its disk. {_ANOTHER}"),
        "SQLITE_NOTADB": ("this file is no store", _ANOTHER),
        "SQLITE_CORRUPT": ("the store is damaged", f"Bring back a copy of it. {_ANOTHER}"),
        "SQLITE_BUSY": ("another command keeps the store busy", "Try again when it has ended."),
        "SQLITE_CANTOPEN": ("the store cannot be opened: its folder is read-only or not yours", _ANOTHER),
        "SQLITE_PERM": ("you may not write the store", _ANOTHER),
        "SQLITE_AUTH": ("you may not write the store", _ANOTHER),
    }
)


def store_failure(failure: Exception, location: StoreLocation) -> SockrigError:
    """The failure in words, with the store's place; what is in words already stays as it is."""
    if isinstance(failure, SockrigError):
        return failure
    where = f"store {location}"
    if isinstance(failure, OSError):
        return StoreError(f"the store cannot be opened: {failure.strerror}", where=where, next=_ANOTHER)
    cause = failure.orig if isinstance(failure, DBAPIError) and failure.orig is not None else failure
    code = str(getattr(cause, "sqlite_errorname", ""))
    for beginning, (what, next_) in _OF_SQLITE.items():
        if code.startswith(beginning):
            return StoreError(what, where=where, next=next_)
    said = next((line.strip() for line in str(cause).splitlines() if line.strip()), type(cause).__name__)
    return StoreError(f"the store does not work: {said}", where=where, next=_ANOTHER)
