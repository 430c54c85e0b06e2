"""What load did to round trips, as people are shown it."""

from dataclasses import replace

import pytest
from rich.console import Console

from sockrig.report.load import load_words
from sockrig.report.terminal import run_report
from sockrig.report.text import run_text
from sockrig.results.model.run import LoadLatency

ROW = LoadLatency(
    probe="probe",
    kind="tcp-rr",
    source="client",
    destination="server",
    idle_step="idle",
    step="up",
    idle_round_trip_seconds=0.001,
    round_trip_seconds=0.02,
    growth_ratio=20.0,
    idle_round_trips_per_minute=60_000.0,
    round_trips_per_minute=3000.0,
)


def test_a_load_is_one_line_with_times_growth_and_round_trips_per_minute():
    assert load_words(ROW) == (
        "probe client > server, up: rtt p50 1 ms idle, 20 ms loaded, x 20, round trips/min 60,000 idle, 3,000 loaded"
    )


def test_a_probe_without_a_name_goes_by_its_kind():
    assert load_words(replace(ROW, probe="")).startswith("tcp-rr client > server")


@pytest.mark.parametrize("width", [60, 120])
def test_the_terminal_has_a_table_of_it_and_a_pipe_a_line(run, width):
    loaded = replace(run, latency_under_load=(ROW,))
    console = Console(width=width)
    with console.capture() as captured:
        console.print(run_report(loaded))
    shown = captured.get()
    assert "latency under load" in shown
    for cell in ("20 ms", "x 20", "60,000", "3,000"):
        assert cell in shown
    assert f"latency under load: {load_words(ROW)}\n" in run_text(loaded)
