"""The pipe between the agent and a worker process: frames of a length and a pickled value, over a socket pair.

Both ends are our own code in processes of the same user, so pickle is safe here and as fast as it gets.
"""

import asyncio
import pickle
import socket
import struct
from typing import Any, Final, Self

_LENGTH: Final = struct.Struct("!I")


def frame_of(value: object) -> bytes:
    """``value`` as a frame."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


class BlockingPipe:
    """The worker's end: blocking calls of one thread."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._socket.setblocking(True)

    def fileno(self) -> int:
        """For poll(2)."""
        return self._socket.fileno()

    def send(self, *values: object) -> None:
        """Send values, together.

        Raises:
            OSError: the other end has gone.
        """
        self._socket.sendall(b"".join(map(frame_of, values)))

    def receive(self) -> Any:
        """Wait for a value.

        Raises:
            EOFError: the other end has gone.
        """
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        return pickle.loads(self._exactly(length))  # noqa: S301  # from our own agent

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            try:
                chunk = self._socket.recv(count - len(data))
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                raise EOFError("the agent has gone")
            data += chunk
        return bytes(data)


class AsyncPipe:
    """The agent's end: never blocks the loop."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, sock: socket.socket) -> Self:
        """Take over one end of a socket pair."""
        return cls(*await asyncio.open_unix_connection(sock=sock))

    def send(self, value: object) -> None:
        """Send a value, as soon as the other end takes it; into the void where that has gone."""
        if not self._writer.is_closing():
            self._writer.write(frame_of(value))

    async def receive(self) -> Any:
        """Wait for a value.

        Raises:
            EOFError: the other end has gone.
        """
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            return pickle.loads(await self._reader.readexactly(length))  # noqa: S301  # from our own worker
        except (asyncio.IncompleteReadError, ConnectionError) as failure:
            raise EOFError("the worker has gone") from failure

    def close(self) -> None:
        """Close this end."""
        self._writer.close()
