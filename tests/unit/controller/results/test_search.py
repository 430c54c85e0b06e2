"""From the flows of a search's trials to its result."""

from dataclasses import replace

import pytest
from tests.searches import GOAL, flow, searched, step

from sockrig.results.evaluation import evaluate
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.search import capacity_words, mean_payload_bytes, rate_of, trial_figures
from sockrig.scenario.expectations import parse_expectation
from sockrig.search.strategy import NextTrial
from sockrig_wire.model.flows import FlowSpec, SizeShare
from sockrig_wire.model.sockets import Family


def test_a_frame_has_the_headers_of_udp_ip_and_ethernet():
    assert rate_of(step(), 8e6).wire_bits_per_second == pytest.approx(1000 * 8 * (1000 + 8 + 20 + 14))
    six = FlowSpec(name="f", kind="udp-stream", duration_seconds=1.0, size_bytes=1000, family=Family.INET6)
    assert rate_of(step(six), 8e6).wire_bits_per_second == pytest.approx(1000 * 8 * (1000 + 8 + 40 + 14))


def test_a_datagram_that_may_travel_in_pieces_has_no_rate_of_frames():
    large = FlowSpec(name="f", kind="udp-stream", duration_seconds=1.0, size_bytes=1473)

    assert rate_of(step(large), 8e6).wire_bits_per_second is None
    assert rate_of(step(replace(large, size_bytes=1472)), 8e6).wire_bits_per_second is not None


def test_a_rate_is_that_of_all_flows_in_every_unit():
    spec = FlowSpec(name="f", kind="udp-stream", duration_seconds=1.0, size_bytes=500)
    in_bits, in_packets = rate_of(step(spec, spec), 4e6), rate_of(step(spec, spec, in_packets=True), 1000.0)

    assert in_bits.bits_per_second == in_packets.bits_per_second == 8e6
    assert in_bits.packets_per_second == in_packets.packets_per_second == 2000


def test_the_mean_size_of_a_mix_follows_its_weights():
    spec = FlowSpec(
        name="f", kind="udp-stream", duration_seconds=1.0, sizes=(SizeShare(100, 200, 3), SizeShare(50, 50))
    )

    assert mean_payload_bytes(spec) == 125
    assert mean_payload_bytes(FlowSpec(name="f", kind="udp-stream", duration_seconds=1.0)) == 1400


def test_a_trial_counts_for_what_was_asked_unless_the_sender_fell_short():
    whole = trial_figures(step(), NextTrial(8e6, 2.0), [flow(1998)])
    short = trial_figures(step(), NextTrial(8e6, 2.0), [flow(1000)])

    assert (whole.sender_limited, whole.trial.load) == (False, 8e6)
    assert (short.sender_limited, short.trial.load, short.trial.asked_load) == (True, 4e6, 8e6)


def test_a_trial_of_a_flow_without_figures_proves_nothing():
    wanted = NextTrial(8e6, 2.0)

    assert trial_figures(step(), wanted, [flow(2000, problems=("source a gave no result",))]) is None
    assert trial_figures(step(), wanted, [replace(flow(2000), lost_packets=None)]) is None
    assert trial_figures(step(), wanted, [replace(flow(2000), sent=None)]) is None


def test_a_trial_in_which_nothing_could_be_sent_is_lost():
    assert trial_figures(step(), NextTrial(8e6, 2.0), [flow(0)]).loss_ratio == 1.0


def test_loss_is_all_lost_over_all_sent():
    spec = step().flows[0].spec
    figures = trial_figures(step(spec, spec), NextTrial(8e6, 2.0), [flow(2000, 30), flow(2000, 10)])

    assert figures.loss_ratio == 0.01


def test_the_result_has_the_goal_its_bounds_and_every_trial_with_its_class():
    result = searched((100, 5000), (76, 0), (80, 20))
    (goal,) = result.goals

    assert goal.goal == GOAL
    assert goal.regular
    assert goal.lower_bound.bits_per_second == goal.conditional_throughput.bits_per_second == 76e6
    assert goal.upper_bound.bits_per_second == 80e6
    assert goal.limited_by == "network"
    assert [trial.number for trial in result.trials] == [1, 2, 3]
    assert [trial.classes for trial in result.trials] == [("upper bound",), ("lower bound",), ("upper bound",)]
    assert capacity_words(result) == "capacity 76 Mbit/s"


def test_what_the_receiving_sockets_dropped_is_not_the_networks():
    assert searched((100, 5000), (76, 0), (80, 20, 20000, 3)).goals[0].limited_by == "receiver"


def test_a_sender_at_its_end_is_named():
    (goal,) = searched((100, 0, 20000), (100, 0, 20000)).goals

    assert goal.limited_by == "sender"
    assert goal.irregular == "limited by the sender: it could not send more"
    assert goal.lower_bound.bits_per_second == pytest.approx(80e6)


def judged(text, result):
    return evaluate(parse_expectation(text), StepResult(name="search", verdict=Verdict.PASSED, search=result))


def test_an_expectation_of_the_capacity_is_compared_with_what_was_forwarded():
    found = searched((100, 5000), (76, 0), (80, 20))

    assert judged("capacity >= 76 Mbit/s", found).verdict is Verdict.PASSED
    assert judged("capacity <= 76 Mbit/s", found).verdict is Verdict.PASSED
    assert judged("capacity > 76 Mbit/s", found).verdict is Verdict.FAILED
    assert judged("capacity >= 80 Mbit/s", found).measured == "76 Mbit/s"


def test_where_the_largest_rate_passes_the_capacity_is_never_known_to_be_at_most_something():
    found = searched((100, 0))

    assert capacity_words(found) == "capacity at least 100 Mbit/s"
    assert judged("capacity >= 95 Mbit/s", found).verdict is Verdict.PASSED
    at_most = judged("capacity <= 200 Mbit/s", found)
    assert (at_most.verdict, at_most.measured) == (Verdict.FAILED, "no data: the largest load still passes")


def test_where_even_the_smallest_rate_loses_there_is_no_capacity():
    found = searched((100, 24000), (1, 100))

    assert capacity_words(found) == "no capacity found: even the smallest load loses"
    assert judged("capacity >= 1 Mbit/s", found).measured == "no data: even the smallest load loses"
