"""Guesses at what was meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'? `` where a known word is close, else nothing."""
    close = difflib.get_close_matches(word[:80], list(known), 1)
    return f"did you mean {close[0]!r}? " if close else ""
