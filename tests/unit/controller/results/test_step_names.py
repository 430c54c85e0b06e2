"""Repetitions of one step have one name, and no other step loses any of its own."""

import pytest

from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.step_names import plain_name, unnumbered


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("bulk", "bulk"),
        ("bulk, 2 of 5", "bulk"),
        ("bulk, 2 of at most 10", "bulk"),
        ("g, 1 of 2 / c, 3 of 4", "g / c"),
        ("sized, size=64 B", "sized, size=64 B"),
        ("bulk, 5 repetitions", "bulk, 5 repetitions"),
    ],
)
def test_the_numbers_of_repetitions_are_left_out(name, plain):
    assert unnumbered(name) == plain


def test_a_step_that_is_not_repeated_keeps_its_whole_name():
    step = StepResult(name="half, 1 of 2", verdict=Verdict.PASSED)
    assert plain_name(step) == "half, 1 of 2"
