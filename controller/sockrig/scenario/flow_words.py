"""A planned flow in words, for people: what is not said is as usual."""

from collections.abc import Iterator

from sockrig.scenario.planned import FlowPlan
from sockrig.scenario.units import Dimension, format_quantity
from sockrig_wire.kinds import DEFAULT_CONNECTIONS, FLOW_KINDS
from sockrig_wire.model.flows import (
    BurstPattern,
    Direction,
    Fill,
    FlowSpec,
    OnOffPattern,
    Pattern,
    PoissonPattern,
    Poll,
    SizeShare,
    SocketOptions,
    Verify,
)
from sockrig_wire.model.sockets import Family


def flow_words(flow: FlowPlan, *, searched: bool = False) -> str:
    """The flow in one line: kind, times, rate, size and whatever else was asked for.

    Of one whose duration and rate a search sets, they are left out.
    """
    spec = flow.spec
    words = [
        *_when(spec, searched=searched),
        *([] if searched else [_rate(spec)]),
        *_pattern(spec.pattern),
        *_what(spec),
        *_options(spec.socket_options),
    ]
    if spec.direction is Direction.REVERSE:
        words.append(f"{flow.destination} connects")
    group = f'"{flow.group}" ' if flow.group else ""
    return group + ", ".join(words)


def _when(spec: FlowSpec, *, searched: bool) -> Iterator[str]:
    yield spec.kind
    if not searched:
        yield f"for {_time(spec.duration_seconds)}"
    for word, seconds in (("warm-up", spec.warmup_seconds), ("delay", spec.delay_seconds)):
        if seconds:
            yield f"{word} {_time(seconds)}"


def _rate(spec: FlowSpec) -> str:
    if isinstance(spec.pattern, BurstPattern):
        return f"{spec.pattern.packets} at once every {_time(spec.pattern.gap_seconds)}"
    if spec.rate_bits_per_second is not None:
        return format_quantity(spec.rate_bits_per_second, Dimension.BITS_PER_SECOND)
    if spec.rate_packets_per_second is not None:
        return format_quantity(spec.rate_packets_per_second, Dimension.PACKETS_PER_SECOND)
    return "one request a second and connection" if _holds_connections(spec) else "as fast as it goes"


def _pattern(pattern: Pattern) -> Iterator[str]:
    match pattern:
        case PoissonPattern():
            yield "at random"
        case OnOffPattern(on_seconds, off_seconds):
            yield f"{_time(on_seconds)} on and {_time(off_seconds)} off"


def _what(spec: FlowSpec) -> Iterator[str]:
    if spec.size_bytes:
        yield _size(spec.size_bytes)
    if spec.sizes:
        yield " + ".join(_share(share, alone=len(spec.sizes) == 1) for share in spec.sizes)
    if spec.fill is Fill.CONTENT:
        yield f"{_size(len(spec.content))} of its own"
    elif spec.fill is not Fill.RANDOM:
        yield spec.fill.name.lower()
    yield f"{spec.workers} worker{'s' if spec.workers > 1 else ''} {spec.mode.name.lower()}"
    if connections := spec.connections or (DEFAULT_CONNECTIONS if _holds_connections(spec) else 0):
        yield f"{connections:,} connections{' each' if spec.workers > 1 else ''}"
    if spec.poll is Poll.BUSY:
        yield "busy polling"
    if spec.verify is not Verify.NONE:
        yield f"verify {spec.verify.name.lower()}"
    if spec.offloads != ("auto",):
        yield f"offload {'+'.join(spec.offloads)}"
    if spec.family is Family.INET6:
        yield "IPv6"


def _holds_connections(spec: FlowSpec) -> bool:
    known = FLOW_KINDS.get(spec.kind)
    return known is not None and known.holds_connections


def _share(share: SizeShare, *, alone: bool) -> str:
    sizes = " to ".join(_size(size) for size in dict.fromkeys((share.least_bytes, share.most_bytes)))
    return sizes if alone else f"{share.weight} x {sizes}"


def _options(options: SocketOptions) -> Iterator[str]:
    if options.mptcp:
        yield "MPTCP"
    if options.congestion:
        yield f"congestion {options.congestion}"
    if options.no_delay is not None:
        yield "no delay" if options.no_delay else "Nagle's delay"
    for word, size in (
        ("mss", options.mss_bytes),
        ("send buffer", options.send_buffer_bytes),
        ("receive buffer", options.receive_buffer_bytes),
    ):
        if size is not None:
            yield f"{word} {_size(size)}"
    if options.dscp is not None:
        yield f"dscp {options.dscp}"
    if options.ttl is not None:
        yield f"ttl {options.ttl}"
    if options.device:
        yield f"on {options.device}"


def _size(size_bytes: int) -> str:
    return format_quantity(size_bytes, Dimension.SIZE)


def _time(seconds: float) -> str:
    return format_quantity(seconds, Dimension.TIME)
