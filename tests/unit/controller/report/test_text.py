"""Results for a pipe."""

from dataclasses import replace

from sockrig.report.text import run_text, step_text
from sockrig.results.model.step import RepeatedFigure, RepetitionSummary, StepResult
from sockrig.results.model.verdict import Verdict


def test_the_first_line_has_the_verdict(run):
    first = run_text(run).splitlines()[0]
    skew = "start skew 120 µs ± 80 µs (half within 70 µs of T, client-2 last after 140 µs)"
    assert first == f"run error: a call under load, 12.4 s, {skew}, id r-7f3a"


def test_of_a_single_agent_only_its_own_lateness_is_told(run):
    alone = replace(run.start_lateness, by_agent={"client-2": 140e-6})
    assert "start skew 120 µs ± 80 µs (140 µs after T), " in run_text(replace(run, start_lateness=alone))


def test_each_fact_is_a_line_that_says_what_it_is_about(run):
    lines = run_text(run).splitlines()
    for line in (
        "step failed: bulk",
        (
            "flow tcp-stream client-1 > server: received 9.4 Gbit/s, sent 9.41 Gbit/s, retransmits 3, "
            "limited by sender cpu, bound cpu"
        ),
        ("expectation failed: fairness >= 0.9, measured 0.884 (client-2 > server with 4.4 Gbit/s, the lowest of 2)"),
        "reach open: client-1 > server tcp/22",
        "call passed: client-1: send '我是要发送的数据' from outbox to inbox: 24 bytes",
        "flow tcp-stream client-1 > server: no figures",
        "problem: source client-1 worker 0 failed: killed by SIGSEGV",
        "late: client-1: flow worker 0, 61.0 ms after T",
        "agent passed: server, version 0.1.0, clock -2.13 ms ± 20 µs, drift 3.14 ± 0.2 ppm",
        "agent degraded: client-2, no heartbeat for 10 s",
        "note: the agents' clocks were measured twice only",
    ):
        assert line in lines


def test_text_from_elsewhere_stays_on_its_line(run):
    assert r"received 'hello\x1b[2J\n'" in run_text(run)
    assert "\x1b" not in run_text(run)


def test_a_step_alone_is_the_same_lines(run):
    assert all(step_text(step) in run_text(run) for step in run.steps)


def figure(step, metric):
    values = {"values": (1.0,), "mean": 1.0, "half_width": None, "relative_half_width": None, "confidence": 0.95}
    return RepeatedFigure(metric=metric, step=step, text="mean 1 s, 1 repetition", **values)


def test_what_repetitions_say_together_is_told_by_metric_and_where_there_are_several_by_step():
    alone = RepetitionSummary(count=1, most=1, figures=(figure("a", "rtt"), figure("a", "jitter")))
    step = StepResult(name="a, 1 repetition", verdict=Verdict.PASSED, repetitions=alone)
    assert step_text(step).splitlines()[1:] == [
        "repeated rtt: mean 1 s, 1 repetition",
        "repeated jitter: mean 1 s, 1 repetition",
    ]
    several = RepetitionSummary(count=1, most=1, figures=(figure("g / a", "rtt"), figure("g / b", "rtt")))
    step = StepResult(name="g, 1 repetition", verdict=Verdict.PASSED, repetitions=several)
    assert "repeated g / b: rtt: mean 1 s, 1 repetition" in step_text(step)
