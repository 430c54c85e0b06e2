"""Where a store is, from what a person writes: a path, a URL, ``none``, or nothing for the usual place. Pure."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from sockrig_wire.errors import UsageError

NO_STORE = "none"
"""What stands for no store: nothing is recorded."""

_SQLITE = "sqlite"
_POSTGRESQL = ("postgresql+psycopg", "postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class StoreLocation:
    """A SQLite file, or the URL of a PostgreSQL database."""

    path: Path | None = None
    url: str = field(default="", repr=False)

    def __str__(self) -> str:
        """As people may read it: without a password."""
        if self.path is not None:
            return str(self.path)
        parts = urlsplit(self.url)
        user, at, host = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}"))


def location_of(text: str, usual: Path) -> StoreLocation | None:
    """The store that ``text`` names, ``usual`` for an empty one; None for no store.

    Raises:
        UsageError: it names a database that cannot be a store.
    """
    if text == NO_STORE:
        return None
    scheme, separator, rest = text.partition("://")
    if not separator:
        return StoreLocation(Path(text).expanduser() if text else usual)
    if scheme in _POSTGRESQL:
        return StoreLocation(url=f"{_POSTGRESQL[0]}://{rest}")
    path = unquote(rest.partition("?")[0]).removeprefix("/")
    if scheme != _SQLITE or not rest.startswith("/") or path in {"", ":memory:"}:
        shown = StoreLocation(url=text)
        raise UsageError(
            f"{str(shown)!r} is no place for a store",
            where="--store",
            next="Give a file's path, postgresql://USER@HOST/DATABASE, or none to record nothing.",
        )
    return StoreLocation(Path(path))
