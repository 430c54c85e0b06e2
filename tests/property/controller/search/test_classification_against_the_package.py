"""Loads are classified as MLRsearch of PyPI does it, where both define the same.

The definitions agree on the classification and on the conditional throughput of a load. They differ in what a trial's
loss is: the package counts packets that could not be sent as lost, and by the load that was intended; here such a
trial is classified under the load that was really offered. So all trials here offer what was intended. The package
compares sums of floats exactly and this project with a slack of 1e-9, so durations here are sums without rounding; and
where the time that balances short trials is rounded, nothing is compared that lies just at the exceed ratio.
"""

from hypothesis import assume, given
from hypothesis import strategies as st
from MLRsearch.target_spec import TargetSpec
from MLRsearch.target_stat import TargetStat
from MLRsearch.trial_measurement import MeasurementResult

from sockrig.search.classification import LoadClass, Trial, classify, conditional_throughput, exceed_ratios
from sockrig.search.goals import SearchGoal

PACKETS = 1000
LOAD = 1024.0

goals = st.builds(
    lambda loss, exceed, full, times: SearchGoal(
        name="any",
        loss_ratio=loss / PACKETS,
        exceed_ratio=exceed,
        initial_trial_seconds=full,
        final_trial_seconds=full,
        duration_sum_seconds=full * times,
        width_ratio=0.01,
    ),
    st.sampled_from([0, 1, 5, 100]),
    st.sampled_from([0.0, 0.125, 0.25, 0.5, 0.75]),
    st.sampled_from([1.0, 2.0, 60.0]),
    st.integers(1, 20),
)
trials = st.lists(
    st.builds(
        lambda seconds, lost: Trial(LOAD, seconds, lost / PACKETS),
        st.sampled_from([0.5, 1.0, 2.0, 60.0]),
        st.sampled_from([0, 0, 0, 1, 2, 5, 6, 100, PACKETS]),
    ),
    max_size=40,
)


def statistics_of_the_package(goal, all_trials):
    statistics = TargetStat(
        TargetSpec(
            loss_ratio=goal.loss_ratio,
            exceed_ratio=goal.exceed_ratio,
            discrete_width=None,
            trial_duration=goal.final_trial_seconds,
            duration_sum=goal.duration_sum_seconds,
            expansion_coefficient=2,
            fail_fast=False,
            preceding=None,
        )
    )
    for trial in all_trials:
        lost = round(trial.loss_ratio * PACKETS)
        statistics.add(
            MeasurementResult(
                intended_duration=trial.duration_seconds,
                intended_load=trial.load,
                offered_count=PACKETS,
                loss_count=lost,
                forwarding_count=PACKETS - lost,
            )
        )
    return statistics


WITHOUT_ROUNDING = (0.0, 0.5, 0.75)
"""Exceed ratios e with a whole number e / (1 - e)."""


@given(goals, trials)
def test_the_class_is_the_same(goal, all_trials):
    ratios = exceed_ratios(goal, all_trials)
    if goal.exceed_ratio not in WITHOUT_ROUNDING:
        assume(all(abs(one - goal.exceed_ratio) > 1e-9 for one in (ratios.optimistic, ratios.pessimistic)))
    theirs = {
        (True, True): LoadClass.LOWER_BOUND,
        (False, False): LoadClass.UPPER_BOUND,
        (True, False): LoadClass.UNDECIDED,
    }[statistics_of_the_package(goal, all_trials).estimates()]

    assert classify(goal, all_trials) is theirs


@given(goals, trials)
def test_the_conditional_throughput_of_a_lower_bound_is_the_same(goal, all_trials):
    if classify(goal, all_trials) is LoadClass.LOWER_BOUND:
        theirs = LOAD * (1 - statistics_of_the_package(goal, all_trials).pessimistic_loss_ratio)

        assert abs(conditional_throughput(goal, LOAD, all_trials) - theirs) < 1e-9 * LOAD
