"""The one run of a rig that holds its remote sockets."""

import asyncio
import errno
from contextlib import aclosing, suppress

from sockrig.client.connection import Connection
from sockrig_wire.errors import LimitError, LostError, NotFoundError, SockrigError, UnreachableError
from sockrig_wire.model.sockets import SocketCall, SocketReply

_PAUSE_SECONDS = 0.5
"""Between two attempts to watch again after the stream broke; well below the grace of 10 s."""


class SocketRun:
    """Opens the run with the first socket, keeps it alive by watching it as its owner, and stops it at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._opening = asyncio.Lock()
        self._run_id = ""
        self._watcher: asyncio.Task[None] | None = None
        self._closed = False

    async def call(self, agent: str, call: SocketCall) -> SocketReply:
        """Carry out one call on an agent.

        Raises:
            OSError: what a local socket would have raised. Too many sockets for the agent is EMFILE, a lost agent or
                controller ECONNRESET; their cause is the :class:`SockrigError` that tells more.
            SockrigError: the agent or the controller could not do it.
        """
        if self._closed:
            raise OSError(errno.EBADF, "the rig is closed")
        run_id = self._run_id or await self._open()
        try:
            return await self._connection.call_socket(run_id, agent, call)
        except LimitError as failure:
            raise OSError(errno.EMFILE, failure.what) from failure
        except (LostError, UnreachableError) as failure:
            raise ConnectionResetError(errno.ECONNRESET, failure.what) from failure

    async def close(self) -> None:
        """Close all sockets on all agents; returns when they have said so or are known to be lost."""
        self._closed = True
        if not self._run_id:
            return
        try:
            # A controller that is gone cannot be asked; its agents close by themselves after their grace.
            with suppress(LostError, UnreachableError, NotFoundError):
                await self._connection.stop_run(self._run_id, reason="the rig was closed")
        finally:
            await self._stop_watching()

    async def _open(self) -> str:
        async with self._opening:
            if not self._run_id:
                self._run_id = await self._connection.open_socket_run("sockets")
                self._watcher = asyncio.create_task(self._watch(self._run_id), name="watch the rig's sockets")
            return self._run_id

    async def _watch(self, run_id: str) -> None:
        """Be the owner until the run is over; a stream that breaks is begun anew, within the run's grace."""
        while True:
            try:
                async with aclosing(self._connection.watch_run(run_id, owner=True)) as events:
                    async for _ in events:
                        pass  # sockets tell their own story: each call has its answer
            except (LostError, UnreachableError):
                await asyncio.sleep(_PAUSE_SECONDS)
            except SockrigError:
                return  # the run is over; the next call on a socket says why
            else:
                return

    async def _stop_watching(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait((self._watcher,))
