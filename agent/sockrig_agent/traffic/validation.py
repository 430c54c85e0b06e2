"""Whether a flow can be carried at all: refused in words before anything opens."""

import math
from typing import Final

from sockrig_agent.traffic.kinds import find_kind
from sockrig_wire.datagram import HEADER_BYTES
from sockrig_wire.errors import UsageError
from sockrig_wire.kinds import (
    DIGEST_BYTES,
    LARGEST_CONTENT_BYTES,
    LARGEST_WEIGHT,
    MOST_BURST_PACKETS,
    MOST_CONNECTIONS,
    MOST_SIZE_SHARES,
    OFFLOADS,
    SHORTEST_PHASE_SECONDS,
    FlowKind,
)
from sockrig_wire.model.flows import (
    BurstPattern,
    Direction,
    Fill,
    FlowSpec,
    OnOffPattern,
    PoissonPattern,
    Poll,
    SocketOptions,
    Verify,
)
from sockrig_wire.model.sockets import Transport

MOST_WORKERS: Final = 64
SHORTEST_INTERVAL_SECONDS: Final = 0.1
_LONGEST_PHASE: Final = 30 * 24 * 3600.0
_PHASES: Final = "1 us to 30 days"
_LARGEST_BUFFER_BYTES: Final = 1 << 30
_LONGEST_NAME_BYTES: Final = 15
"""IFNAMSIZ (linux/if.h) and TCP_CA_NAME_MAX (net/tcp.h) are 16, with the zero at the end."""
_MOST_PER_SECOND: Final = 1e12
"""Packets or bits: far beyond any link, and well within the integers that time them."""


def check(spec: FlowSpec) -> None:
    """Refuse what cannot be meant.

    Raises:
        UsageError: it names the value, the flow and what would be right.
    """
    where = f"flow {spec.name!r}"
    known = find_kind(spec.kind).known
    if not 1 <= spec.workers <= MOST_WORKERS:
        raise UsageError(f"workers must be 1 to {MOST_WORKERS}, not {spec.workers}", where=where)
    if not 0 <= spec.connections <= MOST_CONNECTIONS:
        raise UsageError(
            f"the connections of a worker must be 1 to {MOST_CONNECTIONS:,}, not {spec.connections:,}", where=where
        )
    _check_times(spec, where)
    _check_rates(spec, where)
    _check_pattern(spec, where)
    _check_content(spec, where)
    _check_offloads(spec, where)
    _check_socket_options(spec.socket_options, where)
    if known is not None:
        _check_sizes(spec, known, where)
        _check_transport(spec, known, where)
        if spec.direction is not Direction.FORWARD and not known.reversible:
            raise UsageError(f"{spec.kind} goes forward only: its source connects", where=where)
        if isinstance(spec.pattern, OnOffPattern) and not _has_rate(spec) and not known.one_way:
            raise UsageError(f"{spec.kind} in phases needs a rate", where=where)
        if spec.fill is not Fill.RANDOM and not known.verifiable:
            raise UsageError(f"{spec.kind} has no blocks that could be filled", where=where)
        if spec.poll is not Poll.BLOCKING and not known.pollable:
            raise UsageError(f"{spec.kind} cannot poll: its ends wait in the kernel", where=where)
        if spec.connections and not known.holds_connections:
            raise UsageError(f"{spec.kind} holds no number of connections", where=where)


def _check_socket_options(options: SocketOptions, where: str) -> None:
    for name, value, least, most in (
        ("mss", options.mss_bytes, 1, _LARGEST_BUFFER_BYTES),
        ("dscp", options.dscp, 0, 63),
        ("send-buffer", options.send_buffer_bytes, 1, _LARGEST_BUFFER_BYTES),
        ("receive-buffer", options.receive_buffer_bytes, 1, _LARGEST_BUFFER_BYTES),
        ("ttl", options.ttl, 1, 255),
    ):
        if value is not None and not least <= value <= most:
            raise UsageError(f"the option {name} must be {least} to {most:,}, not {value:,}", where=where)
    for name, text in (("congestion", options.congestion), ("device", options.device)):
        if len(text.encode()) > _LONGEST_NAME_BYTES or "\0" in text:
            raise UsageError(f"the option {name} is a name of at most {_LONGEST_NAME_BYTES} bytes", where=where)


def _check_transport(spec: FlowSpec, known: FlowKind, where: str) -> None:
    options = spec.socket_options
    tcp_alone = {
        "congestion": bool(options.congestion),
        "no-delay": options.no_delay is not None,
        "mss": options.mss_bytes is not None,
        "mptcp": options.mptcp,
    }
    asked = [name for name, is_asked in tcp_alone.items() if is_asked]
    if asked and known.transport is not Transport.TCP:
        raise UsageError(f"{spec.kind} is not over TCP, and has no {', '.join(asked)}", where=where)


def _check_times(spec: FlowSpec, where: str) -> None:
    if not (math.isfinite(spec.duration_seconds) and spec.duration_seconds > 0):
        raise UsageError(f"the duration must be above 0 s, not {spec.duration_seconds:g} s", where=where)
    for name, seconds in (
        ("delay", spec.delay_seconds),
        ("warm-up", spec.warmup_seconds),
        ("drain time", spec.drain_seconds),
    ):
        if not (math.isfinite(seconds) and seconds >= 0):
            raise UsageError(f"the {name} must not be below 0 s: {seconds:g} s", where=where)
    if not (math.isfinite(spec.interval_seconds) and spec.interval_seconds >= SHORTEST_INTERVAL_SECONDS):
        raise UsageError(
            f"the interval between samples must be at least {SHORTEST_INTERVAL_SECONDS:g} s, "
            f"not {spec.interval_seconds:g} s",
            where=where,
        )


def _check_rates(spec: FlowSpec, where: str) -> None:
    if spec.rate_bits_per_second is not None and spec.rate_packets_per_second is not None:
        raise UsageError(
            "a rate is given twice, in bit/s and in packets per second",
            where=where,
            next="Give one of the two; the size makes one of the other.",
        )
    for rate, unit in ((spec.rate_bits_per_second, "bit/s"), (spec.rate_packets_per_second, "pps")):
        if rate is not None and not 0 < rate <= _MOST_PER_SECOND:
            raise UsageError(
                f"the rate must be above 0 {unit} and at most {_MOST_PER_SECOND:g}, not {rate:g}",
                where=where,
                next="Leave it out to go as fast as it can.",
            )


def _check_sizes(spec: FlowSpec, kind: FlowKind, where: str) -> None:
    if spec.verify is not Verify.NONE and not kind.verifiable:
        raise UsageError(f"{spec.kind} has no blocks that could be verified", where=where)
    if not spec.sizes:
        if spec.size_bytes:
            _check_size(spec.size_bytes, spec, kind, where)
        return
    if not kind.mixable:
        raise UsageError(f"{spec.kind} has packets of one size only", where=where)
    if spec.size_bytes or len(spec.sizes) > MOST_SIZE_SHARES:
        raise UsageError(
            f"mixed sizes are up to {MOST_SIZE_SHARES} shares, with no other size beside them", where=where
        )
    for share in spec.sizes:
        if share.least_bytes > share.most_bytes or not 1 <= share.weight <= LARGEST_WEIGHT:
            raise UsageError(
                f"a share of sizes goes upwards and weighs 1 to {LARGEST_WEIGHT:,}, "
                f"not {share.least_bytes} to {share.most_bytes} B with {share.weight:,}",
                where=where,
            )
        for size_bytes in (share.least_bytes, share.most_bytes):
            _check_size(size_bytes, spec, kind, where)


def _check_size(size_bytes: int, spec: FlowSpec, kind: FlowKind, where: str) -> None:
    smallest, largest = kind.smallest_bytes, kind.largest(spec.family)
    reason = ""
    if kind.smallest_bytes == HEADER_BYTES:
        reason = f" ({HEADER_BYTES} B are the header with token, sequence and time)"
    if spec.verify is not Verify.NONE:
        digest = DIGEST_BYTES[spec.verify]
        smallest += digest
        reason = f" ({digest} B are the digest)" if not reason else f"{reason[:-1]}, {digest} B the digest)"
    if not smallest <= size_bytes <= largest:
        bounds = f"{smallest} B" if smallest == largest else f"{smallest} to {largest} B"
        raise UsageError(f"a size for {spec.kind} must be {bounds}, not {size_bytes} B{reason}", where=where)


def _has_rate(spec: FlowSpec) -> bool:
    return spec.rate_bits_per_second is not None or spec.rate_packets_per_second is not None


def _check_pattern(spec: FlowSpec, where: str) -> None:
    match spec.pattern:
        case PoissonPattern() if not _has_rate(spec):
            raise UsageError("a Poisson pattern needs a rate: its mean", where=where)
        case BurstPattern(packets, gap_seconds):
            if _has_rate(spec):
                raise UsageError("a rate and bursts do not go together: the gap makes the rate", where=where)
            if not (1 <= packets <= MOST_BURST_PACKETS and SHORTEST_PHASE_SECONDS <= gap_seconds <= _LONGEST_PHASE):
                raise UsageError(
                    f"bursts must be of 1 to {MOST_BURST_PACKETS:,} packets with a gap of {_PHASES}, "
                    f"not of {packets:,} and {gap_seconds:g} s",
                    where=where,
                )
        case OnOffPattern(on_seconds, off_seconds):
            if not all(SHORTEST_PHASE_SECONDS <= seconds <= _LONGEST_PHASE for seconds in (on_seconds, off_seconds)):
                raise UsageError(f"phases must last {_PHASES}, not {on_seconds:g} s and {off_seconds:g} s", where=where)


def _check_content(spec: FlowSpec, where: str) -> None:
    brings, most = len(spec.content), LARGEST_CONTENT_BYTES
    if (spec.fill is Fill.CONTENT and not 1 <= brings <= most) or (spec.fill is not Fill.CONTENT and brings):
        raise UsageError(
            f"blocks can be filled with 1 to {most:,} B that a flow brings along, not {brings:,} B", where=where
        )


def _check_offloads(spec: FlowSpec, where: str) -> None:
    if spec.offloads in (("auto",), ("none",)):
        return
    if unknown := [name for name in spec.offloads if name not in OFFLOADS]:
        raise UsageError(
            f"there is no offload named {', '.join(map(repr, unknown))}",
            where=where,
            next=f"auto, none, or some of: {', '.join(OFFLOADS)}.",
        )
