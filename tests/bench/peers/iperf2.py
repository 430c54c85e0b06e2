"""iperf2: its commands, and its comma-separated report (``-y C``). Pure.

A line is: time, local address and port, remote address and port, connection, interval, bytes, bits per second, and for
UDP jitter in milliseconds, lost, all, lost in percent, out of order. A connection of -1 stands for their sum.
"""

from dataclasses import dataclass

from tests.bench.measurement import Reading, UnreadableError
from tests.bench.peers.peer import Command, Peer, Read, Said, Setting

PROGRAM = "iperf"
_FASTER_THAN_ANYTHING = "100g"
"""There is no rate that means unlimited for datagrams."""


def tcp(connections: int = 1) -> Peer:
    """So many connections, each in a thread of its own."""
    flags = ("-P", str(connections)) if connections > 1 else ()
    name = " ".join(("iperf2", *flags))
    return _peer(name, ("-P", str(connections)), flags, read_throughput)


def udp(size_bytes: int) -> Peer:
    """Datagrams as fast as it goes."""
    length = ("-u", "-l", str(size_bytes))

    def read(said: Said) -> Reading:
        return read_packet_rate(said, size_bytes)

    return _peer("iperf2", (*length, "-P", "1"), (*length, "-b", _FASTER_THAN_ANYTHING), read)


def read_throughput(said: Said) -> Reading:
    """All bytes that the server received, over the longest of its connections' times."""
    lines = _lines(said.server)
    total = sum(line.bytes for line in lines)
    return Reading(value=total * 8 / _longest(lines), carried_bytes=total)


def read_packet_rate(said: Said, size_bytes: int) -> Reading:
    """Datagrams that the server received a second."""
    lines = _lines(said.server)
    total = sum(line.bytes for line in lines)
    return Reading(value=total / size_bytes / _longest(lines), carried_bytes=total)


@dataclass(frozen=True, slots=True)
class _Line:
    bytes: int
    bits_per_second: float

    @property
    def seconds(self) -> float:
        """The rate tells the time with more digits than the interval does."""
        return self.bytes * 8 / self.bits_per_second


def _longest(lines: list[_Line]) -> float:
    return max(line.seconds for line in lines)


def _lines(text: str) -> list[_Line]:
    fields = [line.split(",") for line in text.splitlines()]
    found = [_Line(int(each[7]), float(each[8])) for each in fields if len(each) >= 9 and each[5] != "-1"]
    found = [line for line in found if line.bits_per_second > 0]
    if not found:
        raise UnreadableError(f"iperf2's server reported nothing: {text.strip()[-200:]!r}")
    return found


def _peer(name: str, server_flags: Command, client_flags: Command, read: Read) -> Peer:
    def server(setting: Setting) -> Command:
        return PROGRAM, "-s", "-B", setting.host, "-p", str(setting.port), "-y", "C", *server_flags

    def client(setting: Setting) -> Command:
        asked = ("-p", str(setting.port), "-t", str(setting.seconds), "-y", "C")
        return PROGRAM, "-c", setting.host, *asked, *client_flags

    return Peer(name=name, program=PROGRAM, server=server, client=client, read=read, ends_by_itself=True)
