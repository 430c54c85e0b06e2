"""The page of a run in a browser: from a file, without a network, at any width, light and dark, and printed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from tests.runs import run_of_everything, run_of_one_flow

from sockrig.report.charts import palette
from sockrig.report.html.page import to_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = (400, 1200, 1800)
SCHEMES = ("light", "dark")
PRINTED_WIDTH = 688
"""A4 less its margins, at 96 pixels an inch."""


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of the pages, as files."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, run in (("everything", run_of_everything()), ("one flow", run_of_one_flow())):
        path = folder / f"{name}.html"
        path.write_text(to_html(run), encoding="utf-8")
        found[name] = path.as_uri()
    return found


@dataclass
class Opened:
    """A page, and what it said and asked for."""

    page: "Page"
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: "Browser", address: str, width: int, scheme: str) -> Iterator[Opened]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    try:
        context.set_default_timeout(120_000)
        shown = Opened(context.new_page())
        shown.page.on("console", lambda message: shown.said.append(message.text))
        shown.page.on("pageerror", lambda error: shown.said.append(str(error)))
        shown.page.on("request", lambda request: shown.asked.append(request.url))
        shown.page.goto(address)
        yield shown
    finally:
        context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["everything", "one flow"])
def test_it_opens_quietly_and_fits_its_width(browser, pages, name, width, scheme):
    with opened(browser, pages[name], width, scheme) as shown:
        assert shown.said == []
        assert shown.asked == [pages[name]]
        assert shown.page.title() != "owned"
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
        rights = shown.page.evaluate(
            "[...document.querySelectorAll('body, h1, h2, h3, p, li, figure, .scroll')]"
            ".map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().right])"
        )
        assert [what for what, right in rights if right > width + 0.5] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_verdict_is_seen_without_scrolling(browser, pages, width):
    with opened(browser, pages["everything"], width, "light") as shown:
        verdict = shown.page.locator("header .verdict")
        assert verdict.inner_text().split() == ["✗", "failed"]
        box = verdict.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 200


def test_headings_are_in_order(browser, pages):
    with opened(browser, pages["everything"], 1200, "light") as shown:
        tags = shown.page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map(one => one.tagName)")
        levels = [int(tag[1]) for tag in tags]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


BADGES = (".badge-failed", ".badge-passed", ".badge-degraded", ".badge-error")
COLOURS = """selector => {
  const one = document.querySelector(selector)
  let behind = one
  while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement
  return [getComputedStyle(one).color, getComputedStyle(behind).backgroundColor]
}"""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_words_stand_out_from_what_is_behind_them(browser, pages, scheme):
    with opened(browser, pages["everything"], 1200, scheme) as shown:
        for selector in ("body", ".note", "a", "pre", ".tone-open", ".tone-blocked", ".unexpected", *BADGES):
            ink, ground = shown.page.evaluate(COLOURS, selector)
            assert contrast(ink, ground) >= 4.5, (selector, ink, ground)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_lines_of_charts_stand_out_from_the_page(browser, pages, scheme):
    with opened(browser, pages["everything"], 1200, scheme) as shown:
        ground = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
        for colour in palette.SERIES:
            line = shown.page.evaluate(
                "colour => getComputedStyle(document.querySelector(`path[stroke='${colour}']`)).stroke", colour
            )
            assert contrast(line, ground) >= 3, (colour, line, ground)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2): at least 4.5 for text, 3 for lines."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_words_of_charts_can_be_read_on_a_phone(browser, pages):
    with opened(browser, pages["one flow"], 400, "light") as shown:
        scales = shown.page.evaluate(
            "[...document.querySelectorAll('figure svg')]"
            ".map(one => one.getBoundingClientRect().width / one.viewBox.baseVal.width)"
        )
        assert scales
        assert min(scales) * 13 >= 9, "a chart's letters have 13 pixels where it is not made smaller"


def test_no_word_of_a_chart_is_cut_off(browser, pages):
    with opened(browser, pages["everything"], 1200, "light") as shown:
        cut = shown.page.evaluate(
            """[...document.querySelectorAll('figure svg')].flatMap(svg => {
              const box = svg.getBoundingClientRect()
              return [...svg.querySelectorAll('text')].filter(text => {
                const one = text.getBoundingClientRect()
                return one.left < box.left - 2 || one.top < box.top - 2 || one.bottom > box.bottom + 2
              }).map(text => text.textContent)
            })"""
        )
        assert cut == []


def test_it_prints_on_white_with_a_page_for_every_step_and_no_table_cut(browser, pages, tmp_path):
    with opened(browser, pages["everything"], 1200, "dark") as shown:
        printed = tmp_path / "page.pdf"
        shown.page.pdf(path=printed, prefer_css_page_size=True, print_background=True)
        content = printed.read_bytes()
        assert content.startswith(b"%PDF")
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", content)) > len(run_of_everything().steps)
        shown.page.emulate_media(media="print")
        shown.page.set_viewport_size({"width": PRINTED_WIDTH, "height": 1000})
        assert shown.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        wide = shown.page.evaluate(
            "[...document.querySelectorAll('table')].filter(one => one.getBoundingClientRect().right > innerWidth + 1)"
            ".map(one => one.outerHTML.slice(0, 300))"
        )
        assert wide == []
        breaks = shown.page.evaluate(
            "[...document.querySelectorAll('.step')].map(one => getComputedStyle(one).breakBefore)"
        )
        assert set(breaks) == {"page"}
