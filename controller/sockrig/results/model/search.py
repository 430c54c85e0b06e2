"""What a search for a capacity found: its trials, and what they say of its goals."""

from dataclasses import dataclass

from sockrig.results.part import part_of_document
from sockrig.search.goals import SearchGoal


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRate:
    """A rate of all flows of a search together."""

    bits_per_second: float
    """Of payload."""
    packets_per_second: float
    """Datagrams."""
    wire_bits_per_second: float | None
    """Of frames as Linux counts them in tc-stab(8) and in interfaces' counters: the headers of UDP, IP and Ethernet are
    in, its check sum, preamble and gap are not. Null where datagrams may be larger than a frame."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTrialResult:
    """One trial of a search."""

    number: int
    """From 1, in the order in which they were made."""
    asked: SearchRate
    """What the flows were to send."""
    offered: SearchRate
    """What they sent."""
    duration_seconds: float
    """The measured time, after the warm-up."""
    sent_packets: int
    """Within the measured time."""
    lost_packets: int
    """Of those, not in at the end of the drain."""
    loss_ratio: float
    """Lost over sent, 0 to 1."""
    kernel_drops: int
    """Buffers that the receiving kernels dropped because a socket was full: the host lost them, not the network."""
    sender_limited: bool
    """The senders could not send what they were asked; the trial counts for what they sent."""
    classes: tuple[str, ...]
    """What its rate is under each goal at the end of the search: lower bound, upper bound or undecided."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class SearchGoalResult:
    """One goal of a search, and what was found for it (RFC 9971, Search Goal and Goal Result)."""

    goal: SearchGoal
    """What was looked for, with all values that were really used."""
    lower_bound: SearchRate | None
    """The relevant lower bound: the largest rate that meets the goal, below all that do not."""
    upper_bound: SearchRate | None
    """The relevant upper bound: the smallest rate that does not meet the goal."""
    conditional_throughput: SearchRate | None
    """What is typically forwarded at the lower bound; the capacity, in expectations."""
    regular: bool
    """The bounds are there and near enough to each other."""
    irregular: str | None
    """Why the result is not regular, in words."""
    limited_by: str | None
    """Who lost at the upper bound: network, or receiver where its hosts' sockets were full; sender where the senders
    could not send more; null where nothing held."""


@part_of_document
@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """A search for the largest rate that the network carries, by RFC 9971 (Multiple Loss Ratio Search)."""

    flows: int
    """How many go at once; rates are those of all together."""
    goals: tuple[SearchGoalResult, ...]
    """In the order of the scenario."""
    trials: tuple[SearchTrialResult, ...]
    """In the order in which they were made."""
