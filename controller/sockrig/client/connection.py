"""The client's end of the connection to a controller: its service as methods that take and give plain values."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import grpc.aio

from sockrig.client.failures import exception_of_call
from sockrig_wire.channel import CLIENT_OPTIONS
from sockrig_wire.codec import from_message, to_message
from sockrig_wire.errors import LostError
from sockrig_wire.model.controller import AgentStatus, WatchRunResponse
from sockrig_wire.model.sockets import SocketCall, SocketReply
from sockrig_wire.model.store import ListRunsResponse, StoredRun
from sockrig_wire.v1 import controller_pb2, controller_pb2_grpc, store_pb2, store_pb2_grpc

_ANSWER_SECONDS = 30.0
"""How long a controller may take over a request that waits for nothing but its agents' answers.

Twice what it takes to notice a dead agent by keepalive (10 s until the ping, 5 s for its answer), so that the
controller's own, better error comes first.
"""

_STORE_SECONDS = 600.0
"""How long the store may take: it moves whole runs, and rewrites its file when some are deleted."""

_CLOSING_GRACE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class StoppedRun:
    """What the end of a run closed on its agents, and who could not be asked; their leases end by themselves."""

    sockets: int
    workers: int
    lost_agents: tuple[str, ...]

    def __str__(self) -> str:
        """``stopped: 4 workers and 2 sockets closed``, and whom it did not reach."""
        workers = f"{self.workers} worker{'' if self.workers == 1 else 's'}"
        sockets = f"{self.sockets} socket{'' if self.sockets == 1 else 's'}"
        lost = f"; not reached: {', '.join(self.lost_agents)}" if self.lost_agents else ""
        return f"stopped: {workers} and {sockets} closed{lost}"


class Connection:
    """A channel to one controller; an async context manager, opened inside the running loop.

    All methods raise :class:`~sockrig_wire.errors.SockrigError`, and :meth:`call_socket` also :class:`OSError`.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._channel: grpc.aio.Channel | None = None
        self._answered = False

    async def __aenter__(self) -> Self:
        self._channel = grpc.aio.insecure_channel(self.address, options=CLIENT_OPTIONS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            # The grace lets calls that have just been ended on their agents bring home what ended them.
            await channel.close(_CLOSING_GRACE_SECONDS)

    async def agents(self, *, wait_seconds: float) -> tuple[AgentStatus, ...]:
        """The agents the controller knows; waits so long for those that are still connecting."""
        request = controller_pb2.ListAgentsRequest(wait_seconds=wait_seconds)
        with self._translated_errors():
            response = await self._stub().ListAgents(request, timeout=wait_seconds + _ANSWER_SECONDS)
        return tuple(from_message(agent, AgentStatus) for agent in response.agents)

    async def open_socket_run(self, name: str) -> str:
        """Open a run that holds remote sockets and return its id."""
        request = controller_pb2.OpenSocketRunRequest(name=name)
        with self._translated_errors():
            response = await self._stub().OpenSocketRun(request, timeout=_ANSWER_SECONDS)
        return response.run_id

    async def call_socket(self, run_id: str, agent: str, call: SocketCall) -> SocketReply:
        """Carry out one call on a remote socket.

        The request has a deadline only where the call has a timeout; without one it waits as the socket does.
        """
        request = controller_pb2.CallSocketRequest(run_id=run_id, agent=agent)
        to_message(call, request.call)
        deadline_seconds = None if call.timeout_seconds is None else call.timeout_seconds + _ANSWER_SECONDS
        with self._translated_errors():
            response = await self._stub().CallSocket(request, timeout=deadline_seconds)
        return from_message(response.reply, SocketReply)

    async def start_run(
        self,
        scenario: str,
        *,
        file_name: str,
        variables: Mapping[str, str],
        included: Mapping[str, str],
        baseline: bytes = b"",
    ) -> str:
        """Check a scenario, start it, and return the run's id.

        Args:
            scenario: its text.
            file_name: for messages.
            variables: values for its variables.
            included: texts of the files that it includes.
            baseline: an earlier run, as it is sent.
        """
        request = controller_pb2.StartRunRequest(
            scenario=scenario, file_name=file_name, variables=variables, included=included, baseline=baseline
        )
        with self._translated_errors():
            response = await self._stub().StartRun(request, timeout=_ANSWER_SECONDS)
        return response.run_id

    async def stop_run(self, run_id: str, *, reason: str) -> StoppedRun:
        """End a run on every agent; returns what that closed."""
        request = controller_pb2.StopRunRequest(run_id=run_id, reason=reason)
        with self._translated_errors():
            response = await self._stub().StopRun(request, timeout=_ANSWER_SECONDS)
        return StoppedRun(response.sockets, response.workers, tuple(response.lost_agents))

    async def watch_run(self, run_id: str, *, owner: bool) -> AsyncGenerator[WatchRunResponse, None]:
        """What happens in a run, from its beginning to its end; the controller stops a run that its owner leaves."""
        request = controller_pb2.WatchRunRequest(run_id=run_id, owner=owner)
        with self._translated_errors():
            stream = self._stub().WatchRun(request)
            try:
                async for response in stream:
                    self._answered = True
                    yield from_message(response, WatchRunResponse)
            finally:
                stream.cancel()

    async def stored_runs(self, *, name_contains: str = "", offset: int = 0, limit: int) -> ListRunsResponse:
        """Runs of the controller's store, those that began last first."""
        request = store_pb2.ListRunsRequest(name_contains=name_contains, offset=offset, limit=limit)
        with self._translated_errors():
            response = await self._store().ListRuns(request, timeout=_STORE_SECONDS)
        return from_message(response, ListRunsResponse)

    async def stored_document(self, run: str, *, with_histograms: bool = False) -> bytes:
        """The result document of a stored run that is over; with the histograms of its flows, if so asked."""
        request = store_pb2.GetRunRequest(run=run, with_histograms=with_histograms)
        document = bytearray()
        with self._translated_errors():
            async for part in self._store().GetRun(request, timeout=_STORE_SECONDS):
                document += part.json
        return bytes(document)

    async def export_run(self, run: str) -> AsyncGenerator[bytes, None]:
        """The archive of a stored run that is over, in parts."""
        request = store_pb2.ExportRunRequest(run=run)
        with self._translated_errors():
            async for part in self._store().ExportRun(request, timeout=_STORE_SECONDS):
                yield part.data

    async def import_run(self, parts: Iterable[bytes]) -> StoredRun:
        """Take in an archive."""
        requests = (store_pb2.ImportRunRequest(data=part) for part in parts)
        with self._translated_errors():
            response = await self._store().ImportRun(requests, timeout=_STORE_SECONDS)
        return from_message(response.run, StoredRun)

    async def delete_runs(self, run_ids: Iterable[str]) -> int:
        """Delete stored runs for good; returns the bytes that this gave back to the file system."""
        request = store_pb2.DeleteRunsRequest(run_ids=run_ids)
        with self._translated_errors():
            response = await self._store().DeleteRuns(request, timeout=_STORE_SECONDS)
        return response.freed_bytes

    def _stub(self) -> "controller_pb2_grpc.ControllerServiceAsyncStub":
        if self._channel is None:
            raise self._closed()
        return controller_pb2_grpc.ControllerServiceStub(self._channel)

    def _store(self) -> "store_pb2_grpc.StoreServiceAsyncStub":
        if self._channel is None:
            raise self._closed()
        return store_pb2_grpc.StoreServiceStub(self._channel)

    def _closed(self) -> LostError:
        return LostError("the rig is closed", where=f"controller {self.address}", next="Open a new rig.")

    @contextmanager
    def _translated_errors(self) -> Generator[None]:
        """Raise what a user understands instead of what gRPC says."""
        try:
            yield
        except grpc.aio.AioRpcError as failure:
            raise exception_of_call(failure, controller=self.address, answered_before=self._answered) from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._channel is None and task is not None and not task.cancelling():
                # Closing a channel cancels its calls: gRPC's doing, not a cancellation of the caller.
                raise self._closed() from None
            raise
        self._answered = True
