"""A course in a few characters: each as high as its value, of the highest of them. Pure."""

from sockrig.report.course import Slots, course_of, main_quantity, usual_interval_seconds
from sockrig.results.model.flow import FlowResult

BLOCKS = "▁▂▃▄▅▆▇█"
"""Block elements of Unicode, U+2581 to U+2588."""

ASCII_LEVELS = "_.-=+*#@"
"""What stands for them where a terminal cannot show them."""

MOST_CELLS = 20


def sparkline(flow: FlowResult, levels: str = BLOCKS) -> str | None:
    """What the flow is measured by, from its start to its end; a space where nothing was told.

    None for fewer than two intervals: there is no course.
    """
    points = course_of(flow, main_quantity(flow))
    if len(points) < 2:
        return None
    values = Slots.of([points], usual_interval_seconds([flow]), MOST_CELLS).values(points)
    highest = max((value for value in values if value is not None), default=0.0)
    return "".join(" " if value is None else levels[_level(value, highest, len(levels))] for value in values)


def _level(value: float, highest: float, levels: int) -> int:
    return min(int(value / highest * levels), levels - 1) if highest > 0 else 0
