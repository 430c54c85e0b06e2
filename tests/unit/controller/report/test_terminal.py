"""Results for a terminal."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from sockrig.report.figures import figures_of
from sockrig.report.terminal import run_report, step_report
from sockrig.results.model.step import RepeatedFigure, RepetitionSummary, SocketCallResult, StepResult
from sockrig.results.model.verdict import Verdict


def shown(renderable, width):
    text = StringIO()
    Console(file=text, width=width, force_terminal=False, legacy_windows=False).print(renderable)
    return text.getvalue()


def test_the_verdict_comes_first(run):
    assert shown(run_report(run), 80).split()[0] == "error"


@pytest.mark.parametrize("width", [40, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(run, width):
    assert all(cell_len(line) <= width for line in shown(run_report(run), width).splitlines())


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_every_figure_is_shown_whole(run, width):
    text = shown(run_report(run), width)
    for step in run.steps:
        for flow in step.flows:
            for figure in figures_of([flow]):
                assert figure.heading in text
                assert figure.text_of(flow) in text


def test_columns_that_no_flow_has_are_left_out(run):
    bulk = shown(step_report(run.steps[0]), 160)
    assert "retransmits" in bulk
    assert "jitter" not in bulk
    assert "rtt" not in bulk
    assert "duplicates" not in bulk


def test_a_wide_terminal_gets_one_table_and_a_narrow_one_several(run):
    heading = f"flow{' ' * 17}received"
    assert shown(step_report(run.steps[1]), 160).count("  flow ") == 1
    assert shown(step_report(run.steps[1]), 80).count("  flow ") == 2
    assert heading in shown(step_report(run.steps[1]), 80)


def test_what_fits_side_by_side_is_not_wrapped_at_80_columns(run):
    lines = [line.strip() for line in shown(run_report(run), 80).splitlines()]
    assert "client-1 > server  9.4 Gbit/s  9.41 Gbit/s            3  sender cpu  cpu" in lines
    assert "✓  throughput >= 200 Mbit/s  measured 13.8 Gbit/s" in lines
    assert "✗  fairness >= 0.9           measured 0.884" in lines
    assert "client-2 > server with 4.4 Gbit/s, the lowest of 2" in shown(run_report(run), 120)
    assert "✓  client-1  0.1.0  clock 40 µs ± 20 µs" in lines


def test_a_one_way_delay_shows_its_bound_and_whether_it_is_valid(run):
    text = shown(step_report(run.steps[1]), 160)
    assert "84.2 µs ± 40 µs  " in text
    assert "31 µs ± 40 µs (invalid)" in text


def test_start_skew_and_clocks_show_their_uncertainty(run):
    text = shown(run_report(run), 160)
    assert "start skew 120 µs ± 80 µs (half within 70 µs of T, client-2 last after 140 µs)" in text
    assert "clock -2.13 ms ± 20 µs, drift 3.14 ± 0.2 ppm" in text


def test_what_a_socket_received_cannot_move_the_cursor(run):
    text = shown(run_report(run), 160)
    assert "\x1b" not in text
    assert r"received 'hello\x1b[2J\n'" in text


def test_square_brackets_are_text_and_no_markup():
    step = StepResult(name="[red]edges[0]", verdict=Verdict.PASSED)
    assert "[red]edges[0]" in shown(step_report(step), 80)


def test_a_step_without_figures_says_why(run):
    text = shown(step_report(run.steps[-1]), 80)
    assert "source client-1 worker 0 failed: killed by SIGSEGV" in text
    assert text.count("SIGSEGV") == 1
    assert "flow  " not in text


def test_of_a_very_long_dialogue_only_what_failed_is_listed():
    call = SocketCallResult(on="a", call="send", result="1 byte")
    failed = replace(call, result="broken pipe", verdict=Verdict.FAILED)
    text = shown(step_report(StepResult(name="long", verdict=Verdict.FAILED, sockets=(call,) * 5000 + (failed,))), 80)
    assert "broken pipe" in text
    assert "5,000 of 5,001 calls passed" in text
    assert len(text.splitlines()) == 3


def test_flows_that_suit_different_modes_each_name_an_example(run):
    mixed = replace(run.steps[0], flows=(run.steps[0].flows[0], run.steps[1].flows[0]))
    text = " ".join(shown(step_report(mixed), 160).split())
    assert "client-1 > server: parallel suits" in text
    assert "call client-1 > server: concurrent suits" in text


def test_an_empty_run_can_be_shown(run):
    text = shown(run_report(replace(run, steps=(), agents=(), notices=(), start_skew_seconds=None)), 80)
    assert "0 steps" in text
    assert "skew" not in text


def test_what_repetitions_say_together_is_under_their_step():
    figure = RepeatedFigure(
        metric="rtt.p99",
        step="ask",
        values=(0.001, 0.002),
        mean=0.0015,
        half_width=0.0064,
        relative_half_width=4.2,
        confidence=0.95,
        text="mean 1.5 ms ± 6.4 ms (420 %), 95 % confidence, 2 repetitions",
    )
    summary = RepetitionSummary(count=2, most=2, figures=(figure,))
    step = StepResult(name="ask, 2 repetitions", verdict=Verdict.PASSED, repetitions=summary)
    assert f"rtt.p99  {figure.text}" in shown(step_report(step), 100)
