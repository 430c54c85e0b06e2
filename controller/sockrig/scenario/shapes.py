"""Which pairs of agents a flow's shape makes of its two ends: counted before any pair is made.

``one-to-one``, ``many-to-one`` (``incast``) and ``one-to-many`` are what the counts make of ``all``; written out, they
hold the counts to it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Shape = Literal["all", "one-to-one", "many-to-one", "incast", "one-to-many", "pairwise", "ring", "mesh"]

ONE_ENDED = ("ring", "mesh")
"""Shapes over the agents of ``from`` alone, so that ``to`` may be left out."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Ends:
    """The agents that ``from`` and ``to`` name, in order; one that is named twice is here twice.

    ``destinations`` is None where ``to`` is left out.
    """

    sources: Sequence[str]
    destinations: Sequence[str] | None


def count_pairs(shape: Shape, ends: Ends) -> int:
    """How many pairs there are, or a few more.

    Raises:
        ValueError: the ends contradict the shape.
    """
    sources, destinations = len(_once(ends.sources)), len(_once(ends.destinations or ()))
    match shape:
        case "ring":
            return _check_ring(ends)
        case "mesh":
            agents = len(_meshed(ends))
            if agents < 2:
                raise ValueError("a mesh of one agent has no flow: expected at least 2")
            return agents * (agents - 1)
        case "pairwise":
            return _check_pairwise(ends)
        case "one-to-one":
            _check_count(shape, "from", sources, many=False)
            _check_count(shape, "to", destinations, many=False)
        case "many-to-one" | "incast":
            _check_count(shape, "to", destinations, many=False)
            _check_count(shape, "from", len(set(ends.sources) - set(ends.destinations or ())), many=True)
        case "one-to-many":
            _check_count(shape, "from", sources, many=False)
            _check_count(shape, "to", len(set(ends.destinations or ()) - set(ends.sources)), many=True)
    return sources * destinations


def pairs_of(shape: Shape, ends: Ends) -> Iterator[Pair]:
    """Each source with its destination, of ends that :func:`count_pairs` has passed.

    An agent is paired with itself only where both ends name it alone.
    """
    sources, destinations = _once(ends.sources), _once(ends.destinations or ())
    match shape:
        case "ring":
            yield from zip(sources, (*sources[1:], sources[0]), strict=True)
        case "mesh":
            agents = _meshed(ends)
            yield from ((one, other) for one in agents for other in agents if one != other)
        case "pairwise":
            yield from zip(ends.sources, ends.destinations or (), strict=True)
        case _:
            alone = len(sources) == len(destinations) == 1
            yield from ((source, end) for source in sources for end in destinations if source != end or alone)


def _once(agents: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(agents))


def _meshed(ends: Ends) -> tuple[str, ...]:
    return _once((*ends.sources, *(ends.destinations or ())))


def _check_ring(ends: Ends) -> int:
    sources = _once(ends.sources)
    if len(sources) < 2:
        raise ValueError("a ring of one agent has no flow: expected at least 2")
    if ends.destinations is not None and _once(ends.destinations) != sources:
        raise ValueError("a ring goes over the agents of from: leave `to` out, or name the same")
    return len(sources)


def _check_pairwise(ends: Ends) -> int:
    destinations = ends.destinations or ()
    if len(ends.sources) != len(destinations):
        counts = f"from is {_agents(len(ends.sources))}, and to is {_agents(len(destinations))}"
        raise ValueError(f"pairwise needs as many at both ends: {counts}")
    for number, (source, destination) in enumerate(zip(ends.sources, destinations, strict=True), 1):
        if source == destination and len(destinations) > 1:
            raise ValueError(f"pairwise pairs {source} with itself (pair {number}): expected two different agents")
    return len(destinations)


def _check_count(shape: str, end: str, count: int, *, many: bool) -> None:
    if (count >= 2) is not many:
        raise ValueError(f"{shape} needs {'at least 2 agents' if many else '1 agent'} in {end}: there is {count}")


def _agents(count: int) -> str:
    return "1 agent" if count == 1 else f"{count} agents"
