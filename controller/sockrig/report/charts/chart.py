"""A chart: what is drawn, in words as well, and rendered to SVG or PNG. One look for all of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, TypeAlias
from unicodedata import east_asian_width
from xml.etree import ElementTree as ET

import altair as alt

from sockrig.report.charts import palette
from sockrig.report.printable import printable

Drawing: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart

WIDTH = 420
"""Of the plot without its axes. A page shows it at about this size, on a phone a little smaller."""

HEIGHT = 200
FONT_SIZE = 13
LONGEST_LABEL = 48

_SVG = "http://www.w3.org/2000/svg"
_NEEDLESS = frozenset({"pointer-events", "aria-hidden", "aria-roledescription", "role", "aria-label", "class"})
_NUMBER = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its words.

    Attributes:
        title: what it shows.
        caption: how to read it: what was left out, summed or averaged.
        description: for those who cannot see it: what is on its axes, and what stands out.
    """

    drawing: Drawing
    title: str
    caption: str
    description: str


def to_svg(chart: Chart, *, prefix: str) -> str:
    """The chart as an ``svg`` element that stands within a page and grows and shrinks with it.

    Args:
        chart: to be drawn.
        prefix: of the ids in it, which must be unique within the page.
    """
    root = ET.fromstring(_renderer().vegalite_to_svg(_specification(chart), allowed_base_urls=[]))  # noqa: S314 - ours
    width = float(root.get("width", "0"))
    root.attrib = {"viewBox": root.get("viewBox", ""), "role": "img", "aria-label": printable(chart.description)}
    root.set("style", f"max-width:{width:.0f}px")
    _make_small(root, prefix)
    ET.register_namespace("", _SVG)
    return ET.tostring(root, encoding="unicode")


def to_png(chart: Chart, *, scale: float = 2.0) -> bytes:
    """The chart as an image, on white; ``scale`` is pixels per unit of the drawing."""
    image: bytes = _renderer().vegalite_to_png(_specification(chart), scale=scale, allowed_base_urls=[])
    return image


@cache
def _renderer() -> ModuleType:
    """Loaded with the first drawing."""
    import vl_convert  # noqa: PLC0415

    return vl_convert


def _specification(chart: Chart) -> dict[str, Any]:
    specification: dict[str, Any] = chart.drawing.configure(**_LOOK).to_dict()
    return specification


_LABELS: dict[str, Any] = {"labelColor": palette.FAINT_INK, "labelFontSize": FONT_SIZE, "titleColor": palette.INK}

_LOOK: dict[str, Any] = {
    "background": palette.BACKGROUND,
    "font": "sans-serif",
    "aria": False,
    "padding": 4,
    "view": alt.ViewConfig(stroke=None, continuousWidth=WIDTH, continuousHeight=HEIGHT),
    "axis": alt.AxisConfig(
        **_LABELS,
        titleFontSize=FONT_SIZE,
        titleFontWeight="normal",
        domainColor=palette.RULE,
        tickColor=palette.RULE,
        gridColor=palette.GRID,
        labelLimit=220,
        labelOverlap="greedy",
        titlePadding=8,
        labelFlush=False,
    ),
    "legend": alt.LegendConfig(
        **_LABELS,
        titleFontSize=FONT_SIZE,
        titleFontWeight="normal",
        labelLimit=WIDTH - 40,
        symbolSize=180,
        columnPadding=28,
        symbolStrokeWidth=2.5,
    ),
}


def table_of(rows: Sequence[Mapping[str, object]]) -> alt.Data:
    """What is drawn, as part of the drawing."""
    return alt.Data(values=rows)  # type: ignore[no-untyped-call]


def room_for(labels: Sequence[str], font_size: int = FONT_SIZE) -> dict[str, Any]:
    """How wide an axis with these labels must be, as arguments of it.

    The drawing's own measure is of a font that the reader may not have; this is of a wide one.
    """
    widths = (sum(1.0 if east_asian_width(one) in "WF" else 0.64 for one in label) for label in labels)
    width = max(widths, default=0.0) * font_size
    return {"minExtent": width + 4, "maxExtent": width + 4, "labelLimit": width}


def short(label: str, longest: int = LONGEST_LABEL) -> str:
    """A label on one line that fits a chart: a longer one is cut in its middle, for names differ at their ends."""
    text = printable(label)
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}…{text[1 - half :]}"


def told_apart(labels: Sequence[str], longest: int = LONGEST_LABEL) -> list[str]:
    """Labels that fit a chart; those that would be alike get their number."""
    shortened = [short(label, longest) for label in labels]
    return [
        label if shortened.count(label) == 1 else f"{label} ({number})" for number, label in enumerate(shortened, 1)
    ]


def _make_small(element: ET.Element, prefix: str) -> None:
    """Take out what a page needs not: empty shapes, names for scripts, digits beyond what a screen shows."""
    for child in list(element):
        if child.tag == f"{{{_SVG}}}path" and (child.get("display") == "none" or not child.get("d")):
            element.remove(child)
            continue
        _make_small(child, prefix)
        if child.tag == f"{{{_SVG}}}g" and not len(child):
            element.remove(child)
    for name, value in list(element.attrib.items()):
        if (name in _NEEDLESS and element.get("viewBox") is None) or (name == "opacity" and value == "1"):
            del element.attrib[name]
        elif name == "id":
            element.set(name, prefix + value)
        elif "url(#" in value:
            element.set(name, value.replace("url(#", f"url(#{prefix}"))
        elif name in {"d", "transform"} or "." in value:
            element.set(name, _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value))
