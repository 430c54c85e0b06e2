"""Progress for a pipe and for a terminal."""

import pytest
from rich.console import Console

from sockrig.cli.progress import Progress, ProgressLines
from sockrig.cli.progress_live import LiveProgress
from sockrig_wire.model.controller import (
    FlowProgress,
    Notice,
    PhaseReached,
    ReachProgress,
    StepFinished,
    StepStarted,
    WatchRunResponse,
)
from sockrig_wire.model.flows import Role, Sample

SAMPLE = Sample(
    flow="bulk a > b", role=Role.DESTINATION, worker=0, at_seconds=1.0, interval_seconds=1.0, bytes=125_000, packets=7
)
BODIES = (
    StepStarted(0, 2, "bulk"),
    PhaseReached("prepare", ("a", "b")),
    PhaseReached("running", (), 2.5),
    FlowProgress("b", "a", SAMPLE),
    Notice("error", "agent b is lost"),
    StepFinished(0, "bulk", "passed", "1 flow"),
)


def told(progress):
    with progress:
        progress.tell("starting 2 agents")
        for second, body in enumerate(BODIES):
            progress.take(WatchRunResponse(float(second), body))


def picture_of(progress, console):
    with console.capture() as captured:
        console.print(progress._picture())
    return captured.get()


def test_a_pipe_gets_a_line_for_each_step_and_phase_and_none_for_samples(capsys):
    told(ProgressLines())
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "starting 2 agents",
        "[   0.0 s] step 1 of 2: bulk",
        "[   1.0 s]   prepare, waiting for a and b",
        "[   2.0 s]   running for 2.5 s",
        "[   4.0 s] error: agent b is lost",
        "[   5.0 s] passed: bulk: 1 flow",
    ]


def test_a_line_holds_no_escape_sequence_that_an_agent_sent(capsys):
    ProgressLines().take(WatchRunResponse(0.0, Notice("error", "\x1b[2Jgone")))
    assert "\x1b" not in capsys.readouterr().err


def test_quiet_says_nothing(capsys):
    told(Progress())
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def test_a_terminal_shows_how_many_probes_of_a_reach_step_are_done():
    console = Console(width=100, force_terminal=False)
    progress = LiveProgress(console)
    for body in (StepStarted(0, 2, "mesh"), PhaseReached("running"), ReachProgress(1200, 3968)):
        progress.take(WatchRunResponse(0.0, body))

    assert "running  1,200 of 3,968 probes" in picture_of(progress, console)
    progress.take(WatchRunResponse(1.0, StepStarted(1, 2, "next")))
    progress.take(WatchRunResponse(1.0, PhaseReached("running")))
    assert "probes" not in picture_of(progress, console)


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_shows_step_phase_flows_and_who_is_waited_for(columns):
    console = Console(width=columns, force_terminal=True, color_system=None, stderr=True)
    progress = LiveProgress(console)
    for body in BODIES[:4]:
        progress.take(WatchRunResponse(0.0, body))
    picture = picture_of(progress, console)
    assert "step 1 of 2: bulk" in picture
    assert "of 2.5 s" in picture
    assert "1 Mbit/s" in picture
    assert "transactions" not in picture, "a column that no flow fills is left out"
    progress.take(WatchRunResponse(1.0, PhaseReached("drain", ("a", "b"))))
    assert "waiting for a and b" in picture_of(progress, console)


def test_a_terminal_shows_a_bounded_picture_of_a_run_without_bound():
    console = Console(width=80, height=24, force_terminal=True, color_system=None, stderr=True)
    progress = LiveProgress(console)
    for number in range(500):
        progress.take(WatchRunResponse(0.0, StepFinished(number, f"step {number}", "passed", "1 flow")))
    progress.take(WatchRunResponse(0.0, StepStarted(500, 501, "many")))
    for number in range(200):
        sample = Sample(
            flow=f"flow {number}", role=Role.SOURCE, worker=0, at_seconds=1.0, interval_seconds=1.0, bytes=1
        )
        progress.take(WatchRunResponse(0.0, FlowProgress("a", "b", sample)))
    lines = picture_of(progress, console).splitlines()
    assert len(lines) < console.height
    assert any("496 steps before" in line for line in lines)
    assert any("and 188 flows more" in line for line in lines)


def test_a_long_name_is_cut_and_no_figure_is():
    console = Console(width=80, force_terminal=True, color_system=None, stderr=True)
    progress = LiveProgress(console)
    progress.take(WatchRunResponse(0.0, StepStarted(0, 1, "bulk")))
    sample = Sample(
        flow="f" * 300, role=Role.DESTINATION, worker=0, at_seconds=1.0, interval_seconds=1.0, bytes=125_000, packets=7
    )
    progress.take(WatchRunResponse(0.0, FlowProgress("b", "a", sample)))
    picture = picture_of(progress, console)
    assert "1 Mbit/s" in picture
    assert "1.0 s" in picture
    assert max(len(line) for line in picture.splitlines()) <= 80


def test_an_interrupted_run_shows_that_it_is_being_stopped(capsys):
    console = Console(width=80, force_terminal=True, color_system=None, stderr=True)
    live = LiveProgress(console)
    live.take(WatchRunResponse(0.0, StepStarted(0, 1, "bulk")))
    live.interrupt()
    assert "stopping on every agent" in picture_of(live, console)
    assert "bulk" not in picture_of(live, console)
    ProgressLines().interrupt()
    assert "stopping on every agent" in capsys.readouterr().err
