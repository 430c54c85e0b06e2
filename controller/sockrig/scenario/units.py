"""Quantities with units: ``500ms``, ``50 Mbit/s``, ``2000 pps``, ``64 B``, ``0.5 %``, ``200/s``.

Decimal prefixes are powers of 1000 and binary ones (KiB, MiB, GiB) powers of 1024, after IEC 80000-13. Values are
computed in decimal arithmetic, so that ``1.1 ms`` is exactly the float nearest to 0.0011.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from types import MappingProxyType

LONGEST_DURATION_SECONDS = 30 * 24 * 3600.0
"""A soak test of a month; beyond it a typing error is likelier."""
FASTEST_RATE = 1e15
"""Bits or packets per second; no link comes near it."""


class Dimension(Enum):
    """What a number counts; the value says so to people."""

    TIME = "a time such as 2s or 500ms"
    BITS_PER_SECOND = "a bit rate such as 50 Mbit/s"
    PACKETS_PER_SECOND = "a packet rate such as 2000 pps"
    SIZE = "a size such as 64 B or 128 KiB"
    RATIO = "a ratio such as 0.5 % or 0.005"
    COUNT = "a plain number"
    PER_SECOND = "a number per second such as 200/s"
    WORD = "a word"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in the base unit of its dimension: seconds, bit/s, packets/s, bytes, 1, 1/s."""

    value: float
    dimension: Dimension


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a flow is to go: exactly one of the two is set."""

    bits_per_second: float | None = None
    packets_per_second: float | None = None


_UNITS = MappingProxyType(
    {
        "ns": (Decimal("1e-9"), Dimension.TIME),
        "us": (Decimal("1e-6"), Dimension.TIME),
        "µs": (Decimal("1e-6"), Dimension.TIME),
        "ms": (Decimal("1e-3"), Dimension.TIME),
        "s": (Decimal(1), Dimension.TIME),
        "m": (Decimal(60), Dimension.TIME),
        "min": (Decimal(60), Dimension.TIME),
        "h": (Decimal(3600), Dimension.TIME),
        "bit/s": (Decimal(1), Dimension.BITS_PER_SECOND),
        "kbit/s": (Decimal(10) ** 3, Dimension.BITS_PER_SECOND),
        "Mbit/s": (Decimal(10) ** 6, Dimension.BITS_PER_SECOND),
        "Gbit/s": (Decimal(10) ** 9, Dimension.BITS_PER_SECOND),
        "pps": (Decimal(1), Dimension.PACKETS_PER_SECOND),
        "kpps": (Decimal(10) ** 3, Dimension.PACKETS_PER_SECOND),
        "Mpps": (Decimal(10) ** 6, Dimension.PACKETS_PER_SECOND),
        "B": (Decimal(1), Dimension.SIZE),
        "kB": (Decimal(10) ** 3, Dimension.SIZE),
        "KB": (Decimal(10) ** 3, Dimension.SIZE),
        "MB": (Decimal(10) ** 6, Dimension.SIZE),
        "GB": (Decimal(10) ** 9, Dimension.SIZE),
        "KiB": (Decimal(2) ** 10, Dimension.SIZE),
        "MiB": (Decimal(2) ** 20, Dimension.SIZE),
        "GiB": (Decimal(2) ** 30, Dimension.SIZE),
        "%": (Decimal("0.01"), Dimension.RATIO),
        "/s": (Decimal(1), Dimension.PER_SECOND),
        "": (Decimal(1), Dimension.COUNT),
    }
)
_SHOWN_UNITS = MappingProxyType(
    {
        Dimension.TIME: ("s", "ms", "us", "ns"),
        Dimension.BITS_PER_SECOND: ("Gbit/s", "Mbit/s", "kbit/s", "bit/s"),
        Dimension.PACKETS_PER_SECOND: ("Mpps", "kpps", "pps"),
        Dimension.SIZE: ("GB", "MB", "KB", "B"),
        Dimension.RATIO: ("%",),
        Dimension.COUNT: ("",),
        Dimension.PER_SECOND: ("/s",),
    }
)
_BINARY_UNITS = ("GiB", "MiB", "KiB")
NUMBER_PATTERN = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_QUANTITY = re.compile(rf"(?P<number>{NUMBER_PATTERN})\s*(?P<unit>[A-Za-zµ%/]*)")
_LONGEST_TEXT = 80


def unit_pattern(*dimensions: Dimension) -> str:
    """A regular expression for quantities of these dimensions, for JSON Schema."""
    units = "|".join(re.escape(unit) for unit, (_, dimension) in _UNITS.items() if unit and dimension in dimensions)
    return rf"^\s*{NUMBER_PATTERN}\s*({units})\s*$"


def parse_quantity(text: str) -> Quantity:
    """Read a number and its unit; a number alone has :attr:`Dimension.COUNT`.

    Raises:
        ValueError: it is not a number with a known unit, and why.
    """
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= _LONGEST_TEXT else None
    if match is None:
        raise ValueError(f"{shown(text)} is not a number with a unit")
    unit = match["unit"]
    if unit not in _UNITS:
        known = ", ".join(name for name in _UNITS if name)
        raise ValueError(f"{shown(text)} has an unknown unit {unit!r}: known are {known}")
    factor, dimension = _UNITS[unit]
    value = float(Decimal(match["number"]) * factor)
    if value in {float("inf"), float("-inf")}:
        raise ValueError(f"{shown(text)} is too large a number")
    return Quantity(value, dimension)


def format_quantity(value: float, dimension: Dimension) -> str:
    """The shortest usual text of ``value``; :func:`parse_quantity` gives exactly the same number back."""
    exact = Decimal(repr(float(value)))
    units: tuple[str, ...] = _SHOWN_UNITS[dimension]
    if dimension is Dimension.SIZE:
        units = (*(unit for unit in _BINARY_UNITS if exact and exact % _UNITS[unit][0] == 0), *units)
    unit = next((unit for unit in units if abs(exact) >= _UNITS[unit][0]), units[-1] if exact else _base_unit(units))
    number = (exact / _UNITS[unit][0]).normalize()
    text = f"{number:f}" if -15 < number.adjusted() < 15 else f"{number:e}"
    separator = "" if unit in {"", "/s"} else " "
    return f"{text}{separator}{unit}"


def parse_duration(value: object, *, least_seconds: float = 0.0, zero_allowed: bool = False) -> float:
    """Seconds from ``2s``, or from a number, which is in seconds.

    Raises:
        ValueError: it is no such time, with what was expected.
    """
    least = f" of at least {format_quantity(least_seconds, Dimension.TIME)}" if least_seconds else ""
    wanted = "a time of 0 s or more" if zero_allowed else f"a positive time{least}"
    expected = f"{shown(value)} is not a duration: expected {wanted} such as 2s or 500ms"
    seconds = _in_base_unit(value, Dimension.TIME, expected)
    if seconds < 0 or (seconds == 0 and not zero_allowed) or seconds < least_seconds:
        raise ValueError(expected)
    if seconds > LONGEST_DURATION_SECONDS:
        raise ValueError(f"{shown(value)} is too long: the longest is {LONGEST_DURATION_SECONDS / 3600:.0f}h")
    return seconds


def parse_size(value: object, *, most_bytes: int) -> int:
    """Bytes from ``64 B``, or from a number, which is in bytes.

    Raises:
        ValueError: it is no such size, with what was expected.
    """
    expected = f"{shown(value)} is not a size: expected whole bytes such as 64 B or 128 KiB"
    size = _in_base_unit(value, Dimension.SIZE, expected)
    if size <= 0 or size != int(size):
        raise ValueError(expected)
    if size > most_bytes:
        raise ValueError(f"{shown(value)} is too large: at most {format_quantity(most_bytes, Dimension.SIZE)}")
    return int(size)


def parse_ratio(value: object) -> float:
    """A ratio from ``0.5 %``, or from a number from 0 to 1.

    Raises:
        ValueError: it is no such ratio, with what was expected.
    """
    expected = f"{shown(value)} is not a ratio: expected 0 % to 100 %, such as 0.5 % or 0.005"
    ratio = _in_base_unit(value, Dimension.RATIO, expected)
    if not 0 <= ratio <= 1:
        raise ValueError(expected)
    return ratio


def parse_rate(value: object) -> Rate:
    """A rate from ``2000 pps``, ``50 Mbit/s`` or ``200/s``.

    Raises:
        ValueError: it is no such rate, with what was expected.
    """
    if isinstance(value, Rate):
        return value
    expected = f"{shown(value)} is not a rate: expected a positive rate with its unit, such as 2000 pps or 50 Mbit/s"
    if not isinstance(value, str):
        raise ValueError(expected)  # noqa: TRY004 - pydantic takes a ValueError as the user's fault
    try:
        quantity = parse_quantity(value)
    except ValueError as error:
        raise ValueError(f"{error}; expected a rate such as 2000 pps or 50 Mbit/s") from None
    if quantity.value <= 0:
        raise ValueError(expected)
    if quantity.value > FASTEST_RATE:
        raise ValueError(f"{shown(value)} is too fast: at most {FASTEST_RATE:g} a second")
    if quantity.dimension is Dimension.BITS_PER_SECOND:
        return Rate(bits_per_second=quantity.value)
    if quantity.dimension in {Dimension.PACKETS_PER_SECOND, Dimension.PER_SECOND}:
        return Rate(packets_per_second=quantity.value)
    raise ValueError(expected)


def format_rate(rate: Rate) -> str:
    """The text of a rate that :func:`parse_rate` reads back."""
    if rate.bits_per_second is not None:
        return format_quantity(rate.bits_per_second, Dimension.BITS_PER_SECOND)
    return format_quantity(rate.packets_per_second or 0.0, Dimension.PACKETS_PER_SECOND)


def shown(value: object) -> str:
    """A value as a message shows it: as it was written, cut where it is long, with nothing that breaks a line."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif value is None:
        text = "nothing"
    elif isinstance(value, (dict, list, tuple)):
        text = "a mapping" if isinstance(value, dict) else "a list"
    else:
        text = str(value)
    if not text.isprintable() or not text.strip():
        text = repr(text)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _base_unit(units: tuple[str, ...]) -> str:
    return next((unit for unit in units if _UNITS[unit][0] == 1), units[-1])


def _in_base_unit(value: object, dimension: Dimension, expected: str) -> float:
    """A quantity of ``dimension``; a number without a unit is in its base unit."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            raise ValueError(expected) from None
        if number != number or number in {float("inf"), float("-inf")}:  # noqa: PLR0124 - NaN differs from itself
            raise ValueError(expected)
        return number
    if not isinstance(value, str):
        raise ValueError(expected)  # noqa: TRY004 - pydantic takes a ValueError as the user's fault
    try:
        quantity = parse_quantity(value)
    except ValueError:
        raise ValueError(expected) from None
    if quantity.dimension not in {dimension, Dimension.COUNT}:
        raise ValueError(expected)
    return quantity.value
