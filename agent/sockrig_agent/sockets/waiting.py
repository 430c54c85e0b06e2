"""Waits until a non-blocking socket is ready, without reading or writing, and within a given time."""

import asyncio
import errno
import os
import select
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


def bad_descriptor() -> OSError:
    """What a call on a closed or unknown socket raises (EBADF)."""
    return OSError(errno.EBADF, os.strerror(errno.EBADF))


@asynccontextmanager
async def within(timeout_seconds: float | None) -> AsyncIterator[None]:
    """Give the block so long. None waits for ever; 0 sets no alarm, since a call that does not wait needs none.

    Raises:
        TimeoutError: with errno ETIMEDOUT, when the time is over.
    """
    try:
        async with asyncio.timeout(timeout_seconds or None) as alarm:
            yield
    except TimeoutError:
        if not alarm.expired():
            raise
        raise TimeoutError(errno.ETIMEDOUT, "timed out") from None


class Readiness:
    """Lets any number of tasks wait for one socket, each for either direction or for both.

    The loop takes one callback per descriptor and direction, so the waiters of a direction share it; the descriptor is
    watched only while somebody waits. Who is woken tries, and waits again if another was quicker.
    """

    def __init__(self, watched: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._socket = watched
        self._loop = loop
        self._readable = _Waiters(watched, loop.add_reader, loop.remove_reader)
        self._writable = _Waiters(watched, loop.add_writer, loop.remove_writer)

    async def wait(self, *, readable: bool = False, writable: bool = False) -> None:
        """Wait until the socket is ready for one of the directions asked for, has failed, or is being closed.

        Raises:
            OSError: EBADF, if it is closed already.
        """
        if self._socket.fileno() < 0:
            raise bad_descriptor()
        woken: asyncio.Future[None] = self._loop.create_future()
        asked = [waiters for waiters, wanted in ((self._readable, readable), (self._writable, writable)) if wanted]
        try:
            for waiters in asked:
                waiters.join(woken)
            await woken
        finally:
            for waiters in asked:
                waiters.leave(woken)

    def now(self) -> tuple[bool, bool]:
        """Whether a read and whether a write would end at once, an error or the end of the stream included (poll(2)).

        Raises:
            OSError: EBADF, if the socket is closed.
        """
        if self._socket.fileno() < 0:
            raise bad_descriptor()
        poller = select.poll()
        poller.register(self._socket, select.POLLIN | select.POLLOUT)
        seen = sum(events for _, events in poller.poll(0))
        failed = select.POLLERR | select.POLLHUP
        return bool(seen & (select.POLLIN | failed)), bool(seen & (select.POLLOUT | failed))

    def release(self) -> None:
        """Wake everybody and stop watching; to be called right before the socket is closed."""
        self._readable.release()
        self._writable.release()


class _Waiters:
    """Those who wait for one direction of one socket."""

    def __init__(
        self,
        watched: socket.socket,
        start: Callable[[int, Callable[[], None]], None],
        stop: Callable[[int], bool],
    ) -> None:
        self._socket = watched
        self._start = start
        self._stop = stop
        self._waiting: set[asyncio.Future[None]] = set()

    def join(self, waiter: asyncio.Future[None]) -> None:
        if not self._waiting:
            self._start(self._socket.fileno(), self.release)
        self._waiting.add(waiter)

    def leave(self, waiter: asyncio.Future[None]) -> None:
        """Go away unwoken; a descriptor that was released may belong to another socket by now and is not touched."""
        if waiter in self._waiting:
            self._waiting.discard(waiter)
            if not self._waiting:
                self._stop(self._socket.fileno())

    def release(self) -> None:
        if self._waiting:
            self._stop(self._socket.fileno())
        waiting, self._waiting = self._waiting, set()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
