"""Goals keep to what RFC 9971 allows, and the presets are what their sources say."""

from dataclasses import replace

import pytest

from sockrig.search.goals import LOSS_TOLERANT, PRESETS, RFC2544, TST009


def test_the_presets_for_standards_are_those_of_the_rfc():
    assert (RFC2544.final_trial_seconds, RFC2544.duration_sum_seconds) == (60, 60)
    assert (RFC2544.loss_ratio, RFC2544.exceed_ratio) == (0, 0)
    assert (TST009.final_trial_seconds, TST009.duration_sum_seconds) == (60, 120)
    assert (TST009.loss_ratio, TST009.exceed_ratio) == (0, 0.5)
    assert set(PRESETS) == {"rfc2544", "tst009", "loss-tolerant"}


def test_the_width_is_not_below_the_loss_ratio_as_the_rfc_recommends():
    assert all(goal.width_ratio >= goal.loss_ratio for goal in PRESETS.values())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"loss_ratio": 1.0}, "loss: "),
        ({"loss_ratio": -0.1}, "loss: "),
        ({"exceed_ratio": 1.0}, "exceed: "),
        ({"width_ratio": 0.0}, "width: "),
        ({"width_ratio": 1.0}, "width: "),
        ({"initial_trial_seconds": 61.0}, "first: "),
        ({"initial_trial_seconds": 0.0}, "first: "),
        ({"duration_sum_seconds": 59.0}, "sum: "),
    ],
)
def test_a_value_outside_of_its_bounds_is_refused_by_the_name_of_its_key(wrong, message):
    with pytest.raises(ValueError, match=message):
        replace(RFC2544, **wrong)


def test_a_goal_whose_trials_are_all_alike_has_no_coarser_targets():
    assert replace(RFC2544, initial_trial_seconds=60.0).targets == (replace(RFC2544, initial_trial_seconds=60.0),)


def test_coarser_targets_begin_with_one_of_the_shortest_trials():
    first, second, last = LOSS_TOLERANT.targets

    assert (first.final_trial_seconds, first.duration_sum_seconds) == (1.0, 1.0)
    assert (second.final_trial_seconds, second.duration_sum_seconds) == (1.0, 4.583)
    assert first.width_ratio == pytest.approx(4 * last.width_ratio, rel=0.02)
    assert second.width_ratio == pytest.approx(2 * last.width_ratio, rel=0.02)
