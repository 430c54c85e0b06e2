"""Text from elsewhere made safe to show."""

import pytest

from sockrig.report.printable import printable


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain text", "plain text"),
        ("我是要发送的数据　é 🙂", "我是要发送的数据　é 🙂"),
        ("\x1b[2J", r"\x1b[2J"),
        ("two\nlines\r\t", r"two\nlines\r\t"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2028", r"\u2028"),
        ("\udcff", r"\udcff"),
        ("\uffff", r"\uffff"),
    ],
)
def test_what_is_no_letter_mark_or_space_is_escaped(text, safe):
    assert printable(text) == safe
