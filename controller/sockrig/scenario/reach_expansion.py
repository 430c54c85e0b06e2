"""A reach step as one cell for every source, destination and port."""

from sockrig.scenario.casting import Cast
from sockrig.scenario.document import Path
from sockrig.scenario.fields import listed
from sockrig.scenario.planned import ReachCell, ReachExpectation, ReachStep
from sockrig.scenario.ports import Port, parse_ports, ports_in_words
from sockrig.scenario.references import address_version
from sockrig.scenario.steps.reach import REACH_TIMEOUT_SECONDS, Reach
from sockrig.scenario.units import Dimension, format_quantity
from sockrig_wire.model.sockets import Family
from sockrig_wire.reach import MOST_PROBES

MOST_CELLS = 100_000
"""In one step; the result document has a row for each."""


def expand_reach(cast: Cast, reach: Reach, name: str, path: Path) -> ReachStep:
    """Make the cells of a step, source by source.

    Raises:
        ScenarioError: a role is not there, no pair is left, or there are too many cells.
    """
    path = (*path, "reach")
    ports = dict.fromkeys(port for text in listed(reach.ports) for port in parse_ports(text))
    sources = _ends(cast, listed(reach.from_), (*path, "from"))
    destinations = _ends(cast, listed(reach.to), (*path, "to"))
    pairs = [(source, end) for source in sources for end in destinations if source != end]
    if not pairs:
        raise cast.error("nobody to talk to: an agent is not asked whether it reaches itself", path)
    _check_number(cast, len(pairs), len(ports), max(len(sources), len(destinations)), path)
    for agent in destinations:
        _check_family(cast, agent, (*path, "to"), ipv6=reach.ipv6)
    return ReachStep(
        name=name,
        cells=tuple(ReachCell(source, end, port) for source, end in pairs for port in ports),
        listen=reach.listen,
        family=Family.INET6 if reach.ipv6 else Family.INET,
        timeout_seconds=reach.timeout,
        attempts=reach.attempts,
        expected=None if reach.expect is None else ReachExpectation(reach.expect),
    )


def reach_lines(step: ReachStep) -> list[str]:
    """The step in words, for people: a line for each pair of agents; what is not said is as usual."""
    by_pair: dict[tuple[str, str], list[Port]] = {}
    for cell in step.cells:
        by_pair.setdefault((cell.source, cell.destination), []).append(cell.port)
    ways = [] if step.listen else ["nobody listens for it"]
    if step.family is Family.INET6:
        ways.append("over IPv6")
    if step.timeout_seconds != REACH_TIMEOUT_SECONDS:
        ways.append(f"within {format_quantity(step.timeout_seconds, Dimension.TIME)}")
    how = f" ({', '.join(ways)})" if ways else ""
    lines = [f"{source} > {end}: {ports_in_words(ports)}{how}" for (source, end), ports in by_pair.items()]
    return lines if step.expected is None else [*lines, f"expect {step.expected}"]


def _ends(cast: Cast, references: tuple[str, ...], path: Path) -> tuple[str, ...]:
    agents = (agent for index, text in enumerate(references) for agent in cast.players(text, (*path, index)))
    return tuple(dict.fromkeys(agents))


def _check_number(cast: Cast, pairs: int, ports: int, widest: int, path: Path) -> None:
    if pairs * ports > MOST_CELLS:
        message = f"{pairs:,} pairs x {ports:,} ports: expected at most {MOST_CELLS:,} probes in one step"
        raise cast.error(message, path)
    if widest * ports > MOST_PROBES:
        message = f"{widest:,} agents x {ports:,} ports: expected at most {MOST_PROBES:,} probes of one agent"
        raise cast.error(message, path)


def _check_family(cast: Cast, agent: str, path: Path, *, ipv6: bool) -> None:
    addresses, wanted = cast.agents[agent].addresses, 6 if ipv6 else 4
    if addresses and all(address_version(address) not in {wanted, None} for address in addresses):
        raise cast.error(f"agent {agent!r} has no IPv{wanted} address: it has {', '.join(addresses)}", path)
