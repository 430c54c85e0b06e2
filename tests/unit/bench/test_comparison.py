"""Medians, ratios pair by pair, and targets; all figures are made up."""

import pytest
from tests.bench.comparison import GIBIBYTE, Judgement, Spread, judged, paired_ratios, standings
from tests.bench.measurement import ASKED, BEST, CEILING, OURS, Quantity, Reading, Target, Trial


def trials(tool, *values, **reading):
    """One trial a round; None is a round that failed."""
    return [
        Trial(tool=tool, round=number, commands=(), problem="it fell over")
        if value is None
        else Trial(tool=tool, round=number, commands=(), reading=Reading(value=value, **reading))
        for number, value in enumerate(values, start=1)
    ]


def standing_of(tool, some, *targets, quantity=Quantity.BITS_PER_SECOND):
    tools = list(dict.fromkeys(trial.tool for trial in some))
    return next(each for each in standings(tools, some, targets, quantity) if each.tool == tool)


def test_a_ratio_is_of_the_same_round():
    some = [*trials(OURS, 10.0, 20.0, 90.0), *trials("other", 5.0, 5.0, 30.0)]

    assert paired_ratios(some, "other") == [2.0, 4.0, 3.0]
    assert standing_of("other", some).ratio == Spread(2.0, 3.0, 4.0)


def test_the_median_of_ratios_is_not_the_ratio_of_medians():
    some = [*trials(OURS, 1.0, 10.0, 100.0), *trials("other", 1.0, 100.0, 10.0)]

    assert standing_of("other", some).ratio.median == 1.0
    assert standing_of("other", some).ratio.max == 10.0


def test_a_round_in_which_one_failed_is_no_pair():
    some = [*trials(OURS, 10.0, None, 30.0), *trials("other", None, 5.0, 10.0)]

    assert paired_ratios(some, "other") == [3.0]


def test_a_tool_that_never_gave_a_figure_is_not_compared_and_says_why_once():
    some = [*trials(OURS, 10.0, 10.0), *trials("other", None, None)]
    standing = standing_of("other", some, Target("other", 1.0))

    assert (standing.figures, standing.ratio, standing.problem) == (None, None, "it fell over")
    assert standing.judgements == (Judgement(Target("other", 1.0), None, None),)


@pytest.mark.parametrize(
    ("quantity", "reached", "met"),
    [
        (Quantity.BITS_PER_SECOND, 1.5, True),
        (Quantity.BITS_PER_SECOND, 1.49, False),
        (Quantity.SECONDS, 1.5, True),
        (Quantity.SECONDS, 1.51, False),
    ],
)
def test_rates_are_to_be_at_least_the_target_and_times_at_most(quantity, reached, met):
    judgement = judged(Target("other", 1.5), Spread(0.0, reached, 9.0), quantity)

    assert (judgement.reached, judgement.met) == (reached, met)


def test_the_best_of_all_is_the_peer_with_the_best_median_and_never_the_ceiling():
    some = [*trials(OURS, 10.0), *trials("slow", 2.0), *trials("fast", 8.0), *trials(CEILING, 50.0)]
    target = Target(BEST, 1.1)

    assert standing_of("fast", some, target).judgements == (Judgement(target, 1.25, True),)
    assert standing_of("slow", some, target).judgements == ()
    assert standing_of(CEILING, some, target).judgements == ()


def test_of_times_the_best_is_the_shortest():
    some = [*trials(OURS, 10.0), *trials("slow", 20.0), *trials("fast", 8.0)]

    assert standing_of("fast", some, Target(BEST, 1.3), quantity=Quantity.SECONDS).judgements[0].met


def test_what_was_asked_for_is_judged_by_our_own_figure():
    some = [*trials(OURS, 0.0001, 0.0009, 0.0002), *trials("other", 1.0, 1.0, 1.0)]
    target = Target(ASKED, 0.0005)

    assert standing_of(OURS, some, target, quantity=Quantity.RATIO).judgements == (Judgement(target, 0.0002, True),)
    assert standing_of("other", some, target, quantity=Quantity.RATIO).judgements == ()


def test_cpu_is_of_what_was_carried():
    some = trials(OURS, 1.0, 1.0, carried_bytes=GIBIBYTE // 2, cpu_seconds=0.4)

    assert standing_of(OURS, some).cpu_seconds_per_gibibyte == pytest.approx(0.8)


def test_without_bytes_there_is_no_cpu_a_byte():
    assert standing_of(OURS, trials(OURS, 1.0, cpu_seconds=0.4)).cpu_seconds_per_gibibyte is None
