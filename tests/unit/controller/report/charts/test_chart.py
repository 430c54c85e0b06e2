"""What all charts have in common."""

import re
from xml.etree import ElementTree as ET

from tests.runs import HOSTILE, LONG, flow

from sockrig.report.charts import palette
from sockrig.report.charts.chart import LONGEST_LABEL, to_png, to_svg, told_apart
from sockrig.report.charts.timeline import timelines
from sockrig.report.course import THROUGHPUT

SVG = "{http://www.w3.org/2000/svg}"


def chart():
    (one,) = timelines([flow(name, "b", number) for number, name in enumerate(HOSTILE)], THROUGHPUT)
    return one


def test_a_chart_is_an_image_with_words_that_grows_with_its_page():
    root = ET.fromstring(to_svg(chart(), prefix="x-"))
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert "throughput over time, in Gbit/s" in root.get("aria-label")
    assert root.get("viewBox")
    assert root.get("width") is None


def test_hostile_names_are_text_in_it():
    root = ET.fromstring(to_svg(chart(), prefix="x-"))
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "g", "path", "rect", "line", "text")
    }
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert any("<script>" in (text or "") for text in texts)
    assert not any("\u202e" in (text or "") or "\x1b" in (text or "") for text in texts)
    assert not any(name.startswith("on") or name.endswith("href") for element in root.iter() for name in element.attrib)


def test_all_its_colours_have_a_place_on_a_dark_page():
    drawn = to_svg(chart(), prefix="x-")
    colours = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{3,6})"', drawn))
    assert colours
    assert colours <= set(palette.DARK_OF)


def test_the_same_chart_is_a_png_too():
    assert to_png(chart()).startswith(b"\x89PNG")


def test_long_labels_are_cut_in_their_middle_and_alike_ones_numbered():
    one, other, short = told_apart([f"{LONG} > a", f"{LONG} > a", "b"])
    assert len(one) <= LONGEST_LABEL + 4
    assert one.startswith("a-name")
    assert "> a" in one
    assert one != other
    assert short == "b"
