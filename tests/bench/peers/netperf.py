"""netperf: its commands, and its ``NAME=value`` report (the omni tests' ``-k``, netperf's manual). Pure."""

from tests.bench.measurement import Reading, UnreadableError
from tests.bench.peers.peer import Command, Peer, Read, Said, Setting

PROGRAM = "netperf"
SERVER = "netserver"


def round_trip(size_bytes: int, *, tcp: bool = False) -> Peer:
    """Round trips, blocking."""
    return _peer("TCP_RR" if tcp else "UDP_RR", size_bytes, "P50_LATENCY", read_round_trip)


def connections(size_bytes: int) -> Peer:
    """Connect, one exchange, close."""
    return _peer("TCP_CRR", size_bytes, "THROUGHPUT,THROUGHPUT_UNITS", read_connections)


def read_round_trip(said: Said) -> Reading:
    """The median; netperf tells it in microseconds."""
    return Reading(value=_number(said.client, "P50_LATENCY") * 1e-6)


def read_connections(said: Said) -> Reading:
    """Connections a second: its transactions, each with a connection of its own."""
    return Reading(value=_number(said.client, "THROUGHPUT"))


def _number(text: str, name: str) -> float:
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    try:
        return float(values[name])
    except (KeyError, ValueError):
        raise UnreadableError(f"netperf tells no {name}: {text.strip()[-200:]!r}") from None


def _peer(test: str, size_bytes: int, outputs: str, read: Read) -> Peer:
    def server(setting: Setting) -> Command:
        return SERVER, "-D", "-L", setting.host, "-p", str(setting.port)

    def client(setting: Setting) -> Command:
        to = ("-H", setting.host, "-p", str(setting.port), "-t", test, "-l", str(setting.seconds))
        return PROGRAM, *to, "--", "-r", f"{size_bytes},{size_bytes}", "-k", outputs

    return Peer(name=f"{PROGRAM} {test}", program=PROGRAM, server=server, client=client, read=read)
