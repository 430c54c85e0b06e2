"""What the trials of a load say of it: lower bound, upper bound, or nothing yet; and what it forwards. Pure.

After RFC 9971, Appendix A (load classification) and Appendix B (conditional throughput).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum

from sockrig.search.goals import SearchGoal

_ROUNDING = 1e-9
"""Relative difference up to which sums of times are equal: what floats lose, far below any trial."""


class LoadClass(StrEnum):
    """What is known of a load under a goal, RFC 9971 section "Load Classification"."""

    LOWER_BOUND = "lower bound"
    """Whatever the missing trials bring, it meets the goal."""
    UPPER_BOUND = "upper bound"
    """Whatever the missing trials bring, it does not meet the goal."""
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial and its result.

    ``load`` is what it is classified under: what was asked for, or what was really offered where the sender could not
    send that much. ``loss_ratio`` is lost over sent. Its whole duration counts (the RFC's effective duration).
    """

    load: float
    duration_seconds: float
    loss_ratio: float
    asked_load: float = 0.0
    """0 where it is the load itself."""

    @property
    def sender_limited(self) -> bool:
        """Whether the sender offered less than was asked for."""
        return self.asked_load > self.load


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums of the durations of a load's trials, in seconds."""

    full_low_loss: float
    full_high_loss: float
    short_low_loss: float
    short_high_loss: float

    @classmethod
    def of(cls, goal: SearchGoal, trials: Iterable[Trial]) -> "_Sums":
        times: dict[tuple[bool, bool], list[float]] = {}
        for trial in trials:
            kind = trial.duration_seconds >= goal.final_trial_seconds, trial.loss_ratio > goal.loss_ratio
            times.setdefault(kind, []).append(trial.duration_seconds)
        return cls(*(fsum(times.get((full, high), ())) for full in (True, False) for high in (False, True)))


@dataclass(frozen=True, slots=True)
class ExceedRatios:
    """The share of high-loss time at a load: if all that is missing loses little, and if all of it loses much."""

    optimistic: float
    pessimistic: float


def exceed_ratios(goal: SearchGoal, trials: Iterable[Trial]) -> ExceedRatios:
    """Both exceed ratios of one load, RFC 9971 section "Load Classification Logic".

    High-loss time of short trials counts only so far as low-loss time of short trials does not balance it.
    """
    sums = _Sums.of(goal, trials)
    balancing = sums.short_low_loss * goal.exceed_ratio / (1 - goal.exceed_ratio)
    high_loss = sums.full_high_loss + max(0.0, sums.short_high_loss - balancing)
    whole = max(sums.full_low_loss + high_loss, goal.duration_sum_seconds)
    return ExceedRatios(high_loss / whole, (whole - sums.full_low_loss) / whole)


def classify(goal: SearchGoal, trials: Iterable[Trial]) -> LoadClass:
    """What the trials, all of one load, make of it; of none it is undecided."""
    ratios = exceed_ratios(goal, trials)
    allowed = goal.exceed_ratio + _ROUNDING
    if ratios.pessimistic <= allowed:
        return LoadClass.LOWER_BOUND
    return LoadClass.UNDECIDED if ratios.optimistic <= allowed else LoadClass.UPPER_BOUND


def conditional_throughput(goal: SearchGoal, load: float, trials: Iterable[Trial]) -> float:
    """What is typically forwarded at a lower bound: the load less a quantile of its trials' loss, RFC 9971 Appendix B.

    Of the full-length trials, in order of their loss, those count that make up what the exceed ratio leaves of the
    time; time that is missing counts as lost.
    """
    full = [trial for trial in trials if trial.duration_seconds >= goal.final_trial_seconds]
    whole = max(goal.duration_sum_seconds, fsum(trial.duration_seconds for trial in full))
    remaining = whole * (1 - goal.exceed_ratio)
    loss_ratio = 1.0
    for trial in sorted(full, key=lambda trial: trial.loss_ratio):
        loss_ratio = trial.loss_ratio
        remaining -= trial.duration_seconds
        if remaining <= whole * _ROUNDING:
            return load * (1 - loss_ratio)
    return 0.0


def by_load(trials: Iterable[Trial]) -> Mapping[float, Sequence[Trial]]:
    """The trials of each load, loads ascending."""
    loads: dict[float, list[Trial]] = {}
    for trial in trials:
        loads.setdefault(trial.load, []).append(trial)
    return dict(sorted(loads.items()))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What lies on either side of the capacity, RFC 9971 sections "Relevant Upper Bound" and "Relevant Lower Bound".

    Without an upper bound the RFC knows no relevant lower one; here it is then the largest lower bound, which the RFC
    calls effective.
    """

    lower: float | None
    upper: float | None

    def within(self, width_ratio: float) -> bool:
        """Whether both are there and no further apart."""
        if self.lower is None or self.upper is None:
            return False
        return self.upper - self.lower <= self.upper * width_ratio * (1 + _ROUNDING)


def bounds_of(classes: Mapping[float, LoadClass]) -> Bounds:
    """The smallest upper bound, and the largest lower bound below it (a larger one is taken for a fluke)."""
    upper = min((load for load, of in classes.items() if of is LoadClass.UPPER_BOUND), default=None)
    lower = max(
        (load for load, of in classes.items() if of is LoadClass.LOWER_BOUND and (upper is None or load < upper)),
        default=None,
    )
    return Bounds(lower, upper)


def classes_of(goal: SearchGoal, trials: Iterable[Trial]) -> Mapping[float, LoadClass]:
    """Every load that was tried, ascending, and what is known of it."""
    return {load: classify(goal, of_load) for load, of_load in by_load(trials).items()}
