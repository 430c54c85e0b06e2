"""What a search has found for a goal, and what it has not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from sockrig.search.classification import Bounds, Trial, bounds_of, by_load, classes_of, conditional_throughput
from sockrig.search.goals import SearchGoal
from sockrig.search.strategy import SearchEnd, SearchLimits, ceiling_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalOutcome:
    """The result of one goal, RFC 9971 section "Goal Result"."""

    goal: SearchGoal
    lower: float | None
    """The relevant lower bound; the effective one where there is no upper bound."""
    upper: float | None
    """The relevant upper bound."""
    conditional_throughput: float | None
    """At the lower bound."""
    irregular: str
    """Why the result is irregular, in words; empty where it is regular."""


def outcome_of(goal: SearchGoal, limits: SearchLimits, trials: Sequence[Trial], end: SearchEnd) -> GoalOutcome:
    """What the trials of a search that has ended say of one of its goals."""
    bounds = bounds_of(classes_of(goal, trials))
    throughput = None
    if bounds.lower is not None:
        throughput = conditional_throughput(goal, bounds.lower, by_load(trials)[bounds.lower])
    return GoalOutcome(
        goal=goal,
        lower=bounds.lower,
        upper=bounds.upper,
        conditional_throughput=throughput,
        irregular=_irregular(goal, bounds, limits, trials, end),
    )


def _irregular(goal: SearchGoal, bounds: Bounds, limits: SearchLimits, trials: Sequence[Trial], end: SearchEnd) -> str:
    if bounds.within(goal.width_ratio):
        return ""
    ceiling = ceiling_of(trials)
    if bounds.upper is None and bounds.lower is not None:
        if bounds.lower >= limits.most_load:
            return "the largest load still passes"
        if ceiling is not None and bounds.lower >= ceiling:
            return "limited by the sender: it could not send more"
    if bounds.lower is None and bounds.upper is not None and bounds.upper <= limits.least_load:
        return "even the smallest load loses"
    missing = " and ".join(which for which, load in (("lower", bounds.lower), ("upper", bounds.upper)) if load is None)
    why = end.why or "it ended early"
    if bounds.lower is None or bounds.upper is None:
        return f"{why}: no {missing} bound was found"
    apart = (bounds.upper - bounds.lower) / bounds.upper
    return f"{why}: the bounds are still {apart * 100:.2g} % apart"
