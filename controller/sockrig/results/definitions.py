"""What each figure of a flow means: one function and one definition per metric, and the source it follows.

The functions compute; :data:`DEFINITIONS` names them. The name of a definition travels with the result, so that a
figure can be read years later, or beside another tool's, without guessing what was counted. A function returns None
where its figure does not exist. Pure.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from inspect import cleandoc
from statistics import fmean
from typing import Any, TypeVar

from sockrig.results.classification import bound_of, limited_by
from sockrig.results.distribution import distribution_of
from sockrig.results.model.flow import DelaySpread, FlowResult
from sockrig.results.statistics import jain_index, weighted_mean
from sockrig_wire.histogram import spread_of
from sockrig_wire.model.flows import Histogram, TcpInfo

Number = TypeVar("Number", int, float)


def bits_per_second(payload_bytes: int, window_seconds: float) -> float | None:
    """Payload bits carried within the measured window over the window's length; the warm-up is left out.

    Received, it is the throughput; sent, it stands beside it. The window of several workers is the longest of theirs,
    so that one that ended early does not raise the sum.

    Source: RFC 6349 (terms; bulk transfer in the equilibrium state, after the start-up phase).
    """
    return payload_bytes * 8 / window_seconds if window_seconds > 0 else None


def per_second(count: int, window_seconds: float) -> float | None:
    """Packets, answers or connections within the measured window over the window's length.

    An answer is counted when it reached the source; a connection when it was established, carried one exchange and was
    closed.

    Source: RFC 2285 (forwarding rate: what is seen to arrive, not what was offered); the same for the others.
    """
    return count / window_seconds if window_seconds > 0 else None


def lost_by_difference(pairs: Iterable[tuple[int, int]]) -> int:
    """Packets sent within the window less those received by Tmax, duplicates removed; summed over pairs of workers.

    Tmax is the end of the drain and part of the result (``drain_seconds``). Only pairs whose two ends both reported
    count: an end without figures proves no loss. Packets at the window's edge may be counted at one end alone; where
    that leaves more received than sent, nothing was lost.

    Source: RFC 7680 section 2 (one-way loss), RFC 5560 (duplicates apart).
    """
    return max(0, sum(sent - received for sent, received in pairs))


def loss_ratio(lost: int, sent: int) -> float | None:
    """Lost over sent, 0 to 1.

    For request/response what was sent are the requests: those answered and those lost.

    Source: RFC 7680 section 4.1 (Type-P-One-way-Packet-Loss-Ratio).
    """
    return lost / sent if sent > 0 else None


def lost_requests(unanswered: Iterable[int]) -> int:
    """Requests of the window that were never answered, as the sources counted them, summed over the workers.

    Source: RFC 6673 (round-trip loss); which of the two ways lost the packet is not told apart.
    """
    return sum(unanswered)


def duplicate_packets(counts: Iterable[int]) -> int:
    """Packets that arrived again after their first arrival, summed over the workers.

    Source: RFC 5560 (one-way packet duplication).
    """
    return sum(counts)


def reordered_packets(counts: Iterable[int]) -> int:
    """Packets whose sequence number was below the next expected one on arrival, summed over the workers.

    Source: RFC 4737 section 3 (Type-P-Reordered).
    """
    return sum(counts)


def reordered_ratio(reordered: int, received: int) -> float | None:
    """Reordered over received without duplicates, 0 to 1.

    Source: RFC 4737 section 4.1.
    """
    return reordered / received if received > 0 else None


def jitter_seconds(by_worker: Iterable[tuple[float, int]]) -> float | None:
    """The interarrival jitter, J += (abs(D) - J) / 16 in order of arrival, from 0, computed by each worker.

    Of several workers it is the mean weighted by the packets each received: J is a running mean, and no histogram
    stands behind it that could be merged.

    Source: RFC 3550 section 6.4.1.
    """
    return weighted_mean(by_worker)


def one_way_delay(histogram: Histogram, clock_uncertainty_seconds: float | None) -> DelaySpread:
    """Time of arrival less time of sending, on clocks corrected by the estimated offset of the two agents.

    The offset is that of the start. ``uncertainty_seconds`` is the sum of both agents' bounds, and what their clocks
    have drifted apart until the end of the flow. Where it exceeds the median, or is not known, the spread is marked
    invalid: the value drowns in what the clocks do not tell. Negative values are kept as measured; they
    show how far the clocks are off.

    Source: RFC 7679 section 3 and 3.7 (errors and uncertainties).
    """
    spread = _delay_spread(histogram)
    valid = clock_uncertainty_seconds is not None and clock_uncertainty_seconds <= spread.p50_seconds
    return replace(spread, uncertainty_seconds=clock_uncertainty_seconds, valid=valid)


def round_trip(histogram: Histogram) -> DelaySpread:
    """Time of the answer less the intended time of the request, on the source's clock alone.

    With a rate (open loop) the intended time is that of the schedule, so that a stalled sender does not hide the
    waiting it causes (coordinated omission). Without one it is the time of sending.

    Source: RFC 2681; G. Tene, HdrHistogram notes on coordinated omission.
    """
    return _delay_spread(histogram)


def round_trips_per_minute(spread: DelaySpread) -> float | None:
    """How many round trips fit a minute one after the other: 60 s over the median round trip, idle or under load.

    The unit is that of "Responsiveness under Working Conditions", and bigger is better, but the figures are not the
    same. There, TCP and TLS handshakes and HTTP exchanges are timed, on fresh connections and on those that carry the
    load, towards a server of its own, and of each the mean without its slowest 5 % is taken. Here it is one exchange
    of application data between the flow's two ends, over UDP or over an established TCP connection that carries
    nothing else, and the median. Beside an HTTP server's figure ours is the higher one.

    Over one TCP connection with a rate, requests that come faster than answers wait for each other, and their waiting
    counts: under load ask over UDP, or over TCP without a rate.

    Source: draft-ietf-ippm-responsiveness (the unit).
    """
    return 60 / spread.p50_seconds if spread.p50_seconds > 0 else None


def connect_time(histogram: Histogram) -> DelaySpread:
    """From the call of connect(2) to the established connection, on the source's clock alone.

    Source: connect(2); RFC 9293 section 3.5 (three-way handshake: one round trip as the source sees it).
    """
    return _delay_spread(histogram)


def held_connections(counts: Iterable[int]) -> int:
    """Connections opened before the window that were still there when it closed, summed over the sources' workers.

    There is one that neither end has closed or reset, as far as its source knows, and over which every request was
    answered by the end of the drain: between two kernels that both believe in it, a connection is gone if somebody on
    the way has forgotten it.

    Source: RFC 9293 section 3.3.2 (state ESTABLISHED); RFC 5382 section 5 (a NAT's own idea of how long that lasts).
    """
    return sum(counts)


def retransmits(infos: Sequence[TcpInfo]) -> int | None:
    """TCP segments sent again during the life of the connections, at both ends.

    Source: tcpi_total_retrans of TCP_INFO, tcp(7), linux/tcp.h; RFC 4898 (tcpEStatsPerfSegsRetrans).
    """
    return sum(info.retransmits for info in infos) if infos else None


def connections_at_end(infos: Sequence[TcpInfo]) -> TcpInfo | None:
    """The last TCP_INFO of several connections as one.

    Counts, congestion windows, delivery rates and the times in which a connection was busy or held back are summed;
    the smoothed round trip is the mean, and the smallest round trip the smallest of all. What no connection tells is
    None.

    Source: TCP_INFO, tcp(7), linux/tcp.h.
    """
    if not infos:
        return None
    round_trips = _told(one.round_trip_seconds for one in infos)
    windows = _told(one.congestion_window for one in infos)
    return TcpInfo(
        retransmits=sum(one.retransmits for one in infos),
        round_trip_seconds=fmean(round_trips) if round_trips else None,
        minimum_round_trip_seconds=min(_told(one.minimum_round_trip_seconds for one in infos), default=None),
        congestion_window=sum(windows) if windows else None,
        delivery_rate_bits_per_second=_sum_of(one.delivery_rate_bits_per_second for one in infos),
        busy_seconds=_sum_of(one.busy_seconds for one in infos),
        receive_window_limited_seconds=_sum_of(one.receive_window_limited_seconds for one in infos),
        send_buffer_limited_seconds=_sum_of(one.send_buffer_limited_seconds for one in infos),
    )


def _told(figures: Iterable[Number | None]) -> list[Number]:
    return [figure for figure in figures if figure is not None]


def _sum_of(figures: Iterable[float | None]) -> float | None:
    told = _told(figures)
    return sum(told) if told else None


def _delay_spread(histogram: Histogram) -> DelaySpread:
    """A histogram of nanoseconds that one clock timed."""
    spread = spread_of(histogram)
    return DelaySpread(
        count=spread.count,
        min_seconds=spread.minimum / 1e9,
        p50_seconds=spread.p50 / 1e9,
        p90_seconds=spread.p90 / 1e9,
        p99_seconds=spread.p99 / 1e9,
        p999_seconds=spread.p999 / 1e9,
        max_seconds=spread.maximum / 1e9,
        mean_seconds=spread.mean / 1e9,
        uncertainty_seconds=None,
        valid=True,
        distribution=distribution_of(histogram),
    )


@dataclass(frozen=True, slots=True)
class Definition:
    """One way to define a metric: its name, the keys of a flow that follow it, their unit, and what computes them."""

    name: str
    keys: tuple[str, ...]
    unit: str
    computed_by: Callable[..., Any]

    @property
    def text(self) -> str:
        """The definition in words, with its source."""
        return cleandoc(self.computed_by.__doc__ or "")


PAYLOAD_OVER_WINDOW = Definition("payload-over-window", ("sent", "received"), "bit/s", bits_per_second)
LOSS_BY_DIFFERENCE = Definition("rfc7680-sent-less-received", ("lost_packets",), "packets", lost_by_difference)
UNANSWERED_REQUESTS = Definition("rfc6673-unanswered-requests", ("lost_packets",), "packets", lost_requests)

DEFINITIONS: tuple[Definition, ...] = (
    PAYLOAD_OVER_WINDOW,
    Definition("count-over-window", ("transactions_per_second", "connections_per_second"), "1/s", per_second),
    LOSS_BY_DIFFERENCE,
    UNANSWERED_REQUESTS,
    Definition("rfc7680-lost-over-sent", ("loss_ratio",), "ratio", loss_ratio),
    Definition("rfc5560-duplicates", ("duplicate_packets",), "packets", duplicate_packets),
    Definition("rfc4737-below-next-expected", ("reordered_packets",), "packets", reordered_packets),
    Definition("rfc4737-reordered-over-received", ("reordered_ratio",), "ratio", reordered_ratio),
    Definition("rfc3550-interarrival-jitter", ("jitter_seconds",), "s", jitter_seconds),
    Definition("rfc7679-corrected-clocks", ("one_way_delay",), "s", one_way_delay),
    Definition("rfc2681-from-intended-send", ("round_trip",), "s", round_trip),
    Definition("minute-over-median-round-trip", ("round_trips_per_minute",), "1/min", round_trips_per_minute),
    Definition("connect-to-established", ("connect_time",), "s", connect_time),
    Definition("answering-at-the-windows-end", ("held_connections",), "connections", held_connections),
    Definition("tcp-info-total-retrans", ("retransmits",), "segments", retransmits),
    Definition("tcp-info-at-the-end", ("tcp_info",), "s, segments, bit/s", connections_at_end),
    Definition("cpu-over-runnable-time", ("bound",), "word", bound_of),
    Definition("first-evident-limit", ("limited_by",), "word", limited_by),
    Definition("jain-1984", ("fairness",), "ratio", jain_index),
)
"""Every metric; ``fairness`` alone is one of several flows and appears in expectations only."""


def names_for(flow: FlowResult, loss: Definition) -> dict[str, str]:
    """The definition of each figure that the flow has; ``loss`` says which of the two ways counted its lost packets."""
    other = {LOSS_BY_DIFFERENCE, UNANSWERED_REQUESTS} - {loss}
    return {
        key: definition.name
        for definition in DEFINITIONS
        if definition not in other
        for key in definition.keys
        if getattr(flow, key, None) is not None
    }
