"""``repeat`` as a person writes it: a count, or ``{until: throughput within 5 %, most: 20}``."""

import re
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, StrictInt, StrictStr, Tag, WithJsonSchema, model_validator

from sockrig.scenario.expectations import Expectation, parse_expectation
from sockrig.scenario.fields import VARIABLE_PATTERN
from sockrig.scenario.part import Part, checked, problem_at, tag_of_form
from sockrig.scenario.units import Dimension, format_quantity, parse_quantity, shown, unit_pattern

MOST_REPETITIONS = 1000

_AIM = re.compile(r"(?P<metric>[^<>=]+?)\s+within\s+(?P<width>[^<>=]+)")
_SURE = (0.5, 0.9999)
"""The least and the most that a confidence may be."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Repetitions go on until the confidence interval of a metric's mean is narrow enough.

    ``metric`` is the metric as an expectation that nothing fails; ``half_width_ratio`` is half the interval's width
    over the mean.
    """

    text: str
    metric: Expectation
    half_width_ratio: float


def parse_aim(text: str) -> Aim:
    """Read ``throughput within 5 %``.

    Raises:
        ValueError: it is none, and what was expected.
    """
    match = _AIM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{shown(text)} is no aim: expected METRIC within SHARE, such as throughput within 5 %")
    width = _ratio(match["width"])
    if width is None or not 0 < width < 1:
        raise ValueError(f"within {shown(match['width'])}: expected a share of the mean such as 5 %")
    return Aim(" ".join(text.split()), parse_metric(match["metric"]), width)


def parse_metric(text: str) -> Expectation:
    """Read a metric as expectations name it (``call.rtt.p99``): as the expectation of it that asks for the least.

    Raises:
        ValueError: it is none, or it is a word.
    """
    problem = ValueError(f"{shown(text)} is no metric")
    for dimension in Dimension:
        if dimension is not Dimension.WORD:
            try:
                return parse_expectation(f"{text} >= {format_quantity(0.0, dimension)}")
            except ValueError as error:
                problem = error
    raise problem


def metric_text(metric: Expectation) -> str:
    """The metric of an expectation as it was written."""
    return re.split("[<>=]", metric.text, maxsplit=1)[0].strip()


def _ratio(value: object) -> float | None:
    try:
        quantity = parse_quantity(str(value))
    except ValueError:
        return None
    return quantity.value if quantity.dimension in {Dimension.RATIO, Dimension.COUNT} else None


def _confidence(value: object) -> float:
    ratio = None if isinstance(value, bool) else _ratio(value)
    least, most = _SURE
    if ratio is None or not least <= ratio <= most:
        raise ValueError(f"{shown(value)} is no confidence: expected a share such as 95 %, from 50 % to 99.99 %")
    return ratio


Confidence = Annotated[
    float,
    BeforeValidator(_confidence),
    PlainSerializer(lambda value: format_quantity(value, Dimension.RATIO), return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"{unit_pattern(Dimension.RATIO)}|{VARIABLE_PATTERN}"},
                {"type": "number", "minimum": _SURE[0], "maximum": _SURE[1]},
            ]
        }
    ),
]


class RepeatUntil(Part):
    """Again and again until a metric's mean is known well enough."""

    until: Annotated[StrictStr, checked(parse_aim), Field(examples=["throughput within 5 %"])]
    """METRIC within SHARE: half the width of the mean's confidence interval is at most that share of the mean."""
    confidence: Confidence = 0.95
    """Of the interval."""
    least: Annotated[StrictInt, Field(ge=2, le=MOST_REPETITIONS)] = 3
    """Repetitions that there are in any case."""
    most: Annotated[StrictInt, Field(ge=2, le=MOST_REPETITIONS)] = 20
    """Repetitions after which the aim counts as missed, and the step as failed."""

    @model_validator(mode="after")
    def _bounds_fit_together(self) -> Self:
        if self.least > self.most:
            raise problem_at(self, f"{self.least} is more than the {self.most} of most", "least")
        return self


Repeat = Annotated[
    Annotated[StrictInt, Field(ge=1, le=MOST_REPETITIONS), Tag("<count>")] | Annotated[RepeatUntil, Tag("<until>")],
    tag_of_form({int: "<count>", object: "<until>"}),
]
"""So often, or until a metric is known well enough."""
