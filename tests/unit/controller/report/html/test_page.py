"""The page of a run."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.runs import HOSTILE, SCRIPT, flow, run_of_everything, run_of_one_flow

from sockrig.report.html.page import to_html
from sockrig.report.html.view import MOST_CALLS, MOST_CHARTED_STEPS, MOST_TROUBLES, page_view
from sockrig.results.model.step import SocketCallResult, StepResult
from sockrig.results.model.verdict import Verdict


class Page(HTMLParser):
    """What a browser would make of it: tags with their attributes, texts, and what is not closed."""

    _VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self._open = [], "", []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self._VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self._open and self._open[-1] not in {"style", "title"}:
            self.text += data + " "


@pytest.fixture(scope="module")
def text():
    return to_html(run_of_everything())


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_the_verdict_comes_first_in_words(page):
    words = page.text.split()
    assert words[:2] == ["✗", "failed"]
    assert "throughput >= 20 Gbit/s: measured 18.8 Gbit/s (a > b), asked for at least 20 Gbit/s" in page.text


def test_it_holds_no_script_and_refers_to_nothing_outside(page, text):
    names = {tag for tag, _ in page.tags}
    assert names.isdisjoint({"script", "img", "link", "iframe", "object", "embed", "form", "base", "image", "use"})
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert attributes.get("href", "#").startswith("#")
        assert not attributes.keys() & {"src", "xlink:href", "action"}
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) <= {"http://www.w3.org/2000/svg"}


def test_text_from_elsewhere_is_shown_and_does_nothing(page, text):
    assert SCRIPT not in text
    assert SCRIPT in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert all(name in page.text for name in HOSTILE if name.isprintable())
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert r"\x1b[2J\u202egnp.exe" in page.text


def test_a_number_stays_on_the_line_of_its_unit(page):
    assert "84.6\N{NO-BREAK SPACE}µs ± 40\N{NO-BREAK SPACE}µs" in page.text


def test_ids_are_unique_and_links_lead_somewhere(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes["href"][1:] for tag, attributes in page.tags if tag == "a"}
    assert links
    assert links <= set(ids)


def test_every_chart_is_told_in_words(page):
    charts = [attributes for tag, attributes in page.tags if tag == "svg" and "aria-hidden" not in attributes]
    assert len(charts) > 10
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in charts)


def test_the_scenario_the_versions_and_the_meaning_of_figures_are_on_it(page):
    assert "as it was given" in page.text
    assert "controller 0.1.0" in page.text
    assert "rfc7679-corrected-clocks" in page.text
    assert "Source: RFC 7679" in page.text


def test_a_run_without_anything_is_a_page(text):
    bare = replace(run_of_one_flow(), steps=(), agents=())
    page = Page(to_html(bare))
    assert "passed" in page.text
    assert "What went wrong" not in page.text


def test_a_run_of_one_flow_is_a_small_page():
    assert len(to_html(run_of_one_flow()).encode()) < 80_000


def test_troubles_beyond_a_bound_are_counted():
    wrong = StepResult(name="wrong", verdict=Verdict.ERROR, problem="it broke")
    view = page_view(replace(run_of_one_flow(), steps=(wrong,) * (MOST_TROUBLES + 7)))
    assert len(view.troubles) == MOST_TROUBLES
    assert view.troubles_left_out == 7


def test_a_step_that_did_not_pass_is_always_told():
    silent = StepResult(name="silent", verdict=Verdict.DEGRADED)
    view = page_view(replace(run_of_one_flow(), steps=(silent,)))
    assert [(one.verdict, one.text) for one in view.troubles] == [("degraded", "no reason was told")]


def test_of_a_long_dialogue_what_failed_is_shown():
    passed = SocketCallResult(on="a", call="send", result="1 byte")
    failed = replace(passed, verdict=Verdict.FAILED)
    step = StepResult(name="long", verdict=Verdict.FAILED, sockets=(passed,) * MOST_CALLS + (failed,))
    (view,) = page_view(replace(run_of_one_flow(), steps=(step,))).steps
    assert view.calls == (failed,)
    assert view.calls_left_out == MOST_CALLS


def test_only_the_first_steps_of_a_long_run_have_charts():
    step = StepResult(name="one", verdict=Verdict.PASSED, flows=(replace(flow("a", "b"), intervals=()),))
    views = page_view(replace(run_of_one_flow(), steps=(step,) * (MOST_CHARTED_STEPS + 1))).steps
    assert [view.charts_left_out for view in views] == [False] * MOST_CHARTED_STEPS + [True]


def test_what_load_did_to_round_trips_has_its_table(page):
    assert "Latency under load" in page.text
    assert "x 40" in page.text


def test_a_search_tells_its_bounds_and_its_trials(page):
    assert "capacity 76 Mbit/s" in page.text
    assert "the network" in page.text
