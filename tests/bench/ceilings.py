"""Bare loops: what the kernel and the interpreter allow when nothing is measured, checked or reported.

``python -m tests.bench.ceilings receive|send KIND``: two processes, one for each end; both write one JSON object.

The receiver counts bytes or datagrams from its first receive to its last; the sender of round trips times each. Both
tell the processor time of their loops, without that of starting Python.
"""

import argparse
import contextlib
import json
import socket
import statistics
import struct
import sys
import time
from collections.abc import Iterator
from ctypes import CDLL, c_uint, c_void_p
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = ("tcp-stream", "udp-stream", "tcp-rr", "udp-rr")

_BLOCK_BYTES = 1 << 20
_MESSAGE_BYTES = 64
_SOCKET_BUFFER_BYTES = 4 << 20
_BATCH = 64
_SEGMENTED_BATCH = 16
_SEGMENTED_BYTES = 65_000
_MOST_SEGMENTS = 64
"""UDP_MAX_SEGMENTS of older kernels, linux/udp.h."""
_UDP_SEGMENT, _UDP_GRO = 103, 104
_MSG_WAITFORONE = 0x10000
_SHORTER_THAN_A_HEADER = b"end"
_HEADER_BYTES = 16
_PATIENCE_SECONDS = 10
"""For a peer that never comes or has gone."""

_LIBC = CDLL(None, use_errno=True)

# struct mmsghdr of sendmmsg(2), whose msghdr is that of sendmsg(2), as the platform's C compiler lays it out.
_MESSAGE = np.dtype(
    [
        (
            "header",
            np.dtype(
                [
                    ("name", "u8"),
                    ("name_length", "u4"),
                    ("vector", "u8"),
                    ("vector_length", "u8"),
                    ("control", "u8"),
                    ("control_length", "u8"),
                    ("flags", "i4"),
                ],
                align=True,
            ),
        ),
        ("length", "u4"),
    ],
    align=True,
)
_VECTOR = np.dtype([("base", "u8"), ("length", "u8")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to do."""

    kind: str
    host: str
    port: int
    seconds: float
    size: int
    truncating: bool
    segmented: bool
    busy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What came of it; the end that does not measure has no value."""

    value: float | None = None
    carried_bytes: float | None = None
    cpu_seconds: float


class _Batch:
    """So many slots of one size, laid out once for sendmmsg and recvmmsg."""

    def __init__(self, count: int, slot_bytes: int) -> None:
        self.data: NDArray[np.uint8] = np.zeros((count, slot_bytes), np.uint8)
        self._vectors: NDArray[Any] = np.zeros(count, _VECTOR)
        self._vectors["base"] = self.data.ctypes.data + np.arange(count, dtype=np.uint64) * slot_bytes
        self._vectors["length"] = slot_bytes
        self._messages: NDArray[Any] = np.zeros(count, _MESSAGE)
        self._messages["header"]["vector"] = self._vectors.ctypes.data + np.arange(count) * _VECTOR.itemsize
        self._messages["header"]["vector_length"] = 1
        self.lengths: NDArray[np.uint32] = self._messages["length"]
        self.address, self.count = c_void_p(self._messages.ctypes.data), c_uint(count)


def receive(asked: Asked) -> Reached:
    """The end that receives, or answers."""
    match asked.kind:
        case "tcp-stream":
            return _receive_stream(asked)
        case "udp-stream":
            return _receive_datagrams(asked)
        case "tcp-rr":
            return _answer_stream(asked)
        case _:
            return _answer_datagrams(asked)


def send(asked: Asked) -> Reached:
    """The end that sends, or asks."""
    match asked.kind:
        case "tcp-stream":
            return _send_stream(asked)
        case "udp-stream":
            return _send_datagrams(asked)
        case _:
            return _ask(asked)


def _receive_stream(asked: Asked) -> Reached:
    with _accepted(asked) as connection:
        buffer, flags, total = bytearray(_BLOCK_BYTES), socket.MSG_TRUNC if asked.truncating else 0, 0
        receive_into, began_at = connection.recv_into, time.perf_counter()
        while count := receive_into(buffer, _BLOCK_BYTES, flags):
            total += count
        seconds = time.perf_counter() - began_at
    return Reached(value=total * 8 / seconds, carried_bytes=total, cpu_seconds=time.thread_time())


def _send_stream(asked: Asked) -> Reached:
    with _connected(asked, socket.SOCK_STREAM) as connection:
        block, ends_at = memoryview(bytearray(_BLOCK_BYTES)), time.perf_counter() + asked.seconds
        while time.perf_counter() < ends_at:
            connection.send(block)
    return Reached(cpu_seconds=time.thread_time())


def _receive_datagrams(asked: Asked) -> Reached:
    count = _SEGMENTED_BATCH if asked.segmented else _BATCH
    batch = _Batch(count, 1 << 16 if asked.segmented else asked.size)
    with _bound(asked) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER_BYTES)
        if asked.segmented:
            sock.setsockopt(socket.IPPROTO_UDP, _UDP_GRO, 1)
        fd, total, began_at, ended_at = sock.fileno(), 0, 0.0, 0.0
        while True:
            received = _LIBC.recvmmsg(fd, batch.address, batch.count, _MSG_WAITFORONE, None)
            now = time.perf_counter()
            if received <= 0 or batch.lengths[received - 1] < _HEADER_BYTES:
                break
            began_at = began_at or now
            total += int(batch.lengths[:received].sum())
            ended_at = now
    seconds = max(ended_at - began_at, 1e-9)
    return Reached(value=total / asked.size / seconds, carried_bytes=total, cpu_seconds=time.thread_time())


def _send_datagrams(asked: Asked) -> Reached:
    segments = min(_MOST_SEGMENTS, _SEGMENTED_BYTES // asked.size) if asked.segmented else 1
    count = _SEGMENTED_BATCH if asked.segmented else _BATCH
    batch = _Batch(count, asked.size * segments)
    headers = batch.data.reshape(count * segments, asked.size)[:, :_HEADER_BYTES].view(np.uint64)
    numbers, sent = np.arange(count * segments, dtype=np.uint64), 0
    with _connected(asked, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER_BYTES)
        if asked.segmented:
            sock.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, asked.size)
        fd, ends_at = sock.fileno(), time.perf_counter() + asked.seconds
        while time.perf_counter() < ends_at:
            headers[:, 0] = numbers + np.uint64(sent)
            headers[:, 1] = time.perf_counter_ns()
            sent += max(_LIBC.sendmmsg(fd, batch.address, batch.count, 0), 0) * segments
        if asked.segmented:
            sock.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, 0)
        used = time.thread_time()
        with contextlib.suppress(ConnectionRefusedError):  # the receiver has heard the first and is gone
            for _ in range(5):
                time.sleep(0.1)  # the receiver empties its buffer, so that this one is not dropped
                sock.send(_SHORTER_THAN_A_HEADER)
    return Reached(cpu_seconds=used)


def _answer_stream(asked: Asked) -> Reached:
    with _accepted(asked) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = bytearray(_MESSAGE_BYTES)
        while count := connection.recv_into(buffer):
            connection.send(memoryview(buffer)[:count])
    return Reached(cpu_seconds=time.thread_time())


def _answer_datagrams(asked: Asked) -> Reached:
    buffer = bytearray(_MESSAGE_BYTES)
    view = memoryview(buffer)
    with _bound(asked) as sock:
        sock.setblocking(not asked.busy)
        while True:
            try:
                count, sender = sock.recvfrom_into(buffer)
            except BlockingIOError:
                if asked.busy:
                    continue
                break  # nobody has asked for so long
            if count < _HEADER_BYTES:
                break
            sock.sendto(view[:count], sender)
    return Reached(cpu_seconds=time.thread_time())


def _ask(asked: Asked) -> Reached:
    kind = socket.SOCK_STREAM if asked.kind == "tcp-rr" else socket.SOCK_DGRAM
    with _connected(asked, kind) as sock:
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(not asked.busy)
        message, buffer, took, clock = bytes(_MESSAGE_BYTES), bytearray(_MESSAGE_BYTES), [], time.perf_counter_ns
        now = clock()
        ends_at = now + int(asked.seconds * 1e9)
        while now < ends_at:
            sock.send(message)
            while True:
                try:
                    sock.recv_into(buffer)
                    break
                except BlockingIOError:
                    if not asked.busy:
                        raise
            before, now = now, clock()
            took.append(now - before)
        if kind == socket.SOCK_DGRAM:
            sock.send(_SHORTER_THAN_A_HEADER)
    return Reached(value=statistics.median(took) * 1e-9, cpu_seconds=time.thread_time())


@contextlib.contextmanager
def _accepted(asked: Asked) -> Iterator[socket.socket]:
    with socket.create_server((asked.host, asked.port)) as listener:
        _be_patient(listener)
        connection, _ = listener.accept()
    with connection:
        _be_patient(connection)
        yield connection


def _bound(asked: Asked) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((asked.host, asked.port))
    _be_patient(sock)
    return sock


def _connected(asked: Asked, kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    _be_patient(sock)
    sock.connect((asked.host, asked.port))
    return sock


def _be_patient(sock: socket.socket) -> None:
    """Bound every wait by SO_RCVTIMEO and SO_SNDTIMEO, socket(7): Python's own time limits cost a poll per call."""
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", _PATIENCE_SECONDS, 0))


def main() -> None:
    """Read the arguments, do it, write one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ceilings", description=__doc__)
    parser.add_argument("end", choices=("receive", "send"))
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--size", type=int, default=_MESSAGE_BYTES, help="bytes of a datagram")
    parser.add_argument("--truncating", action="store_true", help="count received bytes without copying them")
    parser.add_argument("--segmented", action="store_true", help="UDP_SEGMENT and UDP_GRO")
    parser.add_argument("--busy", action="store_true", help="poll instead of waiting")
    arguments = vars(parser.parse_args())
    work = {"receive": receive, "send": send}[arguments.pop("end")]
    began_at = time.thread_time()
    reached = asdict(work(Asked(**arguments)))
    reached["cpu_seconds"] -= began_at
    sys.stdout.write(json.dumps(reached) + "\n")


if __name__ == "__main__":
    main()
