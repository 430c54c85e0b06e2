"""What this host's kernel offers to traffic, found out by trying it, and what a flow may use of it."""

import ctypes
import os
import socket
import struct
import sys
from functools import cache
from typing import Final

from sockrig_wire.model.flows import FlowSpec

SENDMMSG: Final = "sendmmsg"
"""Many datagrams per system call: sendmmsg(2) and recvmmsg(2)."""
GSO: Final = "gso"
"""One send cut into datagrams by the kernel: UDP_SEGMENT, udp(7)."""
GRO: Final = "gro"
"""Datagrams joined by the kernel into one receive: UDP_GRO, udp(7)."""
SENDFILE: Final = "sendfile"
"""What is sent stays in the kernel and is never copied: sendfile(2) from a file in memory."""
TRUNCATING_RECEIVE: Final = "truncating-receive"
"""Received bytes are counted and not copied: MSG_TRUNC, tcp(7), recv(2)."""
KERNEL_TIMESTAMPS: Final = "kernel-timestamps"
"""The time at which the kernel took in each datagram: SO_TIMESTAMPNS, socket(7)."""

SO_TIMESTAMPNS: Final = 35
"""asm-generic/socket.h; also the type of the control message that tells the time."""
TIMESPEC: Final = struct.Struct("@ll")
"""What it tells: seconds and nanoseconds of CLOCK_REALTIME."""
UDP_SEGMENT: Final = 103
UDP_GRO: Final = 104
"""Both of linux/udp.h; Python's socket module names none of the three."""

_SEGMENTS: Final = 128
_SEGMENTS_BEFORE: Final = 64


@cache
def available_offloads() -> frozenset[str]:
    """The offloads that work here; tried once per process."""
    if sys.platform != "linux":
        return frozenset()
    trials = {
        SENDMMSG: _has_multiple_messages(),
        GSO: _takes_option(socket.IPPROTO_UDP, UDP_SEGMENT),
        GRO: _takes_option(socket.IPPROTO_UDP, UDP_GRO),
        SENDFILE: hasattr(os, "sendfile") and hasattr(os, "memfd_create"),
        KERNEL_TIMESTAMPS: TIMESPEC.size == 16 and _takes_option(socket.SOL_SOCKET, SO_TIMESTAMPNS),  # 64-bit
        TRUNCATING_RECEIVE: _truncates_streams(),
    }
    return frozenset(name for name, works in trials.items() if works)


@cache
def most_segments() -> int:
    """How many datagrams one send can be cut into: UDP_MAX_SEGMENTS of linux/udp.h, 64 before Linux 6.9, 128 since."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("127.0.0.1", 0))
            sock.connect(sock.getsockname())
            sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1)
            return sock.send(bytes(_SEGMENTS))
        except OSError:
            return _SEGMENTS_BEFORE


def offloads_for(spec: FlowSpec, available: frozenset[str] | None = None) -> frozenset[str]:
    """What the flow may use: all that there is, none, or those of its list that there are."""
    if available is None:
        available = available_offloads()
    match spec.offloads:
        case ("auto",):
            return available
        case ("none",):
            return frozenset()
        case names:
            return available.intersection(names)


def _has_multiple_messages() -> bool:
    library = ctypes.CDLL(None)
    return hasattr(library, "sendmmsg") and hasattr(library, "recvmmsg")


def _takes_option(level: int, option: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.setsockopt(level, option, 1)
        except OSError:
            return False
    return True


def _truncates_streams() -> bool:
    """A kernel that does not know MSG_TRUNC for TCP would copy the byte."""
    untouched = bytearray(1)
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(1)
            with socket.create_connection(listener.getsockname(), 1) as sender, listener.accept()[0] as receiver:
                receiver.settimeout(1)
                sender.send(b"x")
                count = receiver.recv_into(untouched, 1, socket.MSG_TRUNC)
    except OSError:
        return False
    return count == 1 and untouched == b"\0"
