"""Words that lines and live tables share."""

import pytest

from sockrig.cli.words import counted, names_in_words, phase_words, step_words
from sockrig_wire.model.controller import PhaseReached, StepStarted


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b"), "a and b"),
        (("a", "b", "c"), "a, b and c"),
        (tuple("abcdefghi"), "a, b, c, d, e, f and 3 more"),
    ],
)
def test_names_are_listed_as_a_sentence_does(names, words):
    assert names_in_words(names) == words


def test_a_phase_tells_how_long_it_lasts_and_whom_it_waits_for():
    assert phase_words(PhaseReached("armed")) == "armed"
    assert phase_words(PhaseReached("running", (), 2.5)) == "running for 2.5 s"
    assert phase_words(PhaseReached("drain", ("a", "b"))) == "drain, waiting for a and b"


def test_one_is_singular():
    assert counted(1, "agent") == "1 agent"
    assert counted(0, "agent") == "0 agents"
    assert counted(12345, "step") == "12,345 steps"


def test_a_step_says_its_number_and_how_many_there_are_or_may_be():
    assert step_words(StepStarted(1, 5, "x")) == "step 2 of 5"
    assert step_words(StepStarted(1, 20, "x", at_most=True)) == "step 2 of at most 20"
