"""A local descriptor that is readable when a remote socket is.

``select``, :mod:`selectors` and so ``socketserver.serve_forever`` wait on descriptors of this machine. A remote socket
lends them one end of a socket pair: while the remote socket has something to receive or to accept, a byte lies in it.

How the level of the remote socket is kept up: a wait for readability runs on the agent; when it ends, the byte is put
in. Each receive or accept takes the byte out again and starts the next wait, which ends at once if there is more.

Limits: readiness comes a round trip late; it may show for a moment while another thread is taking the data, as a local
socket's may; and the descriptor is always writable, so a selector cannot tell when a remote ``connect`` or ``send``
would not block. Reading or writing the descriptor itself is not for its borrowers.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

from sockrig_wire.errors import SockrigError


class Readiness:
    """Mirrors the readability of one remote socket; lives on the event loop."""

    def __init__(self, wait_readable: Callable[[], Awaitable[None]]) -> None:
        self._wait_readable = wait_readable
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        self._taken = asyncio.Event()
        """Set by each receive and accept: what was known of the readability is out of date."""
        self._watch_task = asyncio.create_task(self._watch(), name="mirror a remote socket's readability")

    def fileno(self) -> int:
        """The local descriptor."""
        return self._near.fileno()

    def taken(self) -> None:
        """Note that a receive or an accept has just ended: readable no more, until the agent says so again."""
        with suppress(BlockingIOError):
            self._near.recv(1)
        self._taken.set()

    def close(self) -> None:
        """Stop watching and close the descriptor."""
        self._watch_task.cancel()
        self._near.close()
        self._far.close()

    async def _watch(self) -> None:
        while True:
            self._taken.clear()
            # A socket that failed is readable: the receive that follows raises the failure.
            with suppress(OSError, SockrigError):
                await self._wait_readable()
            if not self._taken.is_set():
                self._far.send(b"\0")
                await self._taken.wait()
