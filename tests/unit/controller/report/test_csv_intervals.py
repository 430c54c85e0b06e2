"""The course of flows as CSV."""

import csv
from dataclasses import replace
from io import StringIO

from tests.runs import run_of_one_flow

from sockrig.report.csv_intervals import to_csv_intervals


def rows(run):
    return list(csv.DictReader(StringIO(to_csv_intervals(run))))


def test_every_interval_of_every_flow_is_a_row():
    run = run_of_one_flow()
    found = rows(run)
    assert len(found) == sum(len(flow.intervals) for step in run.steps for flow in step.flows) == 12
    assert (found[0]["run_id"], found[0]["step"], found[0]["source"]) == ("r-1", "tcp-rr", "a")
    assert [row["at_seconds"] for row in found[:2]] == ["0.5", "1.0"]
    assert (found[0]["measured"], found[5]["complete"]) == ("False", "False")
    assert float(found[0]["transactions_per_second"]) == 9600


def test_absent_figures_are_empty_and_the_columns_are_the_same():
    run = run_of_one_flow()
    assert rows(run)[0]["connections_per_second"] == ""
    heading = to_csv_intervals(run).splitlines()[0]
    assert to_csv_intervals(replace(run, steps=())).splitlines() == [heading]
    assert len(heading.split(",")) == len(set(heading.split(",")))
