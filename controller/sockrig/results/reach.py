"""From what both ends saw of a probe to its verdict. Pure.

The table, first line that holds (design: who can talk to whom):

====================================================== ===========================================
seen                                                   verdict
====================================================== ===========================================
the destination was to listen and could not            invalid
the probe could not be tried                           invalid
the answer came back                                   open
a connection, and it came in                           open: both ways were used
a datagram came in, and the agent there read it late   invalid: too busy to answer in time
it came in (a nonce, or only a SYN)                    return path lost
ICMP from the sender's own host: host unreachable      dropped: nobody answers for that address
ICMP from the sender's own host: anything else         refused locally
the sender's system refused it                         refused locally
no listener; TCP reset, or UDP port unreachable        closed
from the probed address
ICMP or a reset                                        rejected
a connection, and the nonce never came in              dropped: something between took it
silence; no listener, UDP                              invalid: silence proves nothing
silence; nobody can tell what came in                  invalid
silence                                                dropped
====================================================== ===========================================
"""

import ipaddress
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sockrig.results import quantities
from sockrig.results.icmp import icmp_name, is_host_unreachable, is_port_unreachable
from sockrig.results.model.reach import ReachResult, ReachVerdict
from sockrig.scenario.planned import ReachCell, ReachExpectation
from sockrig.scenario.ports import Port, ports_in_words
from sockrig_wire.model.reach import ProbeOutcome, ProbeResult, ReachArrival
from sockrig_wire.model.sockets import Transport

ARP_SECONDS = 3.2
"""A host that does not answer ARP shows after three probes, a second apart (arp(7)), and a little."""

_BUSY_SHARE = 0.5
"""Of the timeout; a datagram that lay longer in the destination's socket says nothing of the way back."""

_DENIED = frozenset({ReachVerdict.DROPPED, ReachVerdict.REJECTED, ReachVerdict.CLOSED, ReachVerdict.REFUSED_LOCALLY})
_MEETING: Mapping[ReachExpectation, frozenset[ReachVerdict]] = MappingProxyType(
    {
        ReachExpectation.ALLOW: frozenset({ReachVerdict.OPEN}),
        ReachExpectation.DENY: _DENIED,
        ReachExpectation.DENY_DROP: frozenset({ReachVerdict.DROPPED}),
        ReachExpectation.DENY_REJECT: frozenset({ReachVerdict.REJECTED, ReachVerdict.CLOSED}),
    }
)
"""A lost return path meets none: what came in was not denied, and what does not get back is not allowed."""

_NOT_LISTENING: Mapping[str, str] = MappingProxyType(
    {
        "EADDRINUSE": "another program has the port; listen: false (--no-listen) probes that",
        "EACCES": "the agent may not use ports below 1024",
        "EADDRNOTAVAIL": "the agent's own address is not its host's",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """What both ends saw of one cell.

    ``listener_errno`` is None where no listener was asked for, empty where it listened, else why it could not.
    ``failure`` says why there is nothing to judge; ``half_open`` is whether a SYN alone came in, None where nobody can
    tell; ``blind`` marks a destination that was lost before it could say what came in.
    """

    address: str = ""
    timeout_seconds: float = 4.0
    listener_errno: str | None = None
    probe: ProbeResult | None = None
    arrival: ReachArrival | None = None
    half_open: bool | None = None
    blind: bool = False
    failure: str = ""


def reach_result(cell: ReachCell, sights: Sights, expected: ReachExpectation | None) -> ReachResult:
    """One row of the truth table."""
    verdict, detail = judged(cell.port.transport, sights)
    probe, arrival = sights.probe, sights.arrival
    icmp = _icmp_words(sights) if probe is not None and probe.icmp_type is not None else None
    errno_name = (arrival.errno_name if arrival else "") or sights.listener_errno or (probe.errno_name if probe else "")
    return ReachResult(
        source=cell.source,
        destination=cell.destination,
        protocol=cell.port.transport.name.lower(),
        port=cell.port.number,
        verdict=verdict,
        expected=expected,
        met=met(verdict, expected),
        detail=detail,
        address=sights.address or None,
        listened=None if sights.listener_errno is None else not sights.listener_errno,
        seen=_seen(sights),
        seen_from=arrival.host if arrival else None,
        round_trip_seconds=probe.round_trip_seconds if probe else None,
        attempts=probe.attempts if probe else None,
        icmp_type=probe.icmp_type if probe else None,
        icmp_code=probe.icmp_code if probe else None,
        icmp_name=icmp,
        offender=(probe.offender or None) if probe else None,
        errno_name=errno_name or None,
    )


def met(verdict: ReachVerdict, expected: ReachExpectation | None) -> bool | None:
    """Whether it is what was expected; None where nothing was, or where it proves nothing."""
    if expected is None or verdict is ReachVerdict.INVALID:
        return None
    return verdict in _MEETING[expected]


def judged(transport: Transport, sights: Sights) -> tuple[ReachVerdict, str]:
    """The verdict and what was seen, in words."""
    probe = sights.probe
    if sights.failure:
        return ReachVerdict.INVALID, sights.failure
    if sights.listener_errno:
        why = _NOT_LISTENING.get(sights.listener_errno)
        return ReachVerdict.INVALID, f"nobody could listen: {sights.listener_errno}{f', {why}' if why else ''}"
    if probe is None:
        return ReachVerdict.INVALID, "it was not probed"
    if probe.outcome is ProbeOutcome.NOT_SENT:
        return ReachVerdict.INVALID, f"the sender could not try: {probe.errno_name}"
    if probe.outcome is ProbeOutcome.ANSWERED:
        return ReachVerdict.OPEN, _answered(sights, probe)
    if sights.arrival is not None:
        return _came_in(probe, sights.arrival, sights)
    if sights.half_open:
        return ReachVerdict.RETURN_PATH_LOST, "its SYN came in, and the answer did not get back"
    match probe.outcome:
        case ProbeOutcome.ICMP:
            return _icmp(transport, sights, probe)
        case ProbeOutcome.RESET:
            if sights.listener_errno is None:
                return ReachVerdict.CLOSED, f"TCP reset from {sights.address}: nothing listens, or a rule resets"
            return ReachVerdict.REJECTED, f"TCP reset in the name of {sights.address}, though it listens"
        case ProbeOutcome.REFUSED:
            return ReachVerdict.REFUSED_LOCALLY, f"the sender's own system: {probe.errno_name}"
        case ProbeOutcome.CONNECTED if not sights.blind:
            return ReachVerdict.DROPPED, "a connection was accepted on the way, and the destination never saw the nonce"
    return _silence(transport, sights, probe)


def reach_summary(rows: Sequence[ReachResult]) -> str:
    """How many there are of each verdict: ``12 probes: 10 open, 2 dropped``; how many were not as expected."""
    counts = Counter(row.verdict for row in rows)
    words = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in ReachVerdict if counts[verdict])
    unmet = sum(row.expected is not None and row.met is not True for row in rows)
    number = f"{len(rows):,} {'probe' if len(rows) == 1 else 'probes'}"
    return f"{number}: {words}" + (f"; {unmet:,} not as expected" if unmet else "")


def by_ports(rows: Iterable[ReachResult]) -> dict[str, list[ReachResult]]:
    """The rows by the ports for which all pairs have the same verdicts: ``tcp/22, tcp/8000-8010`` and their rows."""
    of_port: dict[Port, list[ReachResult]] = {}
    for row in rows:
        of_port.setdefault(Port(Transport[row.protocol.upper()], row.port), []).append(row)
    alike: dict[tuple[tuple[str, str, str], ...], list[Port]] = {}
    for port, its_rows in of_port.items():
        alike.setdefault(tuple((row.source, row.destination, row.verdict) for row in its_rows), []).append(port)
    return {ports_in_words(ports): [row for port in ports for row in of_port[port]] for ports in alike.values()}


def remarkable(rows: Iterable[ReachResult]) -> list[ReachResult]:
    """Those that are not as expected; where nothing was expected, those that are not open."""
    return [row for row in rows if (row.verdict != ReachVerdict.OPEN if row.expected is None else row.met is not True)]


def _answered(sights: Sights, probe: ProbeResult) -> str:
    words = "answered" if sights.listener_errno is not None else "there is an answer"
    if probe.round_trip_seconds is not None:
        words += f" within {quantities.time(probe.round_trip_seconds)}"
    if probe.attempts > 1:
        words += f", attempt {probe.attempts}"
    if sights.arrival is not None and probe.source_host and not _same(sights.arrival.host, probe.source_host):
        words += f"; it came in from {sights.arrival.host}, and left from {probe.source_host}"
    return words


def _came_in(probe: ProbeResult, arrival: ReachArrival, sights: Sights) -> tuple[ReachVerdict, str]:
    words = f"it came in from {arrival.host}"
    if probe.outcome is ProbeOutcome.CONNECTED:
        return ReachVerdict.OPEN, f"connected, and {words}; the answer was not in time"
    if arrival.errno_name:
        refused = f"{words}, and the destination's own system refused the answer: {arrival.errno_name}"
        return ReachVerdict.RETURN_PATH_LOST, refused
    if arrival.late_seconds > _BUSY_SHARE * sights.timeout_seconds:
        busy = f"{words}, and the agent there was too busy to answer it within {quantities.time(arrival.late_seconds)}"
        return ReachVerdict.INVALID, busy
    words += ", and the answer did not get back"
    if probe.icmp_type is not None:
        words += f": ICMP {_icmp_words(sights)}"
    return ReachVerdict.RETURN_PATH_LOST, words


def _icmp(transport: Transport, sights: Sights, probe: ProbeResult) -> tuple[ReachVerdict, str]:
    assert probe.icmp_type is not None
    assert probe.icmp_code is not None
    kind = (probe.icmp_type, probe.icmp_code)
    inet6 = ":" in sights.address
    told = f"ICMP {_icmp_words(sights)} (type {kind[0]}, code {kind[1]})"
    from_target = _same(probe.offender, sights.address)
    if _same(probe.offender, probe.source_host) and not from_target:
        if is_host_unreachable(*kind, inet6=inet6):
            asked = "neighbour discovery" if inet6 else "ARP"
            return ReachVerdict.DROPPED, f"no host answers {asked} for {sights.address}: {told} from the sender's own"
        return ReachVerdict.REFUSED_LOCALLY, f"the sender's own system: {probe.errno_name}, {told}"
    closed_port = transport is Transport.UDP and from_target and is_port_unreachable(*kind, inet6=inet6)
    if closed_port and sights.listener_errno is None:
        return ReachVerdict.CLOSED, f"{told} from {probe.offender}"
    return ReachVerdict.REJECTED, f"{told} from {probe.offender or 'an unknown address'}"


def _silence(transport: Transport, sights: Sights, probe: ProbeResult) -> tuple[ReachVerdict, str]:
    one_ended = sights.listener_errno is None
    if one_ended and transport is Transport.UDP:
        return ReachVerdict.INVALID, "nobody listened for it, and silence proves nothing"
    if sights.blind:
        return ReachVerdict.INVALID, "the destination was lost before it could say what came in"
    waited = quantities.time(sights.timeout_seconds)
    words = f"silence for {waited}"
    if one_ended:
        words += ", one-ended: a rule that drops, a lost answer, or no such host"
    elif transport is Transport.TCP and sights.half_open is None:
        words += "; the destination cannot tell whether its SYN came in"
    if probe.held_back:
        words += "; so many ICMP errors came that one about this port may have been held back"
    if sights.timeout_seconds < ARP_SECONDS:
        words += f"; too short to tell a host that is not there (about {ARP_SECONDS:g} s)"
    return ReachVerdict.DROPPED, words


def _seen(sights: Sights) -> bool | None:
    if sights.arrival is not None or sights.half_open:
        return True
    if not sights.probe or sights.listener_errno != "" or sights.blind:
        return None
    if sights.probe.outcome is ProbeOutcome.ANSWERED:
        return True
    return None if sights.probe.outcome is ProbeOutcome.NOT_SENT else False


def _icmp_words(sights: Sights) -> str:
    assert sights.probe is not None
    assert sights.probe.icmp_type is not None
    return icmp_name(sights.probe.icmp_type, sights.probe.icmp_code or 0, inet6=":" in sights.address)


def _same(one: str, other: str) -> bool:
    try:
        return ipaddress.ip_address(one) == ipaddress.ip_address(other)
    except ValueError:
        return False
