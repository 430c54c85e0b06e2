"""What a controller tells of its store, and does with it: every RPC in a few lines, on the store's own rooms."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from sockrig.results.document import to_json, to_json_with_histograms
from sockrig.results.model.run import RunResult
from sockrig.service.statuses import Context, told, told_stream
from sockrig_wire.codec import to_message
from sockrig_wire.errors import StoreError, UsageError
from sockrig_wire.v1 import store_pb2, store_pb2_grpc

if TYPE_CHECKING:
    from sockrig.store.history import History
    from sockrig.store.opening import OpenStore

PART_BYTES = 512 * 1024

MOST_IMPORTED_BYTES = 1024**3
"""Of an archive, packed: tens of thousands of times that of an ordinary run."""


class StoreServicer(store_pb2_grpc.StoreServiceServicer):
    """Serves clients who ask for runs of the past."""

    def __init__(self, store: "OpenStore | None") -> None:
        self._opened = store

    @told
    async def ListRuns(self, request: store_pb2.ListRunsRequest, context: Context) -> store_pb2.ListRunsResponse:
        """The runs in the store."""
        listed = await asyncio.to_thread(
            self._history.runs, name_contains=request.name_contains, offset=request.offset, limit=request.limit
        )
        return to_message(listed, store_pb2.ListRunsResponse())

    @told_stream
    async def GetRun(
        self, request: store_pb2.GetRunRequest, context: Context
    ) -> AsyncGenerator[store_pb2.GetRunResponse, None]:
        """A run's result document."""
        result = await asyncio.to_thread(self._history.result, request.run)
        write = to_json_with_histograms if request.with_histograms else _without_histograms
        data = await asyncio.to_thread(write, result)
        for start in range(0, len(data), PART_BYTES):
            yield store_pb2.GetRunResponse(json=data[start : start + PART_BYTES])

    @told_stream
    async def ExportRun(
        self, request: store_pb2.ExportRunRequest, context: Context
    ) -> AsyncGenerator[store_pb2.ExportRunResponse, None]:
        """A run as an archive."""
        from sockrig.store.archive import export_run  # noqa: PLC0415 - loads the database's library

        store = self._store
        with tempfile.NamedTemporaryFile(prefix="sockrig-", suffix=".zip") as file:
            await asyncio.to_thread(export_run, store, request.run, file)
            file.seek(0)
            while data := file.read(PART_BYTES):
                yield store_pb2.ExportRunResponse(data=data)

    @told
    async def ImportRun(
        self, request: AsyncIterator[store_pb2.ImportRunRequest], context: Context
    ) -> store_pb2.ImportRunResponse:
        """Take in an archive."""
        from sockrig.store.archive import import_run  # noqa: PLC0415 - loads the database's library

        store = self._store
        with tempfile.NamedTemporaryFile(prefix="sockrig-", suffix=".zip") as file:
            async for part in request:
                if file.tell() + len(part.data) > MOST_IMPORTED_BYTES:
                    raise UsageError(f"the archive is larger than {MOST_IMPORTED_BYTES >> 20} MiB")
                file.write(part.data)
            file.flush()
            imported = await asyncio.to_thread(import_run, store, Path(file.name))
        return store_pb2.ImportRunResponse(run=to_message(imported, store_pb2.StoredRun()))

    @told
    async def DeleteRuns(self, request: store_pb2.DeleteRunsRequest, context: Context) -> store_pb2.DeleteRunsResponse:
        """Delete runs for good."""
        freed_bytes = await asyncio.to_thread(self._history.delete, tuple(request.run_ids))
        return store_pb2.DeleteRunsResponse(freed_bytes=freed_bytes)

    @property
    def _history(self) -> "History":
        from sockrig.store.history import History  # noqa: PLC0415 - loads the database's library

        return History(self._store)

    @property
    def _store(self) -> "OpenStore":
        """The store.

        Raises:
            StoreError: there is none.
        """
        if self._opened is None:
            raise StoreError("this controller records nothing", next="Start it with a store: --store PATH")
        return self._opened


def _without_histograms(result: RunResult) -> bytes:
    return to_json(result, indent=None).encode()
