"""How a step and a run ended."""

from dataclasses import replace
from itertools import permutations

import pytest

from sockrig.results.model.flow import CpuResult, FlowResult, IntervalResult, WorkerFigures
from sockrig.results.model.reach import ReachResult
from sockrig.results.model.run import AgentResult
from sockrig.results.model.step import ExpectationResult, SocketCallResult, StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.verdicts import exit_code_of, run_verdict, step_verdict, worst

CPU = CpuResult(user_seconds=0, system_seconds=0, waited_seconds=0, wall_seconds=0, busy_ratio=None)
WORKER = WorkerFigures(
    agent="client",
    role="source",
    worker=0,
    window_seconds=1.0,
    bytes=0,
    packets=0,
    lost_packets=None,
    transactions=None,
    connections=None,
    cpu=CPU,
    tcp_info=None,
    offloads=(),
    rate_limited=False,
    clock=None,
    error=None,
)


def flow(*, workers=(WORKER,), problems=()):
    return FlowResult(
        name="flow",
        group="",
        kind="tcp-stream",
        source="client",
        destination="server",
        mode="parallel",
        workers=1,
        duration_seconds=1.0,
        worker_results=workers,
        problems=problems,
    )


def expectation(verdict):
    return ExpectationResult(text="loss == 0", verdict=verdict, measured="0 %")


def probe(*, met, expected):
    return ReachResult(source="a", destination="b", protocol="tcp", port=22, verdict="open", met=met, expected=expected)


@pytest.mark.parametrize("order", list(permutations(Verdict)))
def test_interrupted_comes_before_error_before_failed_before_degraded_before_passed(order):
    left = list(order)
    found = []
    while left:
        found.append(worst(left))
        left.remove(found[-1])
    assert found == [Verdict.INTERRUPTED, Verdict.ERROR, Verdict.FAILED, Verdict.DEGRADED, Verdict.PASSED]


def test_nothing_to_judge_is_passed():
    assert worst([]) is Verdict.PASSED
    assert step_verdict() is Verdict.PASSED
    assert run_verdict(steps=(), agents=()) is Verdict.PASSED


def test_a_step_that_did_all_is_passed():
    call = SocketCallResult(on="a", call="open", result="fd")
    parts = {"expectations": [expectation(Verdict.PASSED)], "flows": [flow()], "sockets": [call]}
    assert step_verdict(**parts, reach=[probe(met=True, expected="allow")]) is Verdict.PASSED


def test_a_flow_that_lacks_a_worker_degrades_its_step():
    assert step_verdict(flows=[flow(), flow(problems=("gone",))]) is Verdict.DEGRADED


def test_flows_without_any_figures_are_an_error():
    silent = flow(workers=(), problems=("gone",))
    assert step_verdict(flows=[silent, silent]) is Verdict.ERROR
    assert step_verdict(flows=[silent, flow()]) is Verdict.DEGRADED


def test_what_lost_workers_had_told_on_the_way_makes_a_step_degraded_only():
    interval = IntervalResult(at_seconds=1.0, interval_seconds=1.0, measured=True, complete=True)
    lost = replace(flow(workers=(), problems=("gone",)), intervals=(interval,))
    assert step_verdict(flows=[lost]) is Verdict.DEGRADED


def test_what_an_expectation_says_of_partial_results_does_not_decide():
    lacking = flow(problems=("gone",))
    assert step_verdict(expectations=[expectation(Verdict.FAILED)], flows=[lacking]) is Verdict.DEGRADED


def test_a_missed_expectation_or_call_or_probe_fails_its_step():
    assert step_verdict(expectations=[expectation(Verdict.FAILED)], flows=[flow()]) is Verdict.FAILED
    call = SocketCallResult(on="a", call="receive", result="timed out", verdict=Verdict.FAILED)
    assert step_verdict(sockets=[call]) is Verdict.FAILED
    assert step_verdict(reach=[probe(met=False, expected="deny")]) is Verdict.FAILED


def test_a_probe_that_proves_nothing_is_an_error_only_where_something_was_expected():
    assert step_verdict(reach=[probe(met=None, expected="allow")]) is Verdict.ERROR
    assert step_verdict(reach=[probe(met=None, expected=None)]) is Verdict.PASSED


def test_a_run_is_as_bad_as_its_worst_step_or_agent():
    steps = [StepResult(name="one", verdict=Verdict.PASSED), StepResult(name="two", verdict=Verdict.FAILED)]
    lost = AgentResult(name="a", agent_id="", version="", verdict=Verdict.DEGRADED)
    assert run_verdict(steps=steps, agents=[lost]) is Verdict.FAILED
    assert run_verdict(steps=steps[:1], agents=[lost]) is Verdict.DEGRADED


def test_each_verdict_has_its_exit_code():
    assert [exit_code_of(verdict) for verdict in Verdict] == [0, 1, 3, 4, 130]
