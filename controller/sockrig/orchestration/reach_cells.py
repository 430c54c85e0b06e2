"""From the cells of a reach step to what each agent is ordered, and from what the agents saw to its rows. Pure.

Every agent gets one order a phase, however many cells there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sockrig.results.model.reach import ReachResult
from sockrig.results.reach import Sights, reach_result
from sockrig.scenario.plan import ReachCell, ReachStep
from sockrig.scenario.ports import Port
from sockrig_wire.model.reach import (
    OpenReach,
    ProbeReach,
    ProbeResult,
    ReachOpened,
    ReachPort,
    ReachProbe,
    ReachProbed,
    ReachSeen,
)

SPACING_SECONDS = 0.005
"""Between one agent's probes to one host, whose ICMP errors have a common limit of 1000 a second to all
(``icmp_msgs_per_sec``, icmp(7))."""


@dataclass(frozen=True, slots=True)
class AskedCell:
    """A cell with its nonce."""

    cell: ReachCell
    nonce: int


def listen_orders(step: ReachStep, asked: Iterable[AskedCell]) -> dict[str, OpenReach]:
    """By destination, where it is to listen, and for which nonces."""
    nonces: dict[str, dict[Port, list[int]]] = {}
    for each in asked:
        nonces.setdefault(each.cell.destination, {}).setdefault(each.cell.port, []).append(each.nonce)
    return {
        agent: OpenReach(
            step.family,
            tuple(ReachPort(port.transport, port.number, tuple(known)) for port, known in of_agent.items()),
        )
        for agent, of_agent in nonces.items()
    }


def probe_orders(
    step: ReachStep, asked: Sequence[AskedCell], addresses: Mapping[str, str], destinations: Sequence[str]
) -> dict[str, ProbeReach]:
    """By source, what it is to probe.

    Each goes through the destinations port by port and begins with the one behind itself, so that neighbours in time go
    to different hosts, and no host gets the first probes of all.
    """
    place = {agent: number for number, agent in enumerate(destinations)}
    by_source: dict[str, list[AskedCell]] = {}
    for each in asked:
        by_source.setdefault(each.cell.source, []).append(each)
    orders = {}
    for number, (source, cells) in enumerate(by_source.items()):
        first = place.get(source, number)
        rounds: dict[str, int] = {}

        def turn(each: AskedCell, first: int = first, rounds: dict[str, int] = rounds) -> tuple[int, int]:
            end = each.cell.destination
            rounds[end] = rounds.get(end, -1) + 1
            return rounds[end], (place[end] - first) % len(place)

        orders[source] = ProbeReach(
            family=step.family,
            listened=step.listen,
            timeout_seconds=step.timeout_seconds,
            attempts=step.attempts,
            spacing_seconds=SPACING_SECONDS,
            probes=tuple(
                ReachProbe(
                    addresses[each.cell.destination], each.cell.port.transport, each.cell.port.number, each.nonce
                )
                for each in sorted(cells, key=turn)
            ),
        )
    return orders


class ReachRows:
    """What has been seen so far, cell by cell.

    Attributes:
        failures: by agent, why it could not do its part.
        addresses: by destination, where it is probed.
    """

    def __init__(self, step: ReachStep, asked: Sequence[AskedCell]) -> None:
        self._step = step
        self._asked = tuple(asked)
        self.failures: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self._listening: dict[tuple[str, Port], str] = {}
        self._results: dict[int, ProbeResult] = {}
        self._seen: dict[str, ReachSeen] = {}

    def opened(self, agent: str, answer: ReachOpened) -> None:
        """A destination listens, or said where it cannot."""
        for port in answer.ports:
            self._listening[agent, Port(port.transport, port.port)] = port.errno_name

    def probed(self, answer: ReachProbed) -> None:
        """A source has done its probes."""
        self._results.update((result.nonce, result) for result in answer.results)

    def saw(self, agent: str, answer: ReachSeen) -> None:
        """A destination told what came in."""
        self._seen[agent] = answer

    def to_probe(self) -> list[AskedCell]:
        """The cells that can be probed: both ends are there, and one listens where it was asked to."""
        return [
            each
            for each in self._asked
            if not {each.cell.source, each.cell.destination} & self.failures.keys()
            and each.cell.destination in self.addresses
            and not self._listener_errno(each.cell)
        ]

    def rows(self) -> tuple[ReachResult, ...]:
        """All cells, judged."""
        arrivals = {arrival.nonce: arrival for seen in self._seen.values() for arrival in seen.arrivals}
        half_open = {
            (agent, each.local_port, each.host, each.port)
            for agent, seen in self._seen.items()
            for each in seen.half_open
        }
        rows = []
        for each in self._asked:
            cell, probe = each.cell, self._results.get(each.nonce)
            seen = self._seen.get(cell.destination)
            asked_half_open = None
            if seen is not None and seen.half_open_known and probe is not None:
                source = (probe.source_host, probe.source_port)
                asked_half_open = (cell.destination, cell.port.number, *source) in half_open
            sights = Sights(
                address=self.addresses.get(cell.destination, ""),
                timeout_seconds=self._step.timeout_seconds,
                listener_errno=self._listener_errno(cell) if self._step.listen else None,
                probe=probe,
                arrival=arrivals.get(each.nonce),
                half_open=asked_half_open,
                blind=self._step.listen and seen is None,
                failure=self._failure(cell, probe),
            )
            rows.append(reach_result(cell, sights, self._step.expected))
        return tuple(rows)

    def _listener_errno(self, cell: ReachCell) -> str:
        return self._listening.get((cell.destination, cell.port), "")

    def _failure(self, cell: ReachCell, probe: ProbeResult | None) -> str:
        """Why a cell was not probed, where an agent is to blame."""
        if probe is not None:
            return ""
        blamed = next((agent for agent in (cell.source, cell.destination) if agent in self.failures), None)
        return "" if blamed is None else f"agent {blamed}: {self.failures[blamed]}"
