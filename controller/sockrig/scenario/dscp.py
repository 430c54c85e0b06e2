"""Differentiated Services code points by their names: ``ef``, ``af41``, ``cs5``; or as a number."""

from collections.abc import Mapping
from types import MappingProxyType

from sockrig.scenario.suggestions import did_you_mean
from sockrig.scenario.units import shown

LARGEST_CODE_POINT = 63
"""Six bits of the octet (RFC 2474 section 3)."""

CODE_POINTS: Mapping[str, int] = MappingProxyType(
    {
        **{f"cs{precedence}": precedence << 3 for precedence in range(8)},
        **{f"af{group}{drop}": (group << 3) + (drop << 1) for group in range(1, 5) for drop in range(1, 4)},
        "ef": 46,
        "voice-admit": 44,
        "le": 1,
    }
)
"""Of RFC 2474 (class selectors), RFC 2597 (assured), RFC 3246 (expedited), RFC 5865 and RFC 8622 (lower effort)."""


def parse_code_point(value: object) -> int:
    """A code point from its name or its number.

    Raises:
        ValueError: it is neither, with what was expected.
    """
    if isinstance(value, str) and value.lower() in CODE_POINTS:
        return CODE_POINTS[value.lower()]
    if isinstance(value, str) and value.isdecimal() and len(value) <= len(str(LARGEST_CODE_POINT)):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_CODE_POINT:
        return value
    guess = did_you_mean(str(value), CODE_POINTS)
    raise ValueError(
        f"{shown(value)} is no code point; {guess}expected 0 to {LARGEST_CODE_POINT}, or a name such as ef, af41 or cs5"
    )
