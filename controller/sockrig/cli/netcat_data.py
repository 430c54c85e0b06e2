"""The data of ``listen``, ``send`` and ``recv`` on this side: stdin, ``--text`` and ``--hex`` out, stdout in.

Without ``--encoding`` bytes pass as they are; with it text is in that codec on the network and in the terminal's here.
"""

import asyncio
import codecs
import os
import sys
from collections.abc import AsyncIterator

from sockrig_wire.errors import UsageError

_PIECE_BYTES = 64 * 1024
_USUAL_CODEC = "utf-8"


def checked_codec(name: str) -> str:
    """The codec's name, if Python knows it as one of text; "" stays what it is.

    Raises:
        UsageError: it does not.
    """
    try:
        if name:
            "".encode(name)
            codecs.getincrementaldecoder(name)
    except (LookupError, ValueError):
        raise UsageError(
            f"unknown codec {name!r}", where="--encoding", next="Name one that Python knows: utf-8, gbk, latin-1, ..."
        ) from None
    return name


class DataWriter:
    """Writes what comes to stdout."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
        self._line_is_open = False

    def write(self, data: bytes, *, ends: bool) -> None:
        """Write a piece; ``ends`` where a datagram or a connection ends with it.

        Raises:
            BrokenPipeError: nobody reads stdout.
        """
        if self._decoder is None:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            self._line_is_open = not data.endswith(b"\n") if data else self._line_is_open
            return
        text = self._decoder.decode(data, ends)
        if ends:
            self._decoder.reset()
        sys.stdout.write(text)
        sys.stdout.flush()
        self._line_is_open = not text.endswith("\n") if text else self._line_is_open

    def close(self) -> None:
        """End the last line on a terminal, so that the prompt has one of its own."""
        if self._line_is_open and sys.stdout.isatty():
            sys.stdout.write("\n")


def outgoing_pieces(text: str | None, hexadecimal: str | None, encoding: str) -> AsyncIterator[bytes]:
    """What is to be sent: the text, the bytes, or stdin as it comes.

    Raises:
        UsageError: there is both, the digits are none, or the codec lacks a character.
    """
    if text is not None and hexadecimal is not None:
        raise UsageError("--text and --hex do not go together", next="Leave out one of them.")
    if text is not None:
        return _once(_encoded(text, encoding or _USUAL_CODEC, where="--text"))
    if hexadecimal is not None:
        try:
            return _once(bytes.fromhex(hexadecimal))
        except ValueError:
            raise UsageError(
                f"{hexadecimal!r} is not hexadecimal", where="--hex", next="Write pairs of digits: 00ff10."
            ) from None
    return _recoded(stdin_pieces(), encoding) if encoding else stdin_pieces()


async def stdin_pieces() -> AsyncIterator[bytes]:
    """Stdin's bytes as they come.

    No thread waits for them: one that hangs in a read would keep Ctrl-C from ending the program.
    """
    descriptor = sys.stdin.fileno()
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    try:
        loop.add_reader(descriptor, readable.set)
    except PermissionError:
        # What cannot be polled, as files on a disk, does not make readers wait (epoll_ctl(2), EPERM).
        readable.set()
        polled = False
    else:
        polled = True
    try:
        while True:
            await readable.wait()
            data = os.read(descriptor, _PIECE_BYTES)
            if not data:
                return
            if polled:
                readable.clear()
            yield data
    finally:
        if polled:
            loop.remove_reader(descriptor)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _recoded(pieces: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """From the terminal's encoding to the network's."""
    decoder = codecs.getincrementaldecoder(sys.stdin.encoding)()
    encoder = codecs.getincrementalencoder(encoding)()
    try:
        async for piece in pieces:
            yield encoder.encode(decoder.decode(piece))
        yield encoder.encode(decoder.decode(b"", final=True), final=True)
    except UnicodeError as error:
        raise UsageError(f"stdin cannot be sent in {encoding}: {error}", where="--encoding") from None


def _encoded(text: str, encoding: str, *, where: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeError as error:
        raise UsageError(f"it cannot be sent in {encoding}: {error}", where=where) from None
