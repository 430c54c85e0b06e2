"""sockperf: its commands, and its report for people. Pure.

Its ping-pong prints one-way times: half of each round trip that it timed. They are doubled here.
"""

import re

from tests.bench.measurement import Reading, UnreadableError
from tests.bench.peers.peer import Command, Peer, Read, Said, Setting

PROGRAM = "sockperf"

_MEDIAN = re.compile(r"percentile 50\.000 =\s*([\d.]+)")
_SENT = re.compile(r"Total of (\d+) messages sent in ([\d.]+) sec")
_RECEIVED = re.compile(r"Total (\d+) messages received")


def ping_pong(size_bytes: int, *, tcp: bool = False, busy: bool = False) -> Peer:
    """Round trips, blocking or busily polling at both ends; it turns Nagle's algorithm off by itself."""
    flags = (*(("--tcp",) if tcp else ()), *(("--nonblocked",) if busy else ()))
    name = f"{PROGRAM} --nonblocked" if busy else PROGRAM
    return _peer(name, "ping-pong", size_bytes, flags, read_round_trip)


def throughput(size_bytes: int) -> Peer:
    """Datagrams as fast as it goes."""

    def read(said: Said) -> Reading:
        return read_packet_rate(said, size_bytes)

    return _peer(PROGRAM, "throughput", size_bytes, (), read)


def read_round_trip(said: Said) -> Reading:
    """The median."""
    if not (found := _MEDIAN.search(said.client)):
        raise UnreadableError(f"sockperf has no median: {_last_line(said.client)}")
    return Reading(value=2 * float(found[1]) * 1e-6)


def read_packet_rate(said: Said, size_bytes: int) -> Reading:
    """Datagrams that the server received, over the time that the client sent."""
    sent, received = _SENT.search(said.client), _RECEIVED.search(said.server)
    if not sent or not received:
        raise UnreadableError(f"sockperf has no totals: {_last_line(said.client)} {_last_line(said.server)}")
    packets, seconds = int(received[1]), float(sent[2])
    return Reading(
        value=packets / seconds,
        carried_bytes=packets * size_bytes,
        remark=f"{1 - packets / int(sent[1]):.0%} lost" if int(sent[1]) else "",
    )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return repr(lines[-1]) if lines else "no output"


def _peer(name: str, test: str, size_bytes: int, flags: Command, read: Read) -> Peer:
    def server(setting: Setting) -> Command:
        return PROGRAM, "server", "-i", setting.host, "-p", str(setting.port), *flags

    def client(setting: Setting) -> Command:
        asked = ("-m", str(size_bytes), "-t", str(setting.seconds))
        return PROGRAM, test, "-i", setting.host, "-p", str(setting.port), *asked, *flags

    return Peer(name=name, program=PROGRAM, server=server, client=client, read=read)
