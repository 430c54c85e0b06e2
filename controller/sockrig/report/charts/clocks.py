"""How far clocks may be off, and how far apart workers started, on one axis: the second is to be read by the first."""

from collections.abc import Sequence

import altair as alt

from sockrig.report.charts import palette
from sockrig.report.charts.axes import NUMBERS, title_of
from sockrig.report.charts.chart import WIDTH, Chart, room_for, table_of, told_apart
from sockrig.report.figures import within
from sockrig.results import quantities
from sockrig.results.model.run import AgentResult
from sockrig.results.model.step import StepResult

_ROW_HEIGHT = 22
_LONGEST_LABEL = 30
_BOUND, _SKEW = "a clock's error bar", "first to last start"
MOST_ROWS = 40


_OF_CLOCKS = "Circles: a clock's estimated offset may be off by its bar, in both directions. "
_OF_STARTS = (
    "Diamonds: from the first to the last worker's start, each against its own time; the bar is what the clocks cannot "
    "tell."
)


def clock_chart(agents: Sequence[AgentResult], steps: Sequence[StepResult]) -> Chart | None:
    """A row for each clock that had to be estimated and for each step that started together; the worst of many.

    None where no clock had to be estimated and no step started together.
    """
    bounds = sorted(
        (
            (agent.clock_uncertainty_seconds, f"clock of {agent.name}")
            for agent in agents
            if agent.clock_uncertainty_seconds
        ),
        reverse=True,
    )
    skews = sorted(
        (
            (step.start_skew_seconds, step.start_skew_uncertainty_seconds or 0.0, f"start of {step.name}")
            for step in steps
            if step.start_skew_seconds is not None
        ),
        reverse=True,
    )
    left_out = max(0, len(bounds) - MOST_ROWS) + max(0, len(skews) - MOST_ROWS)
    bounds, skews = bounds[:MOST_ROWS], skews[:MOST_ROWS]
    if not bounds and not skews:
        return None
    labels = told_apart([*(label for _, label in bounds), *(label for *_, label in skews)], _LONGEST_LABEL)
    spans = [(0.0, -bound, bound, _BOUND) for bound, _ in bounds]
    spans += [(skew, skew - bound, skew + bound, _SKEW) for skew, bound, _ in skews]
    scale = quantities.time_scale(max(max(abs(low), abs(high)) for _, low, high, _ in spans))
    rows = [
        {"row": label, "x": at / scale.divisor, "low": low / scale.divisor, "high": high / scale.divisor, "flow": what}
        for label, (at, low, high, what) in zip(labels, spans, strict=True)
    ]
    base = alt.Chart(table_of(rows)).encode(
        y=alt.Y(
            "row:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelOverlap=False, ticks=False, domain=False, **room_for(labels)),
        ),
        color=alt.Color(
            "flow:N",
            title=None,
            sort=None,
            scale=alt.Scale(domain=[_BOUND, _SKEW], range=[palette.SERIES[0], palette.SERIES[1]]),
            legend=None,
        ),
    )
    time = alt.X("low:Q", title=title_of("time", scale), axis=alt.Axis(format=NUMBERS, tickCount=5))
    layers = [
        base.mark_rule(strokeWidth=3).encode(x=time, x2=alt.X2("high:Q")),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x=alt.X("x:Q"),
            shape=alt.Shape(
                "flow:N", legend=None, scale=alt.Scale(domain=[_BOUND, _SKEW], range=["circle", "diamond"])
            ),
        ),
    ]
    told = [f"{label}: ± {quantities.time(bound)}" for label, (bound, _) in zip(labels, bounds, strict=False)]
    told += [
        f"{label}: {within(skew, bound)}" for label, (skew, bound, _) in zip(labels[len(bounds) :], skews, strict=True)
    ]
    more = f" The {left_out} with the smallest are left out." if left_out else ""
    return Chart(
        alt.layer(*layers).properties(width=WIDTH - 120, height=_ROW_HEIGHT * len(rows)),
        "clocks and starts",
        f"{_OF_CLOCKS if bounds else ''}{_OF_STARTS if skews else ''}{more}".strip(),
        f"Dots with error bars, in {scale.unit}. {'; '.join(told)}.",
    )
