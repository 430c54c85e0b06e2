"""What must hold of a step's results: ``MEASURE OPERATOR VALUE``, such as ``call.rtt.p99 <= 50 ms``.

A measure is ``[FLOW.]METRIC[.PERCENTILE]``: the metric over all flows of the step, or over those that bear the name.
``AGGREGATE(MEASURE)`` asks for the flows' own figures instead: ``min(throughput)`` is that of the slowest flow, and
``each(throughput) >= 10 Mbit/s`` must hold of every flow. A time with many values and no percentile means its median.

A value is a quantity, kept in base units (seconds, bit/s, packets/s, bytes, ratio, count, per second), or a word; or it
is what an earlier run measured: ``baseline``, ``95 % of baseline``, ``baseline + 0.5 %``.
"""

import re
from dataclasses import dataclass, field
from enum import Enum

from sockrig.scenario.errors import UNKNOWN_POSITION, Position
from sockrig.scenario.metrics import METRICS, USUAL_PERCENTILE, WORDS, Aggregate, Metric, Whole, percent_of
from sockrig.scenario.suggestions import did_you_mean
from sockrig.scenario.units import Dimension, parse_quantity, shown


class Operator(Enum):
    """How a measured value is compared with the wanted one."""

    AT_LEAST = ">="
    AT_MOST = "<="
    MORE = ">"
    LESS = "<"
    EQUAL = "=="


@dataclass(frozen=True, slots=True)
class OfBaseline:
    """What the baseline measured, times ``share`` (1 is all of it), and ``margin`` more in the metric's base unit."""

    share: float = 1.0
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """One condition on the results of a step.

    ``flow`` is the name given to a flow, None for all flows of the step; ``percentile`` is set exactly for the metrics
    with many values; ``aggregate`` is None for what the metric is over several flows by itself. ``position`` is where
    it stands in its file.
    """

    text: str
    flow: str | None
    metric: str
    percentile: str | None
    operator: Operator
    value: float | str | OfBaseline
    dimension: Dimension
    aggregate: Aggregate | None = None
    position: Position = field(default=UNKNOWN_POSITION, compare=False)

    @property
    def measure(self) -> str:
        """What is measured, without the flow's name: ``rtt.p99``."""
        return f"{self.metric}.{self.percentile}" if self.percentile else self.metric


_PARTS = re.compile(r"(?P<left>[^<>=]*)(?P<operator>>=|<=|==|>|<)(?P<value>[^<>=]*)")
_AGGREGATED = re.compile(r"(?P<aggregate>[^()]*)\((?P<measure>[^()]*)\)")
_FORGOTTEN_BRACKETS = re.compile(rf"(?P<aggregate>{'|'.join(each.value for each in Aggregate)})\s+(?P<measure>\S+)")
_OF_BASELINE = re.compile(
    r"(?:(?P<share>[^+]*\S)\s+of\s+)?baseline(?:\s*(?P<sign>[+-])\s*(?P<margin>[^+-].*))?", re.DOTALL
)


def parse_expectation(text: str) -> Expectation:
    """Read one expectation.

    Raises:
        ValueError: it is none, and what was expected.
    """
    match = _PARTS.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"{shown(text)} is not an expectation: expected METRIC OPERATOR VALUE with one of >= <= > < ==, "
            "such as loss <= 0.5 %"
        )
    aggregate, measure = _read_aggregate(match["left"].strip())
    flow, name, percentile = _read_measure(measure)
    metric = METRICS[name]
    if aggregate is not None:
        _check_aggregate(aggregate, name, percentile, metric)
    operator = Operator(match["operator"])
    value = _read_value(name, metric, operator, match["value"].strip())
    return Expectation(
        " ".join(text.split()), flow, name, percentile, operator, value, metric.dimension, aggregate=aggregate
    )


def _read_aggregate(left: str) -> tuple[Aggregate | None, str]:
    """The aggregate, and the measure that stands in its brackets."""
    if "(" not in left and ")" not in left:
        return None, left
    known = [each.value for each in Aggregate]
    match = _AGGREGATED.fullmatch(left)
    name = match["aggregate"].strip() if match else ""
    if match is None or name not in known:
        guess = did_you_mean(name, known) if match else ""
        raise ValueError(f"{shown(left)} cannot be read; {guess}expected METRIC, or one of {_all(known)} of it")
    return Aggregate(name), match["measure"].strip()


def _read_measure(text: str) -> tuple[str | None, str, str | None]:
    """Flow, metric and percentile."""
    parts = [part.strip() for part in text.split(".")]
    if len(parts) > 2 and parts[-1].isdecimal() and parts[-2].startswith("p"):
        parts[-2:] = [f"{parts[-2]}.{parts[-1]}"]  # p99.9
    percentile = None
    if parts[-1] not in METRICS and len(parts) > 1 and parts[-2] in METRICS:
        percentile = parts.pop()
    name = parts.pop()
    flow = ".".join(parts) or None
    if name not in METRICS:
        raise ValueError(_unknown_metric(name))
    if not METRICS[name].many_values:
        if percentile is not None:
            many = ", ".join(sorted(each for each, metric in METRICS.items() if metric.many_values))
            raise ValueError(f"{name} has one value and no {shown(percentile)}: only {many} have")
        return flow, name, None
    percentile = USUAL_PERCENTILE if percentile is None else percentile
    try:
        percent_of(percentile)
    except ValueError as error:
        raise ValueError(f"{name} has no {shown(percentile)}: {error}") from None
    return flow, name, percentile


def _unknown_metric(name: str) -> str:
    if match := _FORGOTTEN_BRACKETS.fullmatch(name):
        return f"unknown metric {shown(name)}; write {match['aggregate']}({match['measure']})"
    return f"unknown metric {shown(name)}; {did_you_mean(name, METRICS)}known are {', '.join(METRICS)}"


def _check_aggregate(aggregate: Aggregate, name: str, percentile: str | None, metric: Metric) -> None:
    """Refuse what would be no figure of anything."""
    if aggregate in metric.aggregates:
        return
    if metric.whole is Whole.TOGETHER:
        reason = f"{name} is one figure of the flows together, and no flow has one of its own: leave the brackets out"
    elif metric.many_values and aggregate is Aggregate.MEAN:
        reason = (
            f"percentiles are not averaged: expected {name}.{percentile} over all flows, "
            f"or max({name}.{percentile}) of the worst"
        )
    else:
        reason = f"{name} has no {aggregate.value}: expected {_all([each.value for each in metric.aggregates])}"
    raise ValueError(reason)


def _all(aggregates: list[str]) -> str:
    return ", ".join(f"{name}(...)" for name in aggregates)


def _read_value(name: str, metric: Metric, operator: Operator, text: str) -> float | str | OfBaseline:
    is_word = metric.dimension is Dimension.WORD
    if is_word and operator is not Operator.EQUAL:
        raise ValueError(f"{name} is a word: compare it with ==")
    if re.search(r"\bbaseline\b", text):
        return _read_baseline(name, metric.dimension, text)
    return _read_word(name, text) if is_word else _read_quantity(name, metric.dimension, text)


def _read_word(name: str, text: str) -> str:
    word = " ".join(text.replace("_", " ").split())
    if word not in WORDS[name]:
        raise ValueError(f"{name} is never {shown(text)}: expected one of {', '.join(WORDS[name])}")
    return word


def _read_baseline(name: str, dimension: Dimension, text: str) -> OfBaseline:
    match = _OF_BASELINE.fullmatch(text)
    expected = f"{shown(text)} is not read: expected baseline, 95 % of baseline, or baseline + and a value"
    if match is None or (match["share"] and match["margin"]):
        raise ValueError(expected)
    if dimension is Dimension.WORD:
        if text != "baseline":
            raise ValueError(f"{name} is a word: compare it with baseline as it is")
        return OfBaseline()
    if match["share"]:
        return OfBaseline(share=_read_share(match["share"]))
    if not match["margin"]:
        return OfBaseline()
    try:
        margin = _read_quantity(name, dimension, match["margin"])
    except ValueError as error:
        raise ValueError(f"{error}; for a part of the baseline write 95 % of baseline") from None
    return OfBaseline(margin=-margin if match["sign"] == "-" else margin)


def _read_share(text: str) -> float:
    expected = f"{shown(text)} of baseline: expected a positive part of it such as 95 %"
    try:
        quantity = parse_quantity(text)
    except ValueError:
        raise ValueError(expected) from None
    if quantity.dimension not in {Dimension.RATIO, Dimension.COUNT} or quantity.value <= 0:
        raise ValueError(expected)
    return quantity.value


def _read_quantity(name: str, dimension: Dimension, text: str) -> float:
    expected = f"{name} cannot be compared with {shown(text)}: expected {dimension.value}"
    try:
        quantity = parse_quantity(text)
    except ValueError:
        raise ValueError(expected) from None
    plain_ratio = dimension is Dimension.RATIO and quantity.dimension is Dimension.COUNT
    if quantity.dimension is not dimension and not plain_ratio:
        raise ValueError(expected)
    return quantity.value
