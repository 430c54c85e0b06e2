"""Generated traffic as a person writes it: ``{kind: tcp-stream, from: clients, to: server, duration: 2s}``."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from sockrig.scenario.calls import AgentText
from sockrig.scenario.fields import (
    CodePoint,
    Duration,
    FlowName,
    FlowRate,
    Interval,
    KindName,
    OneOrMany,
    Pause,
    Size,
    SystemName,
)
from sockrig.scenario.kinds import KINDS
from sockrig.scenario.part import Part, missing_key, problem_at
from sockrig.scenario.patterns import BurstPattern, OnOffPattern, Pattern
from sockrig.scenario.payloads import Payload
from sockrig.scenario.shapes import ONE_ENDED, Shape
from sockrig.scenario.sizes import FlowSize, MixedSizes, UniformSizes, shares_of
from sockrig.scenario.units import Dimension, format_quantity
from sockrig_wire.kinds import DIGEST_BYTES, FLOW_KINDS, MOST_CONNECTIONS, OFFLOADS, FlowKind
from sockrig_wire.model.flows import Verify
from sockrig_wire.model.sockets import Family, Transport


class Flow(Part):
    """Generated traffic from agents to agents; one flow for every pair that the shape makes of them."""

    kind: KindName
    """What is carried and measured; agents may have more kinds, of other packages."""
    name: FlowName | None = None
    """For expectations and the report."""
    from_: OneOrMany[AgentText]
    """Who sends, asks or connects: a role, one of a role (``"edges[0]"``), or a list."""
    to: OneOrMany[AgentText] | None = None
    """Who receives, answers or accepts; a ring or a mesh may go without."""
    shape: Shape = "all"
    """Who talks to whom: ``all``, every one of ``from`` with every one of ``to``; ``one-to-one``, ``many-to-one``
    (``incast``) and ``one-to-many``, the same for ends of so many; ``pairwise``, the first with the first and so on;
    ``ring``, each to the next and the last to the first; ``mesh``, each with every other, both ways."""
    duration: Duration
    """The measured time, after the warm-up."""
    warmup: Pause = 0.0
    """Traffic before the measured time."""
    delay: Pause = 0.0
    """From the common start to this flow's."""
    drain: Pause = 0.5
    """How long receivers wait for late packets."""
    interval: Interval = 1.0
    """Between samples, at least 0.1 s. Those of less than 0.5 s arrive in groups, twice a second."""
    rate: FlowRate | None = None
    """For each flow, of payload; without it, as fast as it goes; of tcp-hold, one request a second and connection."""
    pattern: Pattern = "constant"
    """When packets leave: ``constant``, evenly; ``poisson``, at random with the rate as mean; ``{burst: 9, gap: 1ms}``,
    at once with a rate of its own; ``{on: 1s, off: 2s}``, at the rate or as fast as it goes, and then not."""
    size: FlowSize | None = None
    """Payload of a datagram or a message, or a stream's block. For udp-stream also ``{uniform: [64 B, 1400 B]}``,
    ``{mix: {64 B: 7, 1400 B: 1}}`` with weights, or ``imix``: frames of 64, 594 and 1518 bytes as 7:4:1."""
    workers: Annotated[StrictInt, Field(ge=1, le=64)] = 1
    """How many at each end."""
    mode: Literal["parallel", "concurrent"] = "parallel"
    """Workers as processes, or as threads."""
    connections: Annotated[StrictInt, Field(ge=1, le=MOST_CONNECTIONS)] | None = None
    """For tcp-hold: how many each worker holds open at once; 100 without it."""
    direction: Literal["forward", "reverse", "both"] = "forward"
    """For tcp-stream: in ``reverse``, ``to`` sends and ``from`` receives, though it connects all the same; ``both`` is
    one flow each way, over connections of their own."""
    poll: Literal["blocking", "busy"] = "blocking"
    """For tcp-rr and udp-rr: ends wait asleep in the kernel, or awake, which is faster and takes a core of each."""
    payload: Payload = "random"
    """What packets hold: ``random`` (does not compress), ``zeros``, ``text``, or up to 64 KiB of your own, again and
    again: ``{text: hello}``, ``{hex: 00ff}``, ``{base64: AP8=}``."""
    verify: Literal["none", "crc32", "sha256"] = "none"
    """How every block is checked end to end."""
    offload: OneOrMany[StrictStr] = "auto"
    """What the kernel may take over: ``auto`` (what is there), ``none``, or a list of names."""
    ipv6: StrictBool = False
    """Over IPv6."""
    congestion: SystemName | None = None
    """TCP's congestion control: ``cubic``, ``bbr`` and what else the hosts have."""
    no_delay: StrictBool | None = None
    """False lets small TCP segments wait as Nagle says (RFC 896); usually they leave at once."""
    mss: Size | None = None
    """TCP's largest segment."""
    dscp: CodePoint | None = None
    """How routers are to treat it: a code point such as ``ef``, ``af41`` or 46."""
    send_buffer: Size | None = None
    """Of every socket; without it, what the hosts see fit."""
    receive_buffer: Size | None = None
    """Of every socket; without it, what the hosts see fit."""
    device: SystemName | None = None
    """The network interface that the sockets of both ends are bound to."""
    ttl: Annotated[StrictInt, Field(ge=1, le=255)] | None = None
    """How many routers it may pass: IPv4's time to live, IPv6's hop limit."""
    mptcp: StrictBool = False
    """Multipath TCP, where both hosts have it (RFC 8684)."""

    @model_validator(mode="after")
    def _fits_shape(self) -> Self:
        if self.to is None and self.shape not in ONE_ENDED:
            raise missing_key(self, "to")
        if self.shape == "mesh" and self.direction == "both":
            raise problem_at(self, "a mesh goes both ways already: leave direction out", "direction")
        return self

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        self._check_pattern()
        known = FLOW_KINDS.get(self.kind)
        if known is None:
            return self
        if self.rate is not None and self.rate.packets_per_second is not None and not KINDS[self.kind].packet_rate:
            raise problem_at(self, f"{self.kind} has no packets to count: expected a rate such as 50 Mbit/s", "rate")
        if self.verify != "none" and not known.verifiable:
            others = ", ".join(name for name, other in FLOW_KINDS.items() if other.verifiable)
            raise problem_at(self, f"{self.kind} has no blocks to verify: {others} have", "verify")
        if self.payload != "random" and not known.verifiable:
            raise problem_at(self, f"{self.kind} carries no payload but its token", "payload")
        if self.direction != "forward" and not known.reversible:
            others = ", ".join(name for name, other in FLOW_KINDS.items() if other.reversible)
            raise problem_at(self, f"{self.kind} goes forward only: {others} can go {self.direction}", "direction")
        if self.poll != "blocking" and not known.pollable:
            others = ", ".join(name for name, other in FLOW_KINDS.items() if other.pollable)
            raise problem_at(self, f"{self.kind} cannot poll: {others} can", "poll")
        if self.connections is not None and not known.holds_connections:
            others = ", ".join(name for name, other in FLOW_KINDS.items() if other.holds_connections)
            raise problem_at(self, f"{self.kind} holds no number of connections: {others} does", "connections")
        if isinstance(self.pattern, OnOffPattern) and self.rate is None and not known.one_way:
            raise problem_at(self, f"{self.kind} in phases needs a rate beside it", "pattern")
        self._check_size(known)
        self._check_tcp_options(known)
        return self

    def _check_pattern(self) -> None:
        if self.pattern == "poisson" and self.rate is None:
            raise problem_at(self, "poisson needs a rate beside it: its mean", "pattern")
        if isinstance(self.pattern, BurstPattern) and self.rate is not None:
            raise problem_at(self, "bursts make their own rate: leave one of them out", "rate")

    def _check_tcp_options(self, known: FlowKind) -> None:
        """Refuse what only TCP has where datagrams are carried."""
        if known.transport is Transport.TCP:
            return
        asked = {"congestion": self.congestion, "no-delay": self.no_delay, "mss": self.mss, "mptcp": self.mptcp or None}
        for key, value in asked.items():
            if value is not None:
                raise problem_at(self, f"{self.kind} is not over TCP: leave {key} out", key)

    def _check_size(self, known: FlowKind) -> None:
        if isinstance(self.size, (str, UniformSizes, MixedSizes)) and not known.mixable:
            raise problem_at(self, f"{self.kind} has packets of one size only: expected one such as 64 B", "size")
        smallest = known.smallest_bytes + DIGEST_BYTES[Verify[self.verify.upper()]]
        largest = known.largest(self.family)
        if isinstance(self.size, int):
            sizes = {self.size}
        else:
            shares = shares_of(self.size, family=self.family, least_bytes=smallest)
            sizes = {size for share in shares for size in (share.least_bytes, share.most_bytes)}
        for size in sorted(sizes):
            if not smallest <= size <= largest:
                shown_size, least, most = (format_quantity(each, Dimension.SIZE) for each in (size, smallest, largest))
                expected = least if smallest == largest else f"{least} to {most}"
                raise problem_at(self, f"{shown_size} does not suit {self.kind}: expected {expected}", "size")

    @property
    def family(self) -> Family:
        """IPv4 or IPv6."""
        return Family.INET6 if self.ipv6 else Family.INET

    @model_validator(mode="after")
    def _offload_is_one_choice(self) -> Self:
        if isinstance(self.offload, tuple) and len(self.offload) > 1 and {"auto", "none"} & set(self.offload):
            raise problem_at(self, "auto and none stand alone: expected one of them, or names of offloads", "offload")
        names = (self.offload,) if isinstance(self.offload, str) else self.offload
        if unknown := [name for name in names if name not in {"auto", "none", *OFFLOADS}]:
            known = ", ".join(OFFLOADS)
            raise problem_at(
                self, f"there is no offload {unknown[0]!r}: expected auto, none, or some of {known}", "offload"
            )
        return self
