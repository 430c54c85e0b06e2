"""Connections that were asked for and never established: their SYN came in, but the answer to it did not get through.

The kernel shows them in /proc/net/tcp and tcp6 (proc(5)) with the state SYN_RECV for as long as it repeats its answer,
by default about a minute (tcp_synack_retries, tcp(7)); where its own rules refuse the answer, for a second at a time
(reqsk_timer_handler in net/ipv4/inet_connection_sock.c), so that one has to look again and again. Without this a SYN
whose answer is lost could not be told from one that never came.
"""

import socket
import struct
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from sockrig_wire.model.reach import ReachHalfOpen
from sockrig_wire.model.sockets import Family

_TABLES = {Family.INET: Path("/proc/self/net/tcp"), Family.INET6: Path("/proc/self/net/tcp6")}
_SYN_RECEIVED = "03"
_IN_STATE = f" {_SYN_RECEIVED} "
"""TCP_SYN_RECV of net/tcp_states.h; a half-open connection to a listener is shown under it (get_openreq4)."""


def half_open_connections(family: Family, ports: Collection[int]) -> tuple[ReachHalfOpen, ...] | None:
    """Those to these ports of this host; None where the system does not tell."""
    if not ports:
        return ()
    try:
        with _TABLES[family].open(encoding="ascii") as lines:
            return tuple(parse_half_open(lines, ports))
    except OSError:
        return None


def parse_half_open(lines: Iterable[str], ports: Collection[int]) -> Iterator[ReachHalfOpen]:
    """The half-open connections to ``ports`` in the lines of such a table."""
    for line in lines:
        if _IN_STATE not in line:
            continue  # most lines of a busy host, and quicker told than by taking them apart
        fields = line.split()
        if len(fields) < 4 or fields[3] != _SYN_RECEIVED:
            continue
        local_port = int(fields[1].rpartition(":")[2], 16)
        if local_port in ports:
            host, _, port = fields[2].rpartition(":")
            yield ReachHalfOpen(local_port, _address(host), int(port, 16))


def _address(digits: str) -> str:
    """An address from its hexadecimal digits: 32-bit words in the host's byte order."""
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, packed)
