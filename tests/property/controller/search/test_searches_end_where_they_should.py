"""A search ends, within its limits, with bounds around what is there."""

from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sockrig.search.classification import LoadClass, Trial, bounds_of, classes_of, classify
from sockrig.search.goals import LOSS_TOLERANT, PRESETS, RFC2544, SearchGoal
from sockrig.search.outcome import outcome_of
from sockrig.search.strategy import NextTrial, SearchLimits, decide

LEAST, MOST = 1e6, 1e9
SHORT = replace(RFC2544, name="short", initial_trial_seconds=1.0, final_trial_seconds=1.0, duration_sum_seconds=1.0)
goals = st.sampled_from([*PRESETS.values(), SHORT, replace(SHORT, width_ratio=0.05)])
durations = st.sampled_from([0.5, 1.0, 10.0, 60.0])
losses = st.sampled_from([0.0, 0.001, 0.006, 0.5, 1.0])


def search(goals, limits, trial_of):
    """Search with trials that ``trial_of`` makes up."""
    trials, elapsed = [], 0.0
    while isinstance(wanted := decide(goals, limits, trials, elapsed_seconds=elapsed), NextTrial):
        trials.append(trial_of(wanted))
        elapsed += wanted.duration_seconds
    return trials, wanted


def limits(most_trials=300, most_seconds=1e6):
    return SearchLimits(least_load=LEAST, most_load=MOST, most_trials=most_trials, most_seconds=most_seconds)


def passed(capacity, wanted):
    return Trial(wanted.load, wanted.duration_seconds, max(0.0, 1 - capacity / wanted.load))


@given(goals, st.floats(LEAST * 1.02, MOST * 0.98))
def test_an_ideal_bottleneck_is_enclosed_as_closely_as_the_goal_says(goal, capacity):
    trials, end = search([goal], limits(), lambda wanted: passed(capacity, wanted))
    outcome = outcome_of(goal, limits(), trials, end)

    carried = capacity / (1 - goal.loss_ratio)
    if outcome.upper is None:  # with what may be lost, even the largest load is carried
        assert carried >= MOST
        return
    assert outcome.irregular == ""
    assert outcome.lower <= carried * (1 + 1e-9)
    assert outcome.upper >= carried * (1 - 1e-9)
    assert outcome.upper - outcome.lower <= outcome.upper * goal.width_ratio * (1 + 1e-6)
    assert outcome.conditional_throughput <= capacity * (1 + 1e-9)
    assert all(LEAST <= trial.load <= MOST for trial in trials)


@given(goals, st.floats(1.0, LEAST * 0.98))
def test_a_bottleneck_below_all_loads_is_told(goal, capacity):
    trials, end = search([goal], limits(), lambda wanted: passed(capacity, wanted))
    outcome = outcome_of(goal, limits(), trials, end)

    assert (outcome.lower, outcome.upper) == (None, LEAST)
    assert outcome.irregular == "even the smallest load loses"


@given(goals, st.floats(MOST, 10 * MOST))
def test_a_network_that_carries_all_loads_is_told(goal, capacity):
    trials, end = search([goal], limits(), lambda wanted: passed(capacity, wanted))
    outcome = outcome_of(goal, limits(), trials, end)

    assert (outcome.lower, outcome.upper) == (MOST, None)
    assert outcome.irregular == "the largest load still passes"


@given(goals, st.floats(LEAST, MOST * 0.9))
def test_a_sender_that_is_slower_than_the_network_is_told(goal, ceiling):
    def trial_of(wanted):
        return Trial(min(wanted.load, ceiling), wanted.duration_seconds, 0.0, wanted.load)

    trials, end = search([goal], limits(), trial_of)
    outcome = outcome_of(goal, limits(), trials, end)

    assert outcome.lower == ceiling
    assert outcome.irregular.startswith("limited by the sender")


@given(st.lists(goals, min_size=1, max_size=3), st.integers(0, 2**32), st.integers(1, 60), st.floats(1.0, 500.0))
@settings(max_examples=50)
def test_a_search_ends_within_its_limits_whatever_its_trials_bring(goals, seed, most_trials, most_seconds):
    random, bounded = Random(seed), limits(most_trials, most_seconds)

    def trial_of(wanted):
        offered = wanted.load * random.choice([1.0, 1.0, 0.7])
        return Trial(offered, wanted.duration_seconds, random.choice([0.0, 0.003, 0.2, 1.0]), wanted.load)

    trials, end = search(goals, bounded, trial_of)

    assert len(trials) <= most_trials
    assert sum(trial.duration_seconds for trial in trials) <= most_seconds
    for goal in goals:
        outcome = outcome_of(goal, bounded, trials, end)
        if outcome.lower is not None and outcome.upper is not None:
            assert outcome.lower < outcome.upper


MANY_TRIALS_A_LOAD = replace(
    LOSS_TOLERANT,
    initial_trial_seconds=1.0,
    final_trial_seconds=1.0,
    duration_sum_seconds=21.0,
)


@given(goals, st.floats(2 * LEAST, MOST / 2), st.integers(0, 2**32))
@example(MANY_TRIALS_A_LOAD, 9981642.0, 130)  # so many lower bounds that the next stride upwards has no number
@settings(max_examples=50)
def test_with_noise_every_bound_that_is_told_follows_from_its_own_trials(goal, capacity, seed):
    random = Random(seed)

    def trial_of(wanted):
        clean = passed(capacity, wanted)
        return replace(clean, loss_ratio=min(1.0, clean.loss_ratio + random.choice([0.0, 0.0, 0.0, 0.01])))

    trials, end = search([goal], limits(), trial_of)
    outcome = outcome_of(goal, limits(), trials, end)

    for load, wanted in ((outcome.lower, LoadClass.LOWER_BOUND), (outcome.upper, LoadClass.UPPER_BOUND)):
        if load is not None:
            assert classify(goal, [trial for trial in trials if trial.load == load]) is wanted
    if outcome.lower is not None:
        assert outcome.lower <= capacity / (1 - goal.loss_ratio) * (1 + 1e-9), "noise loses; it carries nothing"


@given(goals, st.lists(st.builds(Trial, st.just(1.0), durations, losses), max_size=30), durations)
def test_a_trial_without_loss_never_makes_an_upper_bound_of_anything_else(goal, trials, seconds):
    before, after = classify(goal, trials), classify(goal, [*trials, Trial(1.0, seconds, 0.0)])

    if after is LoadClass.UPPER_BOUND:
        assert before is LoadClass.UPPER_BOUND
    if before is LoadClass.LOWER_BOUND:
        assert after is LoadClass.LOWER_BOUND


@given(goals, st.lists(st.builds(Trial, st.just(1.0), durations, losses), max_size=30), st.permutations(range(30)))
def test_the_order_of_trials_does_not_matter(goal, trials, order):
    mixed = [trials[index] for index in order if index < len(trials)]

    assert classify(goal, mixed) is classify(goal, trials)
    assert bounds_of(classes_of(goal, mixed)) == bounds_of(classes_of(goal, trials))


@given(goals)
def test_targets_grow_to_the_goal_itself(goal: SearchGoal):
    targets = goal.targets

    assert targets[-1] == goal
    for coarse, fine in pairwise(targets):
        assert coarse.width_ratio > fine.width_ratio
        assert coarse.final_trial_seconds <= fine.final_trial_seconds
        assert coarse.duration_sum_seconds < fine.duration_sum_seconds
