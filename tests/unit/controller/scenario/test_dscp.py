"""A code point has a name, a number, or neither."""

import pytest

from sockrig.scenario.dscp import CODE_POINTS, parse_code_point


@pytest.mark.parametrize(
    ("written", "code_point"),
    [
        ("ef", 46),
        ("EF", 46),
        ("af11", 10),
        ("af43", 38),
        ("cs0", 0),
        ("cs7", 56),
        ("le", 1),
        (46, 46),
        ("46", 46),
        (0, 0),
    ],
)
def test_a_code_point_is_read(written, code_point):
    assert parse_code_point(written) == code_point


@pytest.mark.parametrize("written", ["", "af44", 64, -1, "64", "-1", True, 4.0, None, "best"])
def test_what_is_none_is_refused(written):
    with pytest.raises(ValueError, match="is no code point"):
        parse_code_point(written)


def test_every_name_has_a_code_point_of_its_own():
    assert len(set(CODE_POINTS.values())) == len(CODE_POINTS)
    assert all(0 <= number < 64 for number in CODE_POINTS.values())
