"""iperf3: its commands, and its JSON (``-J``). Pure."""

import json
from typing import Any

from tests.bench.measurement import Reading, UnreadableError
from tests.bench.peers.peer import Command, Peer, Read, Said, Setting

PROGRAM = "iperf3"


def tcp(*flags: str, name: str = "", flag: str = "") -> Peer:
    """One way of carrying TCP."""
    return _peer(name or " ".join((PROGRAM, *flags)), flags, read_throughput, flag=flag)


def udp(size_bytes: int, *flags: str, flag: str = "") -> Peer:
    """Datagrams as fast as it goes (``-b 0``)."""
    asked = ("-u", "-b", "0", "-l", str(size_bytes), *flags)
    return _peer(" ".join((PROGRAM, *flags)), asked, read_packet_rate, flag=flag)


def paced_udp(size_bytes: int, packets_per_second: int) -> Peer:
    """Datagrams at a rate; the figure is how far it was from that."""

    def read(said: Said) -> Reading:
        sent = _part(_document(said.client), "sum_sent")
        achieved = float(sent["packets"]) / float(sent["seconds"])
        return Reading(value=abs(achieved / packets_per_second - 1))

    return _peer(PROGRAM, ("-u", "-b", str(packets_per_second * size_bytes * 8), "-l", str(size_bytes)), read)


def read_throughput(said: Said) -> Reading:
    """Payload received, as the client tells it of both ends."""
    received = _part(_document(said.client), "sum_received")
    return Reading(value=float(received["bits_per_second"]), carried_bytes=float(received["bytes"]))


def read_packet_rate(said: Said) -> Reading:
    """Datagrams received a second; iperf3 counts those sent and those lost, as the receiver saw them."""
    received = _part(_document(said.client), "sum_received")
    packets, lost = int(received["packets"]), int(received["lost_packets"])
    return Reading(
        value=(packets - lost) / float(received["seconds"]),
        carried_bytes=float(received["bytes"]),
        remark=f"{lost / packets:.0%} lost" if packets else "",
    )


def _peer(name: str, flags: tuple[str, ...], read: Read, *, flag: str = "") -> Peer:
    def server(setting: Setting) -> Command:
        return PROGRAM, "-s", "-1", "-B", setting.host, "-p", str(setting.port)

    def client(setting: Setting) -> Command:
        return PROGRAM, "-c", setting.host, "-p", str(setting.port), "-t", str(setting.seconds), "-J", *flags

    return Peer(name=name, program=PROGRAM, server=server, client=client, read=read, ends_by_itself=True, flag=flag)


def _document(text: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(text)
    except ValueError:
        raise UnreadableError(f"iperf3 wrote no JSON: {text.strip()[-200:]!r}") from None
    if problem := document.get("error"):
        raise UnreadableError(f"iperf3: {problem}")
    return document


def _part(document: dict[str, Any], name: str) -> dict[str, Any]:
    part: dict[str, Any] | None = document.get("end", {}).get(name)
    if part is None:
        raise UnreadableError(f"iperf3's JSON has no end.{name}")
    return part
