"""Which trial comes next."""

from dataclasses import replace

import pytest

from sockrig.search.classification import Trial
from sockrig.search.goals import RFC2544
from sockrig.search.outcome import outcome_of
from sockrig.search.strategy import NextTrial, SearchEnd, SearchLimits, ceiling_of, decide

GOAL = replace(RFC2544, initial_trial_seconds=2.0, final_trial_seconds=2.0, duration_sum_seconds=2.0)
LIMITS = SearchLimits(least_load=1.0, most_load=1000.0, most_trials=50, most_seconds=1000.0)


def trial(load, loss=0.0, seconds=2.0, asked=0.0):
    return Trial(load, seconds, loss, asked)


def next_load(*trials, goal=GOAL):
    decision = decide([goal], LIMITS, trials, elapsed_seconds=0.0)
    assert isinstance(decision, NextTrial)
    return decision.load


def test_the_largest_load_is_first_and_what_it_forwarded_is_the_next_guess():
    assert next_load() == 1000.0
    assert next_load(trial(1000.0, loss=0.9)) == pytest.approx(99.0)


def test_from_a_good_guess_it_goes_up_in_strides_that_double():
    guess = (trial(1000.0, loss=0.9), trial(99.0))

    assert next_load(*guess) == pytest.approx(100.0)
    assert next_load(*guess, trial(100.0)) == pytest.approx(100 / 0.99**2, rel=1e-5)
    assert next_load(*guess, trial(100.0), trial(102.03)) == pytest.approx(102.03 / 0.99**4, rel=1e-5)


def test_from_a_bad_guess_it_goes_down_in_strides_that_double():
    guess = (trial(1000.0, loss=0.9), trial(99.0, loss=0.0001))

    assert next_load(*guess) == pytest.approx(99 * 0.9999 * 0.99**2, rel=1e-5)
    assert next_load(*guess, trial(97.0, loss=0.0001)) == pytest.approx(97 * 0.9999 * 0.99**4, rel=1e-5)


def test_between_near_bounds_the_interval_is_halved_in_logarithmic_scale():
    assert next_load(trial(100.0), trial(104.04, loss=0.1), trial(1000.0, loss=0.9)) == pytest.approx(101.0, rel=0.001)


def test_a_load_that_is_not_decided_yet_is_tried_again():
    twice = replace(GOAL, exceed_ratio=0.5, duration_sum_seconds=4.0, initial_trial_seconds=2.0)
    once = (trial(1000.0, loss=0.9), trial(1000.0, loss=0.9), trial(99.0), trial(100.0, loss=0.01))

    assert next_load(*once, goal=twice) == 100.0


def test_a_short_trial_that_passes_is_followed_by_a_longer_one_at_the_same_load():
    growing = replace(GOAL, initial_trial_seconds=0.5)
    done = [trial(1000.0, loss=0.9, seconds=0.5)]
    while True:
        decision = decide([growing], LIMITS, done, elapsed_seconds=0.0)
        if isinstance(decision, SearchEnd):
            break
        done.append(trial(decision.load, max(0.0, 1 - 100 / decision.load), decision.duration_seconds))

    lower = outcome_of(growing, LIMITS, done, decision).lower
    assert [one.duration_seconds for one in done if one.load == lower] == [0.5, 1.0, 2.0]


def test_one_sender_that_fell_short_proves_nothing_and_two_do():
    short = trial(600.0, asked=1000.0)

    assert ceiling_of([short]) is None
    assert next_load(short) == 1000.0
    assert ceiling_of([short, trial(590.0, asked=1000.0)]) == 600.0
    assert ceiling_of([short, trial(590.0, asked=1000.0), trial(700.0)]) == 700.0
    assert decide([GOAL], LIMITS, [short, trial(590.0, asked=1000.0)], elapsed_seconds=0.0) == SearchEnd()


def test_a_goal_that_is_reached_gives_way_to_the_next():
    tolerant = replace(GOAL, loss_ratio=0.05)
    reached = (trial(1000.0, loss=0.9), trial(100.0), trial(101.0, loss=0.01))

    assert decide([GOAL], LIMITS, reached, elapsed_seconds=0.0) == SearchEnd()
    following = decide([GOAL, tolerant], LIMITS, reached, elapsed_seconds=0.0)
    assert isinstance(following, NextTrial)
    assert following.load > 101.0


def test_limits_end_it_with_a_reason_that_the_outcome_repeats():
    done = (trial(1000.0, loss=0.9), trial(99.0))
    few = decide([GOAL], replace(LIMITS, most_trials=2), done, elapsed_seconds=0.0)
    late = decide([GOAL], LIMITS, done, elapsed_seconds=999.0)

    assert few == SearchEnd("it ended after 2 trials")
    assert isinstance(late, SearchEnd)
    assert late.why.startswith("it ended after 999 s")
    assert outcome_of(GOAL, LIMITS, done, few).irregular == "it ended after 2 trials: the bounds are still 90 % apart"
    assert outcome_of(GOAL, LIMITS, done[:1], few).irregular == "it ended after 2 trials: no lower bound was found"
    assert outcome_of(GOAL, LIMITS, [], few).irregular == "it ended after 2 trials: no lower and upper bound was found"
