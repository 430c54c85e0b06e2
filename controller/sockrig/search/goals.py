"""What a search looks for: when a load counts as carried, and how closely that is to be known. Pure.

Terms are those of RFC 9971, section "Goal Terms".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

SMALLEST_WIDTH_RATIO = 0.001
"""Loads are rounded to six digits; bounds that are nearer to each other than this would be one load."""

PRECEDING_TARGETS = 2
"""How many coarser targets come before a goal; as many as MLRsearch 1.2.1 (PyPI) has by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchGoal:
    """A search goal, RFC 9971 section "Search Goal"."""

    name: str
    """The preset's; like one where values of it were changed; or own."""
    loss_ratio: float
    """A trial that loses more is a high-loss trial; 0 or more, below 1."""
    exceed_ratio: float
    """This share of the trials' time may be of high-loss trials at a lower bound; 0 or more, below 1."""
    initial_trial_seconds: float
    """The shortest trials of this goal."""
    final_trial_seconds: float
    """The full length of trials; a load needs such ones to be a lower bound."""
    duration_sum_seconds: float
    """So much time of full-length trials decides on a load."""
    width_ratio: float
    """How far the bounds may be apart at the end: their difference over the upper one."""

    def __post_init__(self) -> None:
        """Hold the bounds that the RFC sets.

        Raises:
            ValueError: a value is outside of them.
        """
        for what, ratio in (("loss", self.loss_ratio), ("exceed", self.exceed_ratio)):
            if not 0 <= ratio < 1:
                raise ValueError(f"{what}: expected a ratio of 0 or more and below 1")
        if not SMALLEST_WIDTH_RATIO <= self.width_ratio < 1:
            raise ValueError(f"width: expected at least {SMALLEST_WIDTH_RATIO * 100:g} % and below 100 %")
        if not 0 < self.initial_trial_seconds <= self.final_trial_seconds:
            raise ValueError("first: expected a positive time that is not longer than that of a trial")
        if self.duration_sum_seconds < self.final_trial_seconds:
            raise ValueError("sum: expected a time that is not shorter than that of a trial")

    @property
    def targets(self) -> "tuple[SearchGoal, ...]":
        """The goal, after coarser ones that cost less: each reached before the next is begun.

        Times grow in equal ratios up to those of the goal, widths are halved in logarithmic scale (RFC 9971, section
        "MLRsearch" overview: several coarse targets for each goal, earlier ones with less time and less precision).
        Where all trials are alike and one decides, there is nothing cheaper to begin with.
        """
        if self.initial_trial_seconds == self.duration_sum_seconds:
            return (self,)
        coarser = tuple(self._preceding(steps) for steps in range(PRECEDING_TARGETS, 0, -1))
        return (*coarser, self)

    def _preceding(self, steps: int) -> "SearchGoal":
        share = 1 - steps / PRECEDING_TARGETS
        first = self.initial_trial_seconds
        return replace(
            self,
            final_trial_seconds=_between(first, self.final_trial_seconds, share),
            duration_sum_seconds=_between(first, self.duration_sum_seconds, share),
            width_ratio=1 - (1 - self.width_ratio) ** 2**steps,
        )


def _between(first_seconds: float, last_seconds: float, share: float) -> float:
    """In equal ratios, as whole milliseconds, so that it can be told exactly."""
    seconds: float = first_seconds * (last_seconds / first_seconds) ** share
    return min(last_seconds, max(first_seconds, round(seconds, 3)))


RFC2544 = SearchGoal(
    name="rfc2544",
    loss_ratio=0.0,
    exceed_ratio=0.0,
    initial_trial_seconds=1.0,
    final_trial_seconds=60.0,
    duration_sum_seconds=60.0,
    width_ratio=0.01,
)
"""Nothing may be lost in a trial of 60 s: unconditionally compliant with RFC 2544 section 24, by RFC 9971, section
"MLRsearch Compliant with RFC 2544". RFC 2544 section 24 allows shorter trials on the way; it sets no width."""

TST009 = SearchGoal(
    name="tst009",
    loss_ratio=0.0,
    exceed_ratio=0.5,
    initial_trial_seconds=1.0,
    final_trial_seconds=60.0,
    duration_sum_seconds=120.0,
    width_ratio=0.01,
)
"""Of two trials of 60 s one must lose nothing: ETSI GS NFV-TST 009 section 12.3.3, binary search with loss verification
with max(r) = 2 and z = infinity, by RFC 9971, section "MLRsearch Compliant with TST009"."""

LOSS_TOLERANT = SearchGoal(
    name="loss-tolerant",
    loss_ratio=0.005,
    exceed_ratio=0.5,
    initial_trial_seconds=1.0,
    final_trial_seconds=1.0,
    duration_sum_seconds=21.0,
    width_ratio=0.005,
)
"""At most 0.5 % lost in half of the trials of 1 s: the partial drop rate of FD.io CSIT (methodology, MLR search), whose
times and width are also the defaults of MLRsearch 1.2.1 (PyPI). RFC 9971 recommends an exceed ratio of 50 %, and a
width that is not below the loss ratio."""

PRESETS: Mapping[str, SearchGoal] = MappingProxyType({goal.name: goal for goal in (RFC2544, TST009, LOSS_TOLERANT)})
"""The goals that have a name."""
