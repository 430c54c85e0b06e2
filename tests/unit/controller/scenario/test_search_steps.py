"""Searches as a person writes them, and the plan that comes of them."""

import pytest

from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import SearchStep, describe
from sockrig.scenario.writing import to_yaml
from sockrig.search.goals import LOSS_TOLERANT, RFC2544

TEXT = """scenario: capacity
agents: {a: {}, b: {}}
steps:
  - name: how much fits
    search:
      flow: {kind: udp-stream, from: a, to: b, size: 1400 B}
      rate: {from: 1 Mbit/s, to: 1 Gbit/s}
      goal: rfc2544
      most: 60
    expect: [capacity >= 95 Mbit/s]
"""


@pytest.fixture
def planned(expand_text):
    """The one step of the text, changed."""

    def of(old="", new="", *, agents=("x", "y")):
        assert old in TEXT
        (step,) = expand_text(TEXT.replace(old, new) if old else TEXT, *agents).steps
        assert isinstance(step, SearchStep)
        return step

    return of


def test_a_search_has_its_flows_its_range_its_goal_and_its_limits(planned):
    step = planned()

    assert [(flow.source, flow.destination, flow.spec.size_bytes) for flow in step.flows] == [("x", "y", 1400)]
    assert (step.limits.least_load, step.limits.most_load, step.in_packets) == (1e6, 1e9, False)
    assert (step.limits.most_trials, step.limits.most_seconds) == (60, 3600)
    assert step.goals == (RFC2544,)
    assert [expectation.metric for expectation in step.expectations] == ["capacity"]


def test_a_range_may_be_in_packets(planned):
    step = planned("{from: 1 Mbit/s, to: 1 Gbit/s}", "{from: 10 pps, to: 1 Mpps}")

    assert step.in_packets
    assert (step.limits.least_load, step.limits.most_load) == (10, 1e6)


def test_without_a_goal_some_loss_is_tolerated(planned):
    assert planned("      goal: rfc2544\n", "").goals == (LOSS_TOLERANT,)


def test_several_goals_stay_in_their_order(planned):
    assert planned("rfc2544", "[loss-tolerant, rfc2544]").goals == (LOSS_TOLERANT, RFC2544)


def test_a_known_goal_can_be_shortened_and_says_so(planned):
    (goal,) = planned("goal: rfc2544", "goal: {like: rfc2544, trial: 2s}").goals

    assert goal.name == "like rfc2544"
    assert (goal.initial_trial_seconds, goal.final_trial_seconds, goal.duration_sum_seconds) == (1, 2, 2)
    (same,) = planned("goal: rfc2544", "goal: {like: rfc2544, trial: 60s}").goals
    assert same == RFC2544


def test_the_sum_of_a_known_goal_follows_its_trials(planned):
    (goal,) = planned("goal: rfc2544", "goal: {like: tst009, trial: 3s}").goals

    assert (goal.final_trial_seconds, goal.duration_sum_seconds) == (3, 6)


def test_a_goal_of_ones_own_needs_to_say_only_what_differs_from_no_loss_in_one_trial(planned):
    (goal,) = planned("goal: rfc2544", "goal: {loss: 0.5 %, trial: 2s}").goals

    assert goal.name == "own"
    assert (goal.loss_ratio, goal.exceed_ratio, goal.width_ratio) == (0.005, 0, 0.01)
    assert (goal.initial_trial_seconds, goal.final_trial_seconds, goal.duration_sum_seconds) == (2, 2, 2)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("udp-stream", "tcp-stream", "6:20: kind: tcp-stream has no loss to search by: expected udp-stream"),
        ("udp-stream", "udp-rr", "6:20: kind: udp-rr has no loss to search by: expected udp-stream"),
        ("from: a", "rate: 1 Mbit/s, from: a", "6:38: rate: the search sets it: leave rate out"),
        ("from: a", "duration: 2s, from: a", "6:42: duration: the search sets it: leave duration out"),
        ("from: a", "pattern: {burst: 9, gap: 1ms}, from: a", "a search sends evenly: leave pattern out"),
        ("to: 1 Gbit/s", "to: 1 kbit/s", "7:34: to: expected a rate above that of from"),
        ("to: 1 Gbit/s", "to: 1 kpps", "7:34: to: expected a rate of the same unit as from"),
        ("rfc2544", "rfc2545", "8:13: goal: rfc2545: expected 'rfc2544', 'tst009' or 'loss-tolerant'"),
        ("rfc2544", "{trial: 2s, sum: 1s}", "8:30: sum: expected a time that is not shorter than that of a trial"),
        ("rfc2544", "{loss: 200 %}", "8:20: loss: 200 % is not a ratio: expected 0 % to 100 %"),
        ("rfc2544", "{loss: 100 %}", "8:20: loss: expected a ratio of 0 or more and below 1"),
        ("most: 60", "most: 0", "9:13: most: 0: expected at least 1"),
        ("capacity >=", "loss <=", "10:14: "),
        ("capacity >=", "flow.capacity >=", "a search tells capacity alone, such as capacity >= 95 Mbit/s"),
        ("      rate: {from: 1 Mbit/s, to: 1 Gbit/s}\n", "", "6:7: search: 'rate' is missing"),
    ],
)
def test_a_mistake_is_told_with_its_place(old, new, told):
    assert old in TEXT
    with pytest.raises(ScenarioError) as raised:
        load_scenario(TEXT.replace(old, new), file_name="bench.yaml")

    assert told in str(raised.value)


def test_a_capacity_is_told_by_searches_alone():
    flow = "{kind: udp-stream, from: a, to: b, duration: 1s}"
    text = f"scenario: x\nagents: {{a: {{}}, b: {{}}}}\nsteps: [{{flow: {flow}, expect: capacity >= 1 Mbit/s}}]"

    with pytest.raises(ScenarioError, match="udp-stream cannot tell capacity"):
        load_scenario(text, file_name="bench.yaml")


def test_the_plan_says_it_in_words(expand_text):
    told = describe(expand_text(TEXT.replace("goal: rfc2544", "goal: [rfc2544, loss-tolerant]"), "x", "y"))

    assert "x > y: udp-stream, warm-up 500 ms, 1.4 KB, 1 worker parallel\n" in told
    assert "search from 1 Mbit/s to 1 Gbit/s, at most 60 trials in 3600 s\n" in told
    assert (
        "goal rfc2544: trials of 60 s, the first of 1 s, 60 s of them at a rate, nothing lost, bounds within 1 %\n"
        in told
    )
    assert "at most 0.5 % lost, but for 50 % of the time, bounds within 0.5 %\n" in told
    assert "expect capacity >= 95 Mbit/s\n" in told


def test_what_is_written_is_read_back_the_same():
    scenario = load_scenario(TEXT.replace("rfc2544", "{like: tst009, trial: 2s}"), file_name="x").scenario

    assert load_scenario(to_yaml(scenario), file_name="y").scenario == scenario
