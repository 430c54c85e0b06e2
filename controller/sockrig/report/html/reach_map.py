"""Who could talk to whom as a map: sources down, destinations across, a letter and a colour in every cell. Pure.

It is a table and no drawing: it can be read aloud, searched and copied, and a mesh of thousands of cells stays small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sockrig.results.model.reach import ReachResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.verdicts import reach_verdict

_LETTERS = MappingProxyType(
    {
        "open": "O",
        "dropped": "D",
        "rejected": "R",
        "return path lost": "L",
        "closed": "C",
        "refused locally": "F",
        "invalid": "I",
    }
)
_OTHER = "?"

_TONES = MappingProxyType({"O": "open", "C": "closed", "I": "invalid", _OTHER: "invalid"})
"""What is neither of these let nothing through."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a probe found.

    Attributes:
        letter: of its verdict; empty where there was no probe.
        tone: the class of its colour.
        unexpected: whether the scenario wants something else.
        words: the whole of it.
    """

    letter: str
    tone: str
    unexpected: bool
    words: str


NO_PROBE = Cell("", "none", unexpected=False, words="not probed")


@dataclass(frozen=True, slots=True)
class ReachMap:
    """One protocol and port."""

    port: str
    destinations: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def reach_maps(probes: Sequence[ReachResult]) -> tuple[ReachMap, ...]:
    """A map for every protocol and port, in the order in which they were probed."""
    ports = dict.fromkeys((probe.protocol, probe.port) for probe in probes)
    return tuple(
        _map(f"{protocol}/{port}", [one for one in probes if (one.protocol, one.port) == (protocol, port)])
        for protocol, port in ports
    )


def _map(port: str, probes: Sequence[ReachResult]) -> ReachMap:
    sources = dict.fromkeys(probe.source for probe in probes)
    destinations = tuple(dict.fromkeys(probe.destination for probe in probes))
    cells: dict[tuple[str, str], Cell] = {}
    for probe in probes:
        ends, cell = (probe.source, probe.destination), _cell(probe)
        if ends not in cells or (cell.unexpected and not cells[ends].unexpected):
            cells[ends] = cell
    return ReachMap(
        port,
        destinations,
        tuple(
            (source, tuple(cells.get((source, destination), NO_PROBE) for destination in destinations))
            for source in sources
        ),
    )


def _cell(probe: ReachResult) -> Cell:
    letter = _LETTERS.get(probe.verdict, _OTHER)
    return Cell(
        letter,
        _TONES.get(letter, "blocked"),
        unexpected=reach_verdict(probe) is not Verdict.PASSED,
        words=f"{probe.source} > {probe.destination}: {reach_words(probe)}",
    )


def reach_words(probe: ReachResult) -> str:
    """The verdict, what was expected, and what was seen."""
    expected = f", expected {probe.expected}" if probe.expected is not None else ""
    detail = f" ({probe.detail})" if probe.detail else ""
    return f"{probe.verdict}{expected}{detail}"


def legend(probes: Sequence[ReachResult]) -> tuple[Cell, ...]:
    """The verdicts that occur, each once, in the order of the table of letters."""
    found = dict.fromkeys(probe.verdict for probe in probes)
    known = [verdict for verdict in _LETTERS if verdict in found]
    return tuple(
        Cell(letter := _LETTERS.get(verdict, _OTHER), _TONES.get(letter, "blocked"), unexpected=False, words=verdict)
        for verdict in (*known, *(verdict for verdict in found if verdict not in _LETTERS))
    )
