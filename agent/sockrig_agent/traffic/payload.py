"""What blocks hold, and the digest of themselves at their end, made by the sender and checked by the receiver.

CRC-32 is that of zlib (RFC 1952 section 8), SHA-256 that of FIPS 180-4.
"""

import random
import zlib
from typing import Final

from sockrig_wire.kinds import DIGEST_BYTES
from sockrig_wire.model.flows import Fill, Verify

_SEED: Final = 2
"""Of the bytes that fill a block: the same in every run, so that runs compare."""

_NUMBER_BYTES: Final = 8


def filled(size_bytes: int, fill: Fill = Fill.RANDOM, content: bytes = b"") -> bytearray:
    """A block: bytes that do not compress, zeros, text, or ``content`` again and again."""
    match fill:
        case Fill.RANDOM:
            return bytearray(random.Random(_SEED).randbytes(size_bytes))
        case Fill.ZEROS:
            return bytearray(size_bytes)
        case Fill.TEXT:
            return _repeated(_text(), size_bytes)
        case Fill.CONTENT:
            return _repeated(content, size_bytes)


def _text() -> bytes:
    """The lines of the character generator: 72 of the 95 characters, each line one further (RFC 864)."""
    ring = bytes(range(ord(" "), ord("~") + 1)) * 2
    return b"".join(ring[start : start + 72] + b"\r\n" for start in range(95))


def _repeated(content: bytes, size_bytes: int) -> bytearray:
    return bytearray((content * (size_bytes // len(content) + 1))[:size_bytes])


def number(block: memoryview, value: int) -> None:
    """Write ``value`` at the beginning of ``block``, as far as there is room, so that no two blocks are alike."""
    room = min(_NUMBER_BYTES, len(block))
    block[:room] = (value % (1 << 8 * room)).to_bytes(room, "big")


def digest_of(data: memoryview, verify: Verify) -> bytes:
    """The digest of ``data``; empty for :attr:`Verify.NONE`."""
    match verify:
        case Verify.NONE:
            return b""
        case Verify.CRC32:
            return zlib.crc32(data).to_bytes(4, "big")
        case Verify.SHA256:
            import hashlib  # noqa: PLC0415 - it loads OpenSSL, which an idle agent does without

            return hashlib.sha256(data).digest()


def seal(block: memoryview, verify: Verify) -> None:
    """Write the digest of all that stands before it at the end of ``block``."""
    if digest_bytes := DIGEST_BYTES[verify]:
        block[-digest_bytes:] = digest_of(block[:-digest_bytes], verify)


def is_intact(block: memoryview, verify: Verify) -> bool:
    """Whether a sealed block is as it was sealed."""
    digest_bytes = DIGEST_BYTES[verify]
    if len(block) < digest_bytes:
        return False
    return not digest_bytes or block[-digest_bytes:] == digest_of(block[:-digest_bytes], verify)
