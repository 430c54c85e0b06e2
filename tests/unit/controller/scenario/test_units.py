"""Quantities are read as people write them."""

import pytest

from sockrig.scenario.units import (
    Dimension,
    Quantity,
    Rate,
    format_quantity,
    format_rate,
    parse_duration,
    parse_quantity,
    parse_rate,
    parse_size,
    shown,
)


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("500ms", 0.5, Dimension.TIME),
        ("2s", 2.0, Dimension.TIME),
        ("1.5 m", 90.0, Dimension.TIME),
        ("1.1 ms", 0.0011, Dimension.TIME),
        ("-3 us", -0.000003, Dimension.TIME),
        ("50 Mbit/s", 50e6, Dimension.BITS_PER_SECOND),
        ("1e3 kbit/s", 1e6, Dimension.BITS_PER_SECOND),
        ("10 kpps", 10_000.0, Dimension.PACKETS_PER_SECOND),
        ("64 B", 64.0, Dimension.SIZE),
        ("1 KB", 1000.0, Dimension.SIZE),
        ("128 KiB", 131072.0, Dimension.SIZE),
        ("2MiB", 2097152.0, Dimension.SIZE),
        ("0.5 %", 0.005, Dimension.RATIO),
        ("200/s", 200.0, Dimension.PER_SECOND),
        (".5", 0.5, Dimension.COUNT),
    ],
)
def test_a_number_with_a_unit_is_a_quantity_in_base_units(text, value, dimension):
    assert parse_quantity(text) == Quantity(value, dimension)


@pytest.mark.parametrize("text", ["", "fast", "ms", "1 2 s", "0x10 s", "1e999 s", "1,5 s", "9" * 100, "1e9999"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(ValueError, match=r"is not a number|too large"):
        parse_quantity(text)


def test_an_unknown_unit_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown unit 'mbit'.*Mbit/s"):
        parse_quantity("5 mbit")


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (2.0, Dimension.TIME, "2 s"),
        (0.5, Dimension.TIME, "500 ms"),
        (0.0, Dimension.TIME, "0 s"),
        (0.0000015, Dimension.TIME, "1.5 us"),
        (50e6, Dimension.BITS_PER_SECOND, "50 Mbit/s"),
        (2000.0, Dimension.PACKETS_PER_SECOND, "2 kpps"),
        (64, Dimension.SIZE, "64 B"),
        (131072, Dimension.SIZE, "128 KiB"),
        (1500, Dimension.SIZE, "1.5 KB"),
        (0.005, Dimension.RATIO, "0.5 %"),
        (200.0, Dimension.PER_SECOND, "200/s"),
    ],
)
def test_a_quantity_is_written_in_the_unit_that_suits_it(value, dimension, text):
    assert format_quantity(value, dimension) == text


@pytest.mark.parametrize("value", ["-1 s", -1, "0s", 0, "2 B", "soon", True, None, [], float("nan"), 10**400])
def test_a_duration_is_a_positive_time(value):
    with pytest.raises(ValueError, match="is not a duration: expected a positive time such as 2s or 500ms"):
        parse_duration(value)


def test_a_number_alone_is_a_duration_in_seconds():
    assert parse_duration(2) == parse_duration("2") == parse_duration("2s") == 2.0


def test_a_pause_may_be_nothing_and_an_interval_has_a_least():
    assert parse_duration("0s", zero_allowed=True) == 0
    with pytest.raises(ValueError, match="at least 100 ms"):
        parse_duration("50ms", least_seconds=0.1)


def test_a_duration_of_years_is_a_typing_error():
    with pytest.raises(ValueError, match="too long: the longest is 720h"):
        parse_duration("9999h")


@pytest.mark.parametrize("value", ["0 B", "1.5 B", "-4 B", "2s", None, True])
def test_a_size_is_whole_bytes(value):
    with pytest.raises(ValueError, match="is not a size"):
        parse_size(value, most_bytes=1000)


def test_a_size_has_a_bound():
    assert parse_size("1 KB", most_bytes=1000) == 1000
    with pytest.raises(ValueError, match="2 KB is too large: at most 1 KB"):
        parse_size("2 KB", most_bytes=1000)


def test_a_rate_is_of_bits_or_of_packets():
    assert parse_rate("50 Mbit/s") == Rate(bits_per_second=50e6)
    assert parse_rate("2000 pps") == parse_rate("2000/s") == Rate(packets_per_second=2000.0)
    assert format_rate(Rate(packets_per_second=50.0)) == "50 pps"
    assert format_rate(parse_rate("50 Mbit/s")) == "50 Mbit/s"


@pytest.mark.parametrize("value", [0, "0 pps", "-1 Mbit/s", 100, "100", "2s", None])
def test_a_rate_is_positive_and_has_a_unit(value):
    with pytest.raises(ValueError, match="is not a rate: expected a positive rate with its unit"):
        parse_rate(value)


def test_a_rate_beyond_every_link_is_refused():
    with pytest.raises(ValueError, match="too fast"):
        parse_rate("1e10 Gbit/s")


def test_a_value_in_a_message_is_one_short_line():
    assert shown("a\nb") == r"'a\nb'"
    assert shown(None) == "nothing"
    assert shown(True) == "true"
    assert shown({"a": 1}) == "a mapping"
    assert shown("") == "''"
    assert len(shown("x" * 1000)) == 80
