"""From the flows of a search's trials to its result. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from sockrig.results import quantities
from sockrig.results.model.flow import FlowResult
from sockrig.results.model.search import SearchGoalResult, SearchRate, SearchResult, SearchTrialResult
from sockrig.scenario.expectations import Expectation, Operator
from sockrig.scenario.planned import SearchStep
from sockrig.scenario.sizes import IP_AND_UDP_BYTES
from sockrig.search.classification import Trial, classes_of
from sockrig.search.outcome import GoalOutcome, outcome_of
from sockrig.search.strategy import NextTrial, SearchEnd, ceiling_of
from sockrig_wire.kinds import FLOW_KINDS
from sockrig_wire.model.flows import FlowSpec

ETHERNET_HEADER_BYTES = 14
"""Addresses and type (IEEE 802.3); Linux counts no more of Ethernet (tc-stab(8))."""
LARGEST_PACKET_BYTES = 1500
"""The payload of an Ethernet frame (RFC 894); a datagram that exceeds it may travel as several."""

TOLERATED_SHORTFALL = 0.005
"""A sender may fall so far short of its rate, relatively; pacing and the edges of the window explain that."""
_TOLERATED_PACKETS = 2
"""Or so many packets of each worker, which is more at low rates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFigures:
    """One trial, as it was asked for and as it went; counts are over all flows."""

    asked_load: float
    offered_load: float
    duration_seconds: float
    sent_packets: int
    lost_packets: int
    kernel_drops: int
    sender_limited: bool

    @property
    def loss_ratio(self) -> float:
        """Lost over sent."""
        return self.lost_packets / self.sent_packets if self.sent_packets else 1.0

    @property
    def trial(self) -> Trial:
        """The same, for the search: under what was asked for, or what was offered if the senders fell short."""
        load = self.offered_load if self.sender_limited else self.asked_load
        return Trial(load, self.duration_seconds, self.loss_ratio, self.asked_load)


def trial_figures(step: SearchStep, wanted: NextTrial, flows: Sequence[FlowResult]) -> TrialFigures | None:
    """What came of a trial; None where a flow lacks figures, so that it proves nothing."""
    if any(flow.problems or flow.sent is None or flow.lost_packets is None for flow in flows):
        return None
    asked = rate_of(step, wanted.load).packets_per_second * wanted.duration_seconds
    sent = sum(flow.sent.packets for flow in flows if flow.sent is not None)
    workers = sum(flow.spec.workers for flow in step.flows)
    return TrialFigures(
        asked_load=wanted.load,
        offered_load=wanted.load * sent / asked,
        duration_seconds=wanted.duration_seconds,
        sent_packets=sent,
        lost_packets=sum(flow.lost_packets or 0 for flow in flows),
        kernel_drops=sum(flow.kernel_drops or 0 for flow in flows),
        sender_limited=asked - sent > max(asked * TOLERATED_SHORTFALL, _TOLERATED_PACKETS * workers),
    )


def search_result(step: SearchStep, figures: Sequence[TrialFigures], end: SearchEnd) -> SearchResult:
    """The result of a search that has ended."""
    trials = [one.trial for one in figures]
    classes = [classes_of(goal, trials) for goal in step.goals]
    return SearchResult(
        flows=len(step.flows),
        goals=tuple(
            _goal_result(step, outcome_of(goal, step.limits, trials, end), figures, trials) for goal in step.goals
        ),
        trials=tuple(
            SearchTrialResult(
                number=number,
                asked=rate_of(step, one.asked_load),
                offered=rate_of(step, one.offered_load),
                duration_seconds=one.duration_seconds,
                sent_packets=one.sent_packets,
                lost_packets=one.lost_packets,
                loss_ratio=one.loss_ratio,
                kernel_drops=one.kernel_drops,
                sender_limited=one.sender_limited,
                classes=tuple(of_goal[one.trial.load].value for of_goal in classes),
            )
            for number, one in enumerate(figures, 1)
        ),
    )


def rate_of(step: SearchStep, load: float) -> SearchRate:
    """A load, which is of each flow, as the rate of all of them."""
    bits, packets, wire = 0.0, 0.0, 0.0
    whole = True
    for flow in step.flows:
        size = mean_payload_bytes(flow.spec)
        per_second = load if step.in_packets else load / (8 * size)
        packets += per_second
        bits += load * 8 * size if step.in_packets else load
        wire += per_second * 8 * (size + IP_AND_UDP_BYTES[flow.spec.family] + ETHERNET_HEADER_BYTES)
        whole = whole and _fits_a_frame(flow.spec)
    return SearchRate(bits_per_second=bits, packets_per_second=packets, wire_bits_per_second=wire if whole else None)


def mean_payload_bytes(spec: FlowSpec) -> float:
    """Of the flow's packets, over the shares of its sizes."""
    if not spec.sizes:
        return spec.size_bytes or FLOW_KINDS[spec.kind].default_bytes
    weights = [share.weight for share in spec.sizes]
    return fmean([(share.least_bytes + share.most_bytes) / 2 for share in spec.sizes], weights)


def capacity_for(expectation: Expectation, search: SearchResult) -> float | None:
    """What an expectation of a capacity is compared with, in bit/s of payload: that of the first goal.

    Where no upper bound was found, the capacity may be more: it is then known to be at least something, never to be at
    most or exactly that.
    """
    goal = search.goals[0]
    asks_for_more = expectation.operator in {Operator.AT_LEAST, Operator.MORE}
    if goal.conditional_throughput is None or (goal.upper_bound is None and not asks_for_more):
        return None
    return goal.conditional_throughput.bits_per_second


def capacity_words(search: SearchResult) -> str:
    """The result for the first goal in a few words."""
    goal = search.goals[0]
    if goal.conditional_throughput is None:
        return f"no capacity found: {goal.irregular}"
    least = "" if goal.upper_bound is not None else "at least "
    return f"capacity {least}{quantities.bit_rate(goal.conditional_throughput.bits_per_second)}"


def _fits_a_frame(spec: FlowSpec) -> bool:
    largest = max((share.most_bytes for share in spec.sizes), default=mean_payload_bytes(spec))
    return largest + IP_AND_UDP_BYTES[spec.family] <= LARGEST_PACKET_BYTES


def _goal_result(
    step: SearchStep, outcome: GoalOutcome, figures: Sequence[TrialFigures], trials: Sequence[Trial]
) -> SearchGoalResult:
    lower, upper, throughput = (
        None if load is None else rate_of(step, load)
        for load in (outcome.lower, outcome.upper, outcome.conditional_throughput)
    )
    return SearchGoalResult(
        goal=outcome.goal,
        lower_bound=lower,
        upper_bound=upper,
        conditional_throughput=throughput,
        regular=not outcome.irregular,
        irregular=outcome.irregular or None,
        limited_by=_limited_by(outcome, figures, trials),
    )


def _limited_by(outcome: GoalOutcome, figures: Sequence[TrialFigures], trials: Sequence[Trial]) -> str | None:
    """Who lost, at the upper bound; or whether the senders were at their end."""
    if outcome.upper is None:
        at_the_end = outcome.lower is not None and outcome.lower == ceiling_of(trials)
        return "sender" if at_the_end else None
    at_upper = [one for one in figures if one.trial.load == outcome.upper]
    return "receiver" if any(one.kernel_drops for one in at_upper) else "network"
