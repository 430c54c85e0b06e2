"""Ports as a person writes them for reach: ``tcp/22``, ``udp/53``, ``tcp/8000-8010``."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from sockrig.scenario.units import shown
from sockrig_wire.model.sockets import Transport

_PORTS = re.compile(r"(?P<transport>tcp|udp)/(?P<first>[0-9]{1,5})(-(?P<last>[0-9]{1,5}))?", re.IGNORECASE)
_LARGEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Port:
    """One port of one transport; its text is ``tcp/22``."""

    transport: Transport
    number: int

    def __str__(self) -> str:
        return f"{self.transport.name.lower()}/{self.number}"


def parse_ports(text: str | int) -> tuple[Port, ...]:
    """Read ``tcp/22`` or, with both ends in it, ``tcp/8000-8010``.

    Raises:
        ValueError: it is neither.
    """
    match = _PORTS.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(f"{shown(text)} is no port: expected one such as tcp/22, udp/53 or tcp/8000-8010")
    first = int(match["first"])
    last = first if match["last"] is None else int(match["last"])
    if not 1 <= first <= _LARGEST_PORT or not 1 <= last <= _LARGEST_PORT:
        raise ValueError(f"{shown(text)} has no such port: expected 1 to {_LARGEST_PORT}")
    if last < first:
        raise ValueError(f"{shown(text)} goes backwards: expected the smaller port first")
    transport = Transport[match["transport"].upper()]
    return tuple(Port(transport, number) for number in range(first, last + 1))


def ports_in_words(ports: Iterable[Port]) -> str:
    """``tcp/22, tcp/8000-8010``: neighbours become a range, in the order of their first."""
    return ", ".join(_ranges(ports))


def _ranges(ports: Iterable[Port]) -> Iterator[str]:
    for _, neighbours in groupby(enumerate(ports), key=lambda each: (each[1].transport, each[1].number - each[0])):
        run = [port for _, port in neighbours]
        yield str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1].number}"
