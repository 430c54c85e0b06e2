"""The bare loops of :mod:`tests.bench.ceilings`, used as another tool is. Pure."""

import json
import sys
from typing import Any

from tests.bench.measurement import CEILING, Reading, UnreadableError
from tests.bench.peers.peer import Command, Peer, Said, Setting

_LOOPS = (sys.executable, "-m", "tests.bench.ceilings")


def tcp(*, truncating: bool) -> Peer:
    """One connection; the received bytes are counted, or copied too."""
    return _peer("tcp-stream", ("--truncating",) if truncating else ())


def udp(size_bytes: int, *, segmented: bool) -> Peer:
    """Datagrams in batches, each with a number and a time."""
    return _peer("udp-stream", ("--size", str(size_bytes), *(("--segmented",) if segmented else ())))


def round_trip(*, tcp: bool = False, busy: bool = False) -> Peer:
    """Round trips of 64 bytes."""
    return _peer("tcp-rr" if tcp else "udp-rr", ("--busy",) if busy else ())


def read(said: Said) -> Reading:
    """The value of the end that measured, and the processor time of both."""
    ends = [_document(text) for text in (said.client, said.server)]
    for end in ends:
        if end["value"] is not None:
            cpu_seconds = sum(each["cpu_seconds"] for each in ends)
            return Reading(value=end["value"], carried_bytes=end["carried_bytes"], cpu_seconds=cpu_seconds)
    raise UnreadableError("the bare loop measured nothing")


def _document(text: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(text)
    except ValueError:
        raise UnreadableError(f"the bare loop wrote no JSON: {text.strip()[-200:]!r}") from None
    return document


def _peer(kind: str, flags: Command) -> Peer:
    def server(setting: Setting) -> Command:
        return *_LOOPS, "receive", kind, "--host", setting.host, "--port", str(setting.port), *flags

    def client(setting: Setting) -> Command:
        to = ("--host", setting.host, "--port", str(setting.port), "--seconds", str(setting.seconds))
        return *_LOOPS, "send", kind, *to, *flags

    return Peer(name=CEILING, program=sys.executable, server=server, client=client, read=read, ends_by_itself=True)
