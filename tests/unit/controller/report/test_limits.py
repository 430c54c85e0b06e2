"""Who limited what."""

from dataclasses import replace

from tests.runs import flow, run_of_everything

from sockrig.report.figures import figures_of
from sockrig.report.limits import LIMITS, TCP_STATE, limit_lines


def test_each_limit_names_the_flows_that_it_held_and_the_one_that_held_most_comes_first():
    flows = [flow(f"a{number}", "b", 0 if number else 1) for number in range(7)]
    assert limit_lines(flows) == [
        "sender cpu: a1 > b, a2 > b, a3 > b, a4 > b and 2 more",
        "network: a0 > b",
    ]


def test_what_held_all_flows_names_none():
    assert limit_lines([flow("a", "b"), flow("c", "b")]) == ["sender cpu: all 2 flows"]
    assert limit_lines([flow("a", "b")]) == ["sender cpu: a > b"]


def test_flows_that_nothing_held_are_passed_over():
    assert limit_lines([replace(flow("a", "b"), limited_by=None)]) == []


def test_the_limits_say_how_busy_both_ends_were_and_what_was_in_force():
    one = flow("a", "b")
    assert {figure.heading: figure.text_of(one) for figure in figures_of([one], LIMITS)} == {
        "limited by": "sender cpu",
        "bound": "cpu",
        "sender CPU": "85 %",
        "receiver CPU": "85 %",
        "waited for a core": "200 ms",
        "workers": "1 parallel",
        "offloads": "gro, gso",
    }


def test_the_state_of_tcp_is_told_over_all_connections_of_a_flow():
    one = flow("a", "b")
    two = replace(one, worker_results=one.worker_results * 2)
    assert {figure.heading: figure.text_of(two) for figure in figures_of([two], TCP_STATE)} == {
        "smallest rtt": "200 µs",
        "rtt": "500 µs",
        "congestion window": "160",
        "delivery rate": "18.8 Gbit/s",
        "retransmits": "6",
        "data in flight": "3.8 s",
        "held by receive window": "11 %",
        "held by send buffer": "0 %",
    }


def test_a_flow_over_udp_has_no_state_of_tcp():
    datagrams = run_of_everything().steps[1].flows
    assert figures_of(datagrams, TCP_STATE) == ()
