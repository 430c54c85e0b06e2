"""qperf: its commands, and its report in plain units (``-uu``). Pure.

Its latency is a mean of one-way times: the time over the messages in both directions. It is doubled here, and stays a
mean where others give the median.
"""

import re

from tests.bench.measurement import Reading, UnreadableError
from tests.bench.peers.peer import Command, Peer, Read, Said, Setting

PROGRAM = "qperf"

_LATENCY = re.compile(r"latency\s*=\s*([\d,.]+) ns")
_RECEIVED = re.compile(r"recv_bw\s*=\s*([\d,.]+) bytes/sec")


def round_trip(size_bytes: int, *, tcp: bool = False) -> Peer:
    """Round trips, blocking."""
    return _peer(f"{PROGRAM} (mean)", "tcp_lat" if tcp else "udp_lat", size_bytes, read_round_trip)


def udp(size_bytes: int) -> Peer:
    """Datagrams as fast as it goes."""

    def read(said: Said) -> Reading:
        return read_packet_rate(said, size_bytes)

    return _peer(PROGRAM, "udp_bw", size_bytes, read)


def read_round_trip(said: Said) -> Reading:
    """The mean."""
    return Reading(value=2 * _number(_LATENCY, said.client) * 1e-9, remark="mean")


def read_packet_rate(said: Said, size_bytes: int) -> Reading:
    """Datagrams received a second. It tells no total, so that CPU per byte cannot be had."""
    return Reading(value=_number(_RECEIVED, said.client) / size_bytes)


def _number(pattern: re.Pattern[str], text: str) -> float:
    if not (found := pattern.search(text)):
        raise UnreadableError(f"qperf reported nothing: {text.strip()[-200:]!r}")
    return float(found[1].replace(",", ""))


def _peer(name: str, test: str, size_bytes: int, read: Read) -> Peer:
    def server(setting: Setting) -> Command:
        return PROGRAM, "-lp", str(setting.port)

    def client(setting: Setting) -> Command:
        asked = ("-ip", str(setting.data_port), "-m", str(size_bytes), "-t", str(setting.seconds))
        return PROGRAM, "-lp", str(setting.port), *asked, "-uu", setting.host, test

    return Peer(name=name, program=PROGRAM, server=server, client=client, read=read)
