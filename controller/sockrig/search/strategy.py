"""Which trial comes next, decided from all trials so far. Pure.

A search begins at the largest load: what is forwarded there is the best guess (RFC 2285 section 3.6.2, the forwarding
rate at the maximum offered load). From just below the guess it goes up, or down, in strides that double, until there
are bounds on both sides; then the interval is halved in logarithmic scale. Coarser targets with shorter trials come
before the goal itself; their bounds are where the next target looks first.

RFC 9971 leaves all this free: it fixes only how a load is classified.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import fsum, sqrt

from sockrig.search.classification import Bounds, LoadClass, Trial, bounds_of, by_load, classes_of
from sockrig.search.goals import SearchGoal

_CONFIRMING_TRIALS = 2
"""So many trials must show that the sender can send no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLimits:
    """Within what a search stays."""

    least_load: float
    """Min Load of the RFC; more than 0."""
    most_load: float
    """Max Load of the RFC."""
    most_trials: int
    """After so many it ends, wherever it is."""
    most_seconds: float
    """No trial begins that would end later than so long after the search began."""


@dataclass(frozen=True, slots=True)
class NextTrial:
    """Offer this load for so long."""

    load: float
    duration_seconds: float


@dataclass(frozen=True, slots=True)
class SearchEnd:
    """No further trial; ``why`` is empty where there is nothing left to find out."""

    why: str = ""


def decide(
    goals: Sequence[SearchGoal], limits: SearchLimits, trials: Sequence[Trial], *, elapsed_seconds: float
) -> NextTrial | SearchEnd:
    """The next trial, or the end.

    Args:
        goals: in the order in which they are looked for; every trial counts for all of them.
        limits: of the whole search.
        trials: so far, in any order.
        elapsed_seconds: since the search began.
    """
    for goal in goals:
        hint: Bounds | None = None
        for target in goal.targets:
            classes = classes_of(target, trials)
            bounds = bounds_of(classes)
            load = _wanted(target, classes, bounds, hint, limits, trials)
            if load is not None:
                return _within_limits(NextTrial(load, target.final_trial_seconds), limits, trials, elapsed_seconds)
            hint = bounds
    return SearchEnd()


def ceiling_of(trials: Sequence[Trial]) -> float | None:
    """The largest load that the sender can offer, once it has failed several times to offer more; else None."""
    most = max((trial.load for trial in trials), default=0.0)
    failed = sum(trial.sender_limited and trial.asked_load > most for trial in trials)
    return most if failed >= _CONFIRMING_TRIALS else None


def _within_limits(
    wanted: NextTrial, limits: SearchLimits, trials: Sequence[Trial], elapsed_seconds: float
) -> NextTrial | SearchEnd:
    if len(trials) >= limits.most_trials:
        return SearchEnd(f"it ended after {limits.most_trials} trials")
    if elapsed_seconds + wanted.duration_seconds > limits.most_seconds:
        return SearchEnd(f"it ended after {elapsed_seconds:.0f} s, as its next trial would have passed its time")
    return wanted


def _wanted(
    target: SearchGoal,
    classes: Mapping[float, LoadClass],
    bounds: Bounds,
    hint: Bounds | None,
    limits: SearchLimits,
    trials: Sequence[Trial],
) -> float | None:
    """The load to try next for this target; None where its bounds are found, or cannot be."""
    most = min(limits.most_load, ceiling_of(trials) or limits.most_load)
    if bounds.upper is None:
        if bounds.lower is not None:
            return None if bounds.lower >= most else _hinted(hint, above=bounds.lower, below=most) or most
        return _hinted(hint, above=0.0, below=most) or most
    if bounds.lower is None:
        if bounds.upper <= limits.least_load:
            return None
        downward = _below(target, bounds.upper, classes, trials)
        return _hinted(hint, above=0.0, below=bounds.upper) or max(limits.least_load, downward)
    if bounds.within(target.width_ratio):
        return None
    return _hinted(hint, above=bounds.lower, below=bounds.upper) or _between(
        target, bounds.lower, bounds.upper, classes
    )


def _hinted(hint: Bounds | None, *, above: float, below: float) -> float | None:
    """A bound of the coarser target that lies between, the smaller first: its failure makes the larger needless."""
    if hint is None:
        return None
    return next((load for load in (hint.lower, hint.upper) if load is not None and above < load < below), None)


def _below(target: SearchGoal, upper: float, classes: Mapping[float, LoadClass], trials: Sequence[Trial]) -> float:
    """Below an upper bound with no lower one: under what it forwarded, further down with every failure."""
    of_upper = by_load(trials)[upper]
    seconds = fsum(trial.duration_seconds for trial in of_upper)
    forwarded = fsum((1 - trial.loss_ratio) * trial.duration_seconds for trial in of_upper) / seconds
    failures = sum(of is LoadClass.UPPER_BOUND for of in classes.values())
    return _rounded(upper * forwarded * _stride(target, failures))


def _between(target: SearchGoal, lower: float, upper: float, classes: Mapping[float, LoadClass]) -> float:
    """Between two bounds: the middle, but not further up than the strides have come."""
    middle = sqrt(lower * upper)
    begun = [load for load in classes if lower < load < upper and sqrt(lower * middle) < load < sqrt(middle * upper)]
    if begun:
        return min(begun, key=lambda load: abs(load - middle))
    passed = sum(of is LoadClass.LOWER_BOUND for load, of in takewhile(lambda each: each[0] < upper, classes.items()))
    stride = _stride(target, passed)
    return _rounded(middle if middle * stride <= lower else lower / stride)


def _stride(target: SearchGoal, steps: int) -> float:
    """Of several strides the last, as a factor below 1: the first is the target's width, each twice that before."""
    return float((1 - target.width_ratio) ** min(2.0 ** (steps - 1), 1e6))


def _rounded(load: float) -> float:
    """Six digits, so that a load can be told and offered again exactly."""
    return float(f"{load:.6g}")
