"""Results as CSV."""

import csv
from dataclasses import replace
from io import StringIO

from sockrig.report.csv import to_csv


def rows(run):
    return list(csv.DictReader(StringIO(to_csv(run))))


def test_every_flow_is_a_row(run):
    assert [(row["step"], row["flow"]) for row in rows(run)] == [
        ("bulk", "tcp-stream client-1 > server"),
        ("bulk", "tcp-stream client-2 > server"),
        ("paced datagrams", "call client-1 > server"),
        ("paced datagrams", "call client-2 > server"),
        ("questions and answers", "tcp-rr client-1 > server"),
        ("again", "tcp-stream client-1 > server"),
    ]


def test_figures_are_in_base_units_and_absent_ones_are_empty(run):
    row = rows(run)[2]
    assert row["run_id"] == "r-7f3a"
    assert row["started_at"] == "2026-01-02T03:04:05+00:00"
    assert float(row["received_bits_per_second"]) == 3_196_800
    assert float(row["loss_ratio"]) == 0.001
    assert float(row["one_way_delay_uncertainty_seconds"]) == 40e-6
    assert row["one_way_delay_valid"] == "True"
    assert row["limited_by"] == "requested rate"
    assert row["round_trip_p50_seconds"] == ""
    assert row["transactions_per_second"] == ""
    assert "killed by SIGSEGV" in rows(run)[-1]["problems"]


def test_the_columns_are_the_same_whatever_was_measured(run):
    heading = to_csv(run).splitlines()[0]
    assert to_csv(replace(run, steps=())).splitlines() == [heading]
    names = heading.split(",")
    assert len(names) == len(set(names))
    assert names[:6] == ["run_id", "run", "started_at", "step", "step_verdict", "flow"]


def test_text_with_commas_and_quotes_comes_back(run):
    odd = replace(run, name='one, "two"\nthree')
    assert rows(odd)[0]["run"] == 'one, "two"\nthree'


def test_held_connections_are_the_last_column(run):
    step = run.steps[0]
    held = replace(run, steps=(replace(step, flows=(replace(step.flows[0], held_connections=99), step.flows[1])),))
    assert [list(row.items())[-1] for row in rows(held)] == [("held_connections", "99"), ("held_connections", "")]
