"""The names of repeated steps, by which one repetition is known in the others and in other runs. Pure."""

import re

from sockrig.results.model.step import StepResult

_NUMBER = re.compile(r", \d+ of (at most )?\d+")
"""What the name of a repetition has behind that of its step."""


def unnumbered(name: str) -> str:
    """The name of a repetition without its number, and without those of the groups that it is in."""
    return _NUMBER.sub("", name)


def plain_name(step: StepResult) -> str:
    """The step's name, which its repetitions share."""
    return step.name if step.repetition is None else unnumbered(step.name)
