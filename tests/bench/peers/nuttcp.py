"""nuttcp: its commands, and its ``name=value`` report (``-fparse``). Pure."""

from tests.bench.measurement import Reading, UnreadableError
from tests.bench.peers.peer import Command, Peer, Read, Said, Setting

PROGRAM = "nuttcp"
_MEBIBYTE = 1 << 20


def tcp() -> Peer:
    """One connection, as it comes."""
    return _peer((), read_throughput)


def udp(size_bytes: int) -> Peer:
    """Datagrams as fast as it goes (``-Ru``; its default is 1 Mbit/s)."""

    def read(said: Said) -> Reading:
        return read_packet_rate(said, size_bytes)

    return _peer(("-u", "-Ru", f"-l{size_bytes}"), read)


def read_throughput(said: Said) -> Reading:
    """Payload received over the receiver's time."""
    carried, seconds = _carried(said.client)
    return Reading(value=carried * 8 / seconds, carried_bytes=carried)


def read_packet_rate(said: Said, size_bytes: int) -> Reading:
    """Datagrams received a second."""
    carried, seconds = _carried(said.client)
    return Reading(value=carried / size_bytes / seconds, carried_bytes=carried)


def _carried(text: str) -> tuple[float, float]:
    """Bytes and seconds; the rate in Mbit/s tells the time with more digits than the time does."""
    values = dict(field.split("=", 1) for field in text.split() if "=" in field)
    try:
        carried, rate = float(values["megabytes"]) * _MEBIBYTE, float(values["rate_Mbps"]) * 1e6
    except (KeyError, ValueError):
        raise UnreadableError(f"nuttcp reported nothing: {text.strip()[-200:]!r}") from None
    if not rate:
        raise UnreadableError("nuttcp received nothing")
    return carried, carried * 8 / rate


def _peer(flags: Command, read: Read) -> Peer:
    def ports(setting: Setting) -> Command:
        return "-P", str(setting.port), "-p", str(setting.data_port)

    def server(setting: Setting) -> Command:
        return PROGRAM, "-S", "-1", "--nofork", *ports(setting)

    def client(setting: Setting) -> Command:
        return PROGRAM, *flags, f"-T{setting.seconds}", *ports(setting), "-fparse", setting.host

    return Peer(name=PROGRAM, program=PROGRAM, server=server, client=client, read=read, ends_by_itself=True)
