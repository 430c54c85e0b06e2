"""Plain scalars mean what YAML 1.2 says, and not what YAML 1.1 did."""

import math

import pytest

from sockrig.scenario.scalars import resolve_scalar


@pytest.mark.parametrize(
    "text", ["on", "off", "yes", "No", "y", "12:30:45", "190:20:30", "2026-01-01", "1_000", "0b1", "1.2.3", "=", "<<"]
)
def test_what_was_special_in_yaml_1_1_is_text(text):
    assert resolve_scalar(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("7777", 7777),
        ("-1", -1),
        ("010", 10),
        ("0o17", 15),
        ("0xff", 255),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        ("nullable", "nullable"),
        ("2s", "2s"),
        ("0x", "0x"),
    ],
)
def test_the_core_schema(text, value):
    resolved = resolve_scalar(text)
    assert resolved == value
    assert type(resolved) is type(value)


def test_nan_is_a_number():
    assert math.isnan(resolve_scalar(".nan"))


def test_a_number_of_a_million_digits_costs_nothing():
    digits = "9" * 1_000_000
    assert resolve_scalar(digits) == digits
