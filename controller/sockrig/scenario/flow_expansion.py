"""A step of traffic as one flow for every pair that its shape makes, and for each direction.

In a plan and in results the source is who sends; ``from`` and ``to`` of a scenario say who connects to whom.
"""

from collections.abc import Iterator
from dataclasses import replace

from sockrig.scenario.casting import Cast
from sockrig.scenario.document import Path
from sockrig.scenario.expectations import parse_expectation
from sockrig.scenario.fields import listed
from sockrig.scenario.flow import Flow
from sockrig.scenario.patterns import planned_pattern
from sockrig.scenario.payloads import fill_of
from sockrig.scenario.planned import AgentFacts, FlowPlan, FlowStep
from sockrig.scenario.references import address_version
from sockrig.scenario.shapes import Ends, Pair, count_pairs, pairs_of
from sockrig.scenario.sizes import shares_of
from sockrig.scenario.steps import TrafficStep
from sockrig.scenario.suggestions import did_you_mean
from sockrig.scenario.units import Rate
from sockrig_wire.datagram import HEADER_BYTES
from sockrig_wire.kinds import DIGEST_BYTES, FLOW_KINDS
from sockrig_wire.model.flows import Direction, FlowSpec, Mode, Poll, SocketOptions, Verify

MOST_FLOWS = 10_000
"""In one step."""
MOST_FLOWS_OF_RUN = 100_000

_DIRECTIONS = {
    "forward": (Direction.FORWARD,),
    "reverse": (Direction.REVERSE,),
    "both": (Direction.FORWARD, Direction.REVERSE),
}


class FlowNames:
    """Gives every flow of a run a name of its own."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        """How often each name was wanted."""

    def __len__(self) -> int:
        return len(self._used)

    def unique(self, name: str) -> str:
        """``name``, with a number where another flow has it."""
        candidate = name
        while candidate in self._used:
            self._used[name] += 1
            candidate = f"{name} ({self._used[name]})"
        self._used[candidate] = 1
        return candidate


def expand_flows(cast: Cast, step: TrafficStep, name: str, path: Path, names: FlowNames) -> FlowStep:
    """Make the flows of a step.

    Args:
        cast: who plays which role.
        step: the step as it was written.
        name: of the step.
        path: where the step stands.
        names: of all flows in the run; those made here are added.

    Raises:
        ScenarioError: a role is not there, no pair is left, or there are too many.
    """
    flows: list[FlowPlan] = []
    for index, flow in enumerate(step.flows):
        flow_path = (*path, *step.flow_path(index))
        for source, destination in _pairs(cast, flow, flow_path, MOST_FLOWS - len(flows)):
            _check_family(cast, flow, destination, flow_path)
            for agent in (source, destination):
                _check_kind(cast, flow, agent, flow_path)
            for direction in _DIRECTIONS[flow.direction]:
                sender, receiver = (source, destination) if direction is Direction.FORWARD else (destination, source)
                spec = _spec(flow, names.unique(f"{flow.name or name} {sender} > {receiver}"), direction)
                flows.append(FlowPlan(flow.name or "", spec, sender, receiver))
        if len(names) > MOST_FLOWS_OF_RUN:
            raise cast.error(f"too many flows: expected at most {MOST_FLOWS_OF_RUN:,} in a run", flow_path)
    expectations = tuple(
        replace(parse_expectation(text), position=cast.loaded.position_of((*path, "expect", index)))
        for index, text in enumerate(listed(step.expect))
    )
    return FlowStep(name, tuple(flows), expectations)


def _pairs(cast: Cast, flow: Flow, path: Path, room: int) -> Iterator[Pair]:
    """The pairs of the flow's shape, once they are known to be right and no more than ``room``."""
    sources = _ends(cast, listed(flow.from_), (*path, "from"))
    destinations = None if flow.to is None else _ends(cast, listed(flow.to), (*path, "to"))
    ends = Ends(sources, destinations)
    try:
        pairs = count_pairs(flow.shape, ends)
    except ValueError as contradiction:
        raise cast.error(str(contradiction), (*path, "shape")) from None
    flows = pairs * len(_DIRECTIONS[flow.direction])
    if flows > room:
        counts = f"{len(sources)} x {len(destinations or sources)} agents make {flows:,} flows"
        raise cast.error(f"{counts}: expected at most {MOST_FLOWS:,} in one step", path)
    return pairs_of(flow.shape, ends)


def _ends(cast: Cast, references: tuple[str, ...], path: Path) -> tuple[str, ...]:
    """The agents of one end, as often as they are named."""
    return tuple(agent for index, text in enumerate(references) for agent in cast.players(text, (*path, index)))


def _check_family(cast: Cast, flow: Flow, destination: str, path: Path) -> None:
    facts: AgentFacts = cast.agents[destination]
    wanted = 6 if flow.ipv6 else 4
    if facts.addresses and all(address_version(address) not in {wanted, None} for address in facts.addresses):
        raise cast.error(f"agent {destination!r} has no IPv{wanted} address: it has {', '.join(facts.addresses)}", path)


def _check_kind(cast: Cast, flow: Flow, agent: str, path: Path) -> None:
    """A kind that is not built in has to be there; of an agent that nobody has asked, it will show."""
    added = cast.agents[agent].added_kinds
    if flow.kind in FLOW_KINDS or added is None or flow.kind in added:
        return
    known = (*FLOW_KINDS, *added)
    message = f"agent {agent!r} has no kind {flow.kind!r}; {did_you_mean(flow.kind, known)}known are {', '.join(known)}"
    raise cast.error(message, (*path, "kind"))


def _spec(flow: Flow, name: str, direction: Direction) -> FlowSpec:
    rate, verify = flow.rate or Rate(), Verify[flow.verify.upper()]
    fill, content = fill_of(flow.payload)
    return FlowSpec(
        name=name,
        kind=flow.kind,
        mode=Mode[flow.mode.upper()],
        workers=flow.workers,
        delay_seconds=flow.delay,
        warmup_seconds=flow.warmup,
        duration_seconds=flow.duration,
        drain_seconds=flow.drain,
        interval_seconds=flow.interval,
        rate_bits_per_second=rate.bits_per_second,
        rate_packets_per_second=rate.packets_per_second,
        size_bytes=flow.size if isinstance(flow.size, int) else 0,
        sizes=shares_of(flow.size, family=flow.family, least_bytes=HEADER_BYTES + DIGEST_BYTES[verify]),
        fill=fill,
        content=content,
        verify=verify,
        family=flow.family,
        offloads=listed(flow.offload),
        direction=direction,
        pattern=planned_pattern(flow.pattern),
        poll=Poll[flow.poll.upper()],
        connections=flow.connections or 0,
        socket_options=SocketOptions(
            congestion=flow.congestion or "",
            no_delay=flow.no_delay,
            mss_bytes=flow.mss,
            dscp=flow.dscp,
            send_buffer_bytes=flow.send_buffer,
            receive_buffer_bytes=flow.receive_buffer,
            device=flow.device or "",
            ttl=flow.ttl,
            mptcp=flow.mptcp,
        ),
    )
