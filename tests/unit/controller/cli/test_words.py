"""Words that lines and live tables share."""

from dataclasses import replace

import pytest

from sockrig.cli.words import counted, names_in_words, phase_words, step_words, trial_words
from sockrig_wire.model.controller import PhaseReached, SearchTrial, StepStarted


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


def test_a_trial_tells_what_was_lost_and_what_is_known_since():
    trial = SearchTrial(
        number=3, most_trials=60, bits_per_second=20e6, packets_per_second=1e3, duration_seconds=2.0, loss_ratio=0.004
    )

    assert trial_words(trial) == "trial 3: 20 Mbit/s for 2 s, 0.4 % lost"
    lower = replace(trial, lower_bound_bits_per_second=19e6)
    assert trial_words(lower).endswith("lost; capacity at least 19 Mbit/s")
    assert trial_words(replace(lower, upper_bound_bits_per_second=20e6)).endswith("; capacity 19 Mbit/s to 20 Mbit/s")
    assert trial_words(replace(trial, upper_bound_bits_per_second=20e6)).endswith("; capacity below 20 Mbit/s")
