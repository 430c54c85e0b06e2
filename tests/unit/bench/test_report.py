"""The benchmark's table and JSON."""

import json
from datetime import UTC, datetime

from tests.bench.comparison import standings
from tests.bench.machine import Machine, Version
from tests.bench.measurement import OURS, Quantity, Reading, Target, Trial
from tests.bench.report import PlaceUsed, Report, RowResult, to_json, to_markdown

MACHINE = Machine(
    kernel="Linux 6.1",
    processor="a processor",
    cores=4,
    load_average=(0.5, 0.25, 0.0),
    congestion_control="cubic",
    largest_receive_buffer_bytes="212992",
    versions=(Version("iperf3", "3.12"), Version("netperf", "not installed")),
)


def trial(tool, value, **reading):
    return Trial(tool=tool, round=1, commands=(f"{tool} --fast",), reading=Reading(value=value, **reading))


def report(*trials, targets=(), quantity=Quantity.BITS_PER_SECOND):
    tools = [trial.tool for trial in trials]
    row = RowResult(
        key="tcp",
        title="TCP one stream",
        place="loopback",
        quantity=quantity,
        standings=standings(tools, trials, targets, quantity),
        trials=trials,
    )
    places = (PlaceUsed(name="loopback", pinning="not pinned"), PlaceUsed(name="veth", problem="only root can"))
    started_at = datetime(2024, 1, 1, tzinfo=UTC)
    return Report(started_at=started_at, machine=MACHINE, rounds=1, seconds=2, places=places, rows=(row,))


def cells(table, tool):
    """Of the line of one tool."""
    line = next(line for line in table.splitlines() if f"| {tool} " in line)
    return [cell.strip() for cell in line.split("|")[1:-1]]


def test_a_line_tells_the_figure_the_ratio_the_target_and_the_cost():
    half = 1 << 29
    some = trial(OURS, 30e9), trial("iperf3", 15e9, cpu_seconds=0.5, carried_bytes=half)

    table = to_markdown(report(*some, targets=[Target("iperf3", 1.5)]))

    assert cells(table, "iperf3") == ["", "iperf3", "15 Gbit/s", "2.00 (2.00 to 2.00)", "≥ 1.5", "met", "1", ""]


def test_a_missed_target_stands_in_the_table_and_again_below():
    table = to_markdown(report(trial(OURS, 10e9), trial("iperf3", 10e9), targets=[Target("iperf3", 1.5)]))

    assert "**missed**" in cells(table, "iperf3")
    assert "- loopback, TCP one stream, against iperf3: 1, asked ≥ 1.5" in table


def test_a_tool_that_is_not_installed_is_named_and_its_target_is_not_met():
    missing = Trial(tool="netperf", round=1, commands=(), problem="not\ninstalled")

    table = to_markdown(report(trial(OURS, 10e9), missing, targets=[Target("netperf", 0.8)]))

    assert cells(table, "netperf") == ["", "netperf", "not installed", "", "≥ 0.8", "not compared", "", ""]
    assert "- loopback, TCP one stream, netperf: not installed" in table


def test_a_place_that_could_not_be_had_says_why():
    assert "## veth\n\nSkipped: only root can." in to_markdown(report(trial(OURS, 1e9)))


def test_pinning_machine_and_versions_are_stated():
    table = to_markdown(report(trial(OURS, 1e9)))

    for fact in ("not pinned", "4 cores", "0.50, 0.25, 0.00", "- iperf3: 3.12", "- netperf: not installed"):
        assert fact in table


def test_the_columns_line_up_as_plain_text():
    lines = [line for line in to_markdown(report(trial(OURS, 1e9))).splitlines() if line.startswith("|")]

    assert len({len(line) for line in lines}) == 1


def test_the_json_holds_every_trial_with_its_commands():
    document = json.loads(to_json(report(trial(OURS, 1e9), trial("iperf3", 2e9))))
    row = document["rows"][0]

    assert row["quantity"] == "bit/s"
    assert [each["commands"] for each in row["trials"]] == [["sockrig --fast"], ["iperf3 --fast"]]
    assert document["machine"]["load_average"] == [0.5, 0.25, 0.0]
