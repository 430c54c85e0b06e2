r"""Text from elsewhere made safe to show. Pure.

What a remote socket sent, or what an agent calls itself, may hold escape sequences that move the cursor, or bytes that
XML cannot hold. Such characters are shown as Python writes them (``\x1b``).
"""

from unicodedata import category

_LINE_AND_PARAGRAPH_SEPARATORS = ("Zl", "Zp")


def printable(text: str) -> str:
    """The text on one line with every control, format, surrogate and unassigned character escaped."""
    return "".join(one if _shows(one) else one.encode("unicode_escape").decode("ascii") for one in text)


def _shows(character: str) -> bool:
    kind = category(character)
    return not kind.startswith("C") and kind not in _LINE_AND_PARAGRAPH_SEPARATORS
