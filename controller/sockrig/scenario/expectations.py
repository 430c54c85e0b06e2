"""What must hold of a step's results: ``[FLOW.]METRIC[.PERCENTILE] OPERATOR VALUE``, such as ``call.rtt.p99 <= 50 ms``.

A time with many values and no percentile means its median. Values are kept in base units: seconds, bit/s, ratio,
count, per second; or as a word.
"""

import re
from dataclasses import dataclass
from enum import Enum

from sockrig.scenario.kinds import METRICS, PERCENTILES, SPREAD_METRICS, USUAL_PERCENTILE, WORDS
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
class Expectation:
    """One condition on the results of a step.

    ``flow`` is the name given to a flow, None for all flows of the step; ``percentile`` is set exactly for the metrics
    with many values.
    """

    text: str
    flow: str | None
    metric: str
    percentile: str | None
    operator: Operator
    value: float | str
    dimension: Dimension


_PARTS = re.compile(r"(?P<left>[^<>=]*)(?P<operator>>=|<=|==|>|<)(?P<value>[^<>=]*)")


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
    flow, metric, percentile = _read_left(match["left"].strip())
    dimension = METRICS[metric]
    operator = Operator(match["operator"])
    value_text = match["value"].strip()
    if dimension is Dimension.WORD:
        value: float | str = _read_word(metric, operator, value_text)
    else:
        value = _read_value(metric, dimension, value_text)
    return Expectation(" ".join(text.split()), flow, metric, percentile, operator, value, dimension)


def _read_left(left: str) -> tuple[str | None, str, str | None]:
    """Flow, metric and percentile."""
    parts = [part.strip() for part in left.split(".")]
    percentile = None
    if len(parts) > 1 and parts[-1] not in METRICS:
        percentile = parts.pop()
    metric = parts.pop()
    flow = ".".join(parts) or None
    if metric not in METRICS:
        raise ValueError(
            f"unknown metric {shown(metric)}; {did_you_mean(metric, METRICS)}known are {', '.join(METRICS)}"
        )
    if metric not in SPREAD_METRICS:
        if percentile is not None:
            raise ValueError(
                f"{metric} has one value and no {shown(percentile)}: only {', '.join(sorted(SPREAD_METRICS))} have"
            )
        return flow, metric, None
    if percentile is not None and percentile not in PERCENTILES:
        raise ValueError(f"{metric} has no {shown(percentile)}: expected one of {', '.join(PERCENTILES)}")
    return flow, metric, percentile or USUAL_PERCENTILE


def _read_word(metric: str, operator: Operator, text: str) -> str:
    if operator is not Operator.EQUAL:
        raise ValueError(f"{metric} is a word: compare it with ==")
    word = " ".join(text.replace("_", " ").split())
    if word not in WORDS[metric]:
        raise ValueError(f"{metric} is never {shown(text)}: expected one of {', '.join(WORDS[metric])}")
    return word


def _read_value(metric: str, dimension: Dimension, text: str) -> float:
    expected = f"{metric} cannot be compared with {shown(text)}: expected {dimension.value}"
    try:
        quantity = parse_quantity(text)
    except ValueError:
        raise ValueError(expected) from None
    plain_ratio = dimension is Dimension.RATIO and quantity.dimension is Dimension.COUNT
    if quantity.dimension is not dimension and not plain_ratio:
        raise ValueError(expected)
    return quantity.value
