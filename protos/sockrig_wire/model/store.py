"""The runs that a controller has stored, as it tells its clients (store.proto)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """One run of the store.

    ``state`` is running, interrupted, or the verdict; ``started_at_seconds`` is since 1970 UTC; ``duration_seconds``
    is None while it runs; ``stored_bytes`` is about how much of the store it takes.
    """

    run_id: str
    name: str
    state: str
    started_at_seconds: float
    duration_seconds: float | None = None
    agents: tuple[str, ...] = ()
    source: str = ""
    stored_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ListRunsResponse:
    """Runs of the store, those that began last first; ``more`` if others began before these."""

    runs: tuple[StoredRun, ...]
    more: bool
    store: str
