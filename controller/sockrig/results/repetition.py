"""What the repetitions of a step say together: means, their confidence, and whether the aim is reached. Pure.

Each repetition is one value, so that the interval is over values that do not depend on each other. A repetition that
is partial, or could not be carried out, gives none.
"""

from collections.abc import Mapping, Sequence

from sockrig.results import quantities
from sockrig.results.confidence import mean_interval
from sockrig.results.evaluation import measure
from sockrig.results.model.step import RepeatedFigure, RepetitionSummary, StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.planned import RepeatedMetric, RepeatedStep
from sockrig.scenario.repetition import metric_text

Repetition = Mapping[str, StepResult]
"""The steps of one repetition by their names within it."""


def summarize(step: RepeatedStep, repetitions: Sequence[Repetition]) -> RepetitionSummary:
    """The figures over these repetitions."""
    figures = tuple(_figure(one, repetitions, step.confidence) for one in step.metrics)
    return RepetitionSummary(
        count=len(repetitions),
        most=step.most,
        aim=step.aim.text if step.aim else None,
        reached=_reached(step, figures),
        figures=figures,
    )


def goes_on(step: RepeatedStep, repetitions: Sequence[Repetition]) -> bool:
    """Whether another repetition is due."""
    count = len(repetitions)
    if count < step.least:
        return True
    return count < step.most and not summarize(step, repetitions).reached


def summary_step(step: RepeatedStep, name: str, repetitions: Sequence[Repetition]) -> StepResult:
    """The step that follows the repetitions; it fails where their aim was missed.

    Args:
        step: what was repeated.
        name: its name in the run.
        repetitions: those that there were; fewer than are due where the run ended on the way.
    """
    summary = summarize(step, repetitions)
    verdict, problem = Verdict.PASSED, None
    if goes_on(step, repetitions):
        verdict, problem = Verdict.DEGRADED, f"broken off after {summary.count} of {step.most}"
    elif summary.reached is False:
        verdict = Verdict.FAILED
        problem = f"{summary.aim} was not reached in {_counted(summary.count)}: {summary.figures[0].text}"
    return StepResult(
        name=f"{name}, {_counted(summary.count)}",
        verdict=verdict,
        variables=step.variables,
        repetitions=summary,
        problem=problem,
    )


def _reached(step: RepeatedStep, figures: Sequence[RepeatedFigure]) -> bool | None:
    if step.aim is None:
        return None
    width = figures[0].relative_half_width
    return width is not None and width <= step.aim.half_width_ratio


def _figure(one: RepeatedMetric, repetitions: Sequence[Repetition], confidence: float) -> RepeatedFigure:
    measured = (_measured(one, repetition) for repetition in repetitions)
    values = tuple(value for value in measured if value is not None)
    interval = mean_interval(values, confidence)
    mean = interval.middle if interval else next(iter(values), None)
    half_width = interval.half_width if interval else None
    relative = interval.relative_half_width if interval else None
    return RepeatedFigure(
        metric=metric_text(one.metric),
        step=one.step,
        values=values,
        mean=mean,
        half_width=half_width,
        relative_half_width=relative,
        confidence=confidence,
        text=_text(one, values, mean, half_width, relative, confidence),
    )


def _measured(one: RepeatedMetric, repetition: Repetition) -> float | None:
    step = repetition.get(one.step)
    if step is None or step.verdict in {Verdict.DEGRADED, Verdict.ERROR}:
        return None
    value = measure(one.metric, step).value
    return None if value is None or isinstance(value, str) else float(value)


def _text(
    one: RepeatedMetric,
    values: Sequence[float],
    mean: float | None,
    half_width: float | None,
    relative: float | None,
    confidence: float,
) -> str:
    """Such as ``mean 9.41 Gbit/s ± 120 Mbit/s (1.3 %), 95 % confidence, 5 repetitions``."""
    if mean is None:
        return "no data in any repetition"
    text = f"mean {quantities.in_words(mean, one.metric.dimension)}"
    if half_width is not None:
        share = "" if relative is None else f" ({quantities.share(relative)})"
        width = quantities.in_words(half_width, one.metric.dimension)
        text += f" \N{PLUS-MINUS SIGN} {width}{share}, {quantities.share(confidence)} confidence"
    return f"{text}, {_counted(len(values))}"


def _counted(count: int) -> str:
    return "1 repetition" if count == 1 else f"{count} repetitions"
