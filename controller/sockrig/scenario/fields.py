"""The types of the fields in a scenario's model.

In Python, quantities are numbers in base units (seconds, bytes); texts with units are taken as well, and a file has
nothing but texts.
"""

import errno
import re
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StrictInt, StrictStr, Tag, WithJsonSchema

from sockrig.scenario.dscp import CODE_POINTS, LARGEST_CODE_POINT, parse_code_point
from sockrig.scenario.part import tag_of_form
from sockrig.scenario.references import NAME_PATTERN
from sockrig.scenario.suggestions import did_you_mean
from sockrig.scenario.units import (
    Dimension,
    Rate,
    format_quantity,
    format_rate,
    parse_duration,
    parse_rate,
    parse_ratio,
    parse_size,
    shown,
    unit_pattern,
)
from sockrig_wire.kinds import FLOW_KINDS, SHORTEST_PHASE_SECONDS

LARGEST_MESSAGE_BYTES = 512 * 1024
"""What one call may send or receive: messages between controller and agent stay below 1 MiB."""
SHORTEST_INTERVAL_SECONDS = 0.1
MOST_AGENTS = 1000
KIND_PATTERN = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
VARIABLE_PATTERN = r"\$"
"""In JSON Schema a variable may stand for any value."""

One = TypeVar("One")


def listed(value: One | tuple[One, ...]) -> tuple[One, ...]:
    """A field that takes one thing or a list of them, as a tuple."""
    return value if isinstance(value, tuple) else (value,)


def _not_empty(value: object) -> object:
    if isinstance(value, (list, tuple, dict)) and not value:
        raise ValueError("nothing here: expected at least one")
    return value


def _text(pattern: str, expected: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"{shown(value)} is not {expected}")
        return value

    return AfterValidator(check)


def _rest(value: object) -> object:
    if value != "rest":
        raise ValueError(f"{shown(value)}: expected a whole number, or rest")
    return value


def _codec(value: str) -> str:
    try:
        "x".encode(value)
    except UnicodeError:
        return value
    except (LookupError, ValueError):
        raise ValueError(f"unknown codec {shown(value)}: expected an encoding of text such as utf-8 or gbk") from None
    return value


def _errno_name(value: str) -> str:
    if not value.startswith("E") or not isinstance(getattr(errno, value, None), int):
        guess = did_you_mean(value, errno.errorcode.values())
        raise ValueError(f"unknown error {shown(value)}; {guess}expected an errno such as ECONNREFUSED or ETIMEDOUT")
    return value


def _hexadecimal(value: str) -> str:
    try:
        bytes.fromhex(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is not hexadecimal: expected pairs of digits such as 00ff10") from None
    return value


def _written_as(dimension: Dimension) -> PlainSerializer:
    return PlainSerializer(lambda value: format_quantity(value, dimension), return_type=str)


def _schema(*dimensions: Dimension, bare_number: bool = True) -> WithJsonSchema:
    text = {"type": "string", "pattern": f"{unit_pattern(*dimensions)}|{VARIABLE_PATTERN}"}
    return WithJsonSchema({"anyOf": [text, {"type": "number", "minimum": 0}]} if bare_number else text)


NOT_EMPTY = BeforeValidator(_not_empty)
"""A list or mapping with at least one thing in it. (pydantic's own bound would count only what is right.)"""
Name = Annotated[
    StrictStr,
    Field(max_length=64),
    _text(NAME_PATTERN, "a name: expected a letter, then letters, digits, - and _"),
]
"""Of a role, a socket or a letter."""
FlowName = Annotated[
    StrictStr,
    Field(max_length=64),
    _text(r"[\w-]([\w /+:-]*[\w/+:-])?", "a flow's name: expected letters, digits, blanks and - _ / + :"),
]
"""Of a flow; expectations begin with it."""
KindName = Annotated[
    StrictStr,
    Field(max_length=64),
    _text(KIND_PATTERN, "a kind of traffic: expected one such as tcp-stream"),
    WithJsonSchema(
        {"anyOf": [{"enum": list(FLOW_KINDS)}, {"type": "string", "pattern": f"^{KIND_PATTERN}$|{VARIABLE_PATTERN}"}]}
    ),
]
"""Of traffic: a built-in one, or one that agents have from another package."""
Title = Annotated[
    StrictStr,
    Field(max_length=200),
    _text(r"(?=.*\S)[^\x00-\x1f\x7f\u2028\u2029\x85]*", "a title: expected one line of text"),
]
"""Of a scenario or a step."""
Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    _written_as(Dimension.TIME),
    _schema(Dimension.TIME),
]
"""Seconds, more than 0."""
Pause = Annotated[
    float,
    BeforeValidator(lambda value: parse_duration(value, zero_allowed=True)),
    _written_as(Dimension.TIME),
    _schema(Dimension.TIME),
]
"""Seconds, 0 or more."""
Interval = Annotated[
    float,
    BeforeValidator(lambda value: parse_duration(value, least_seconds=SHORTEST_INTERVAL_SECONDS)),
    _written_as(Dimension.TIME),
    _schema(Dimension.TIME),
]
"""Seconds between samples."""
Phase = Annotated[
    float,
    BeforeValidator(lambda value: parse_duration(value, least_seconds=SHORTEST_PHASE_SECONDS)),
    _written_as(Dimension.TIME),
    _schema(Dimension.TIME),
]
"""Seconds of a pattern's part."""
Size = Annotated[
    int,
    BeforeValidator(lambda value: parse_size(value, most_bytes=2**30)),
    _written_as(Dimension.SIZE),
    _schema(Dimension.SIZE),
]
"""Bytes of payload; the kind of flow has its own bounds."""
MessageSize = Annotated[
    int,
    BeforeValidator(lambda value: parse_size(value, most_bytes=LARGEST_MESSAGE_BYTES)),
    _written_as(Dimension.SIZE),
    _schema(Dimension.SIZE),
]
"""Bytes of one call."""
Ratio = Annotated[
    float,
    BeforeValidator(parse_ratio),
    _written_as(Dimension.RATIO),
    _schema(Dimension.RATIO),
]
"""0 to 1, as ``0.5 %`` or as a number."""
FlowRate = Annotated[
    Rate,
    BeforeValidator(parse_rate),
    PlainSerializer(format_rate, return_type=str),
    _schema(Dimension.BITS_PER_SECOND, Dimension.PACKETS_PER_SECOND, Dimension.PER_SECOND, bare_number=False),
]
"""Bits, or packets or requests, per second."""
CodePoint = Annotated[
    int,
    BeforeValidator(parse_code_point),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(CODE_POINTS)},
                {"type": "integer", "minimum": 0, "maximum": LARGEST_CODE_POINT},
                {"type": "string", "pattern": VARIABLE_PATTERN},
            ]
        }
    ),
]
"""A Differentiated Services code point, 0 to 63."""
SystemName = Annotated[
    StrictStr,
    _text(
        r"[A-Za-z0-9][A-Za-z0-9_.@:-]{0,14}", "a name of the system: expected at most 15 letters, digits and _ . - @ :"
    ),
]
"""Of a network interface or a congestion control (IFNAMSIZ and TCP_CA_NAME_MAX are 16, with the zero at the end)."""
AgentCount = Annotated[StrictInt, Field(ge=1, le=MOST_AGENTS)]
RoleCount = Annotated[
    Annotated[AgentCount, Tag("<number>")] | Annotated[Literal["rest"], BeforeValidator(_rest), Tag("<word>")],
    tag_of_form({str: "<word>", object: "<number>"}),
]
"""Of the agents of a role: how many, or all that no other role takes."""
Codec = Annotated[StrictStr, AfterValidator(_codec)]
"""Any encoding of text that Python knows."""
ErrnoName = Annotated[StrictStr, AfterValidator(_errno_name)]
"""ECONNREFUSED and the like (errno(3))."""
Hexadecimal = Annotated[StrictStr, AfterValidator(_hexadecimal)]
"""Bytes as pairs of hexadecimal digits."""
OneOrMany = Annotated[
    Annotated[One, Tag("<one>")] | Annotated[tuple[One, ...], NOT_EMPTY, Tag("<many>")],
    tag_of_form({list: "<many>", tuple: "<many>", object: "<one>"}),
]
"""One thing, or a list of at least one."""
