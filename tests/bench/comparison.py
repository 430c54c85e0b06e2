"""From trials to medians, ratios pair by pair, and targets met or missed. Pure."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from tests.bench.measurement import ASKED, BEST, CEILING, OURS, Quantity, Target, Trial

GIBIBYTE = 1 << 30


@dataclass(frozen=True, slots=True)
class Spread:
    """Smallest, median and largest of some values."""

    min: float
    median: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self | None:
        """None where there are no values."""
        return cls(min(values), statistics.median(values), max(values)) if values else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A target, what was reached (None where nothing could be compared), and whether that will do."""

    target: Target
    reached: float | None
    met: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One tool in one row: its figures, ours over its, and the targets that are against it."""

    tool: str
    figures: Spread | None
    ratio: Spread | None = None
    cpu_seconds_per_gibibyte: float | None = None
    judgements: tuple[Judgement, ...] = ()
    bound: str | None = None
    limited_by: str | None = None
    offloads: tuple[str, ...] = ()
    problem: str = ""


def standings(
    tools: Sequence[str], trials: Sequence[Trial], targets: Sequence[Target], quantity: Quantity
) -> tuple[Standing, ...]:
    """Every tool of a row in the order given, ours among them."""
    best = _best(trials, quantity)
    return tuple(_standing(tool, trials, targets, quantity, best) for tool in tools)


def _standing(
    tool: str, trials: Sequence[Trial], targets: Sequence[Target], quantity: Quantity, best: str | None
) -> Standing:
    own = [trial for trial in trials if trial.tool == tool]
    readings = [trial.reading for trial in own if trial.reading is not None]
    figures = Spread.of([reading.value for reading in readings])
    ratio = None if tool == OURS else Spread.of(paired_ratios(trials, tool))
    names = {ASKED} if tool == OURS else {tool, BEST} if tool == best else {tool}
    reached = figures if tool == OURS else ratio
    last = readings[-1] if readings else None
    return Standing(
        tool=tool,
        figures=figures,
        ratio=ratio,
        cpu_seconds_per_gibibyte=_cpu_per_gibibyte(own),
        judgements=tuple(judged(each, reached, quantity) for each in targets if each.against in names),
        bound=last.bound if last else None,
        limited_by=last.limited_by if last else None,
        offloads=last.offloads if last else (),
        problem="; ".join(dict.fromkeys(trial.problem for trial in own if trial.problem)),
    )


def paired_ratios(trials: Sequence[Trial], tool: str) -> list[float]:
    """Ours over the tool's, round by round; rounds in which one of the two failed are left out."""
    ours, theirs = (
        {trial.round: trial.reading.value for trial in trials if trial.tool == name and trial.reading is not None}
        for name in (OURS, tool)
    )
    return [ours[number] / theirs[number] for number in sorted(ours.keys() & theirs.keys()) if theirs[number]]


def judged(target: Target, reached: Spread | None, quantity: Quantity) -> Judgement:
    """Whether the median will do."""
    if reached is None:
        return Judgement(target, None, None)
    met = reached.median >= target.bound if quantity.more_is_better else reached.median <= target.bound
    return Judgement(target, reached.median, met)


def _best(trials: Sequence[Trial], quantity: Quantity) -> str | None:
    """The peer with the best median; the ceiling is none."""
    values: dict[str, list[float]] = {}
    for trial in trials:
        if trial.reading is not None and trial.tool not in {OURS, CEILING}:
            values.setdefault(trial.tool, []).append(trial.reading.value)
    medians = {tool: statistics.median(some) for tool, some in values.items()}
    choose = max if quantity.more_is_better else min
    return choose(medians, key=medians.__getitem__) if medians else None


def _cpu_per_gibibyte(trials: Sequence[Trial]) -> float | None:
    costs = [
        reading.cpu_seconds / reading.carried_bytes * GIBIBYTE
        for trial in trials
        if (reading := trial.reading) is not None and reading.cpu_seconds is not None and reading.carried_bytes
    ]
    return statistics.median(costs) if costs else None
