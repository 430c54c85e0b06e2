"""Results as one page of HTML."""

import re
from functools import cache
from itertools import count
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sockrig.report.charts import palette
from sockrig.report.charts.chart import Chart, to_svg
from sockrig.report.html.view import page_view
from sockrig.report.printable import printable
from sockrig.results.model.run import RunResult
from sockrig.results.model.verdict import Verdict
from sockrig_wire.version import VERSION

_MARKS = {Verdict.PASSED.value: "✓", Verdict.FAILED.value: "✗", Verdict.DEGRADED.value: "!", Verdict.ERROR.value: "✗"}
_OTHER_MARK = "!"
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=[^\d\s±(])")
_QUOTED = re.compile(r"``([^`]*)``")


def to_html(result: RunResult) -> str:
    """The page, whole: it refers to nothing outside itself and runs no script.

    Names, problems and whatever sockets received are text from elsewhere; they are escaped, and so are characters that
    would turn or hide the text around them.
    """
    numbers = count(1)

    def drawn(chart: Chart) -> Markup:
        return Markup(to_svg(chart, prefix=f"c{next(numbers)}-"))  # noqa: S704 - made of elements, by a parser

    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page_view(result),
            svg=drawn,
            palette=palette,
            version=VERSION,
            marks=_MARKS,
            other_mark=_OTHER_MARK,
            zip=zip,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sockrig.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_safe,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["together"] = _together
    environment.filters["lines"] = _lines
    environment.filters["paragraphs"] = _paragraphs
    return environment


def _safe(value: Any) -> Any:
    """What an expression in a template becomes: of text its printable form; what is marked up already stays."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else printable(value)


def _together(text: str) -> str:
    """A figure whose numbers stay on the line of their units."""
    return _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", text)


def _lines(text: str) -> list[str]:
    """The lines of a text that is shown as it is, without tabs, which have no width of their own."""
    return text.expandtabs(4).splitlines()


def _paragraphs(text: str) -> list[str]:
    """A docstring as paragraphs of plain text."""
    return [" ".join(part.split()) for part in _QUOTED.sub(r"\1", text).split("\n\n")]
