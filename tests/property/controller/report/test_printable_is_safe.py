"""Text from elsewhere made safe, whatever it is."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from sockrig.report.printable import printable


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_the_result_is_one_line_that_xml_can_hold(text):
    safe = printable(text)
    assert len(safe.splitlines()) <= 1
    element = ET.Element("text", value=safe)
    assert ET.fromstring(ET.tostring(element, encoding="utf-8")).get("value") == safe
    assert printable(safe) == safe
