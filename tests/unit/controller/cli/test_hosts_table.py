"""The table of agents."""

from dataclasses import replace

from rich.console import Console

from sockrig.cli.hosts_table import hosts_table
from sockrig_wire.model.controller import AgentState, AgentStatus
from sockrig_wire.model.session import HostFacts

READY = AgentStatus(
    name="north",
    address="10.0.0.1:7411",
    state=AgentState.READY,
    agent_id="1",
    version="0.1.0",
    advertised_addresses=("10.0.0.1", "2001:db8::1"),
    host=HostFacts("attic", "Linux 6.1", "3.11.2", 8),
    clock_offset_seconds=0.0123,
    clock_uncertainty_seconds=0.00045,
    round_trip_seconds=0.0009,
)
FAILED = AgentStatus(
    name="south",
    address="10.0.0.2:7411",
    state=AgentState.FAILED,
    problem="agent south at 10.0.0.2:7411: it does not answer\nIs the agent running there?\x1b[2J",
)


def shown(*statuses, width=120):
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(hosts_table(statuses))
    return captured.get()


def test_an_agent_is_shown_with_all_that_is_known_of_it():
    text = shown(READY)
    for word in (
        "north",
        "ready",
        "10.0.0.1:7411",
        "2001:db8::1",
        "0.1.0",
        "attic",
        "8",
        "900 µs",
        "12.3 ms ± 450 µs",
    ):
        assert word in text


def test_one_that_failed_is_shown_with_its_problem_line_by_line():
    lines = shown(READY, FAILED).splitlines()
    assert any("south" in line and "failed" in line for line in lines)
    assert "agent south at 10.0.0.2:7411: it does not answer" in lines
    assert any(line.startswith("Is the agent running there?") and "\x1b" not in line for line in lines)


def test_nothing_is_invented_of_an_agent_that_never_answered():
    (row,) = [line for line in shown(FAILED).splitlines() if line.startswith("south")]
    assert row.split() == ["south", "failed", "10.0.0.2:7411"]


def test_an_agent_that_reads_the_controllers_own_clock_has_no_offset():
    near = replace(READY, clock_offset_seconds=0.0, clock_uncertainty_seconds=0.0)
    assert "same clock" in shown(near)


def test_the_drift_is_shown_once_it_is_known_of_one():
    known = replace(READY, name="old", clock_drift_ppm=-3.21, clock_drift_uncertainty_ppm=0.4)
    assert "drift" not in shown(READY)
    rows = shown(READY, known, width=140).splitlines()
    assert rows[0].rstrip().endswith("drift")
    assert next(row for row in rows if row.startswith("old")).rstrip().endswith("-3.21 ± 0.4 ppm")


def test_agents_of_this_machine_fit_80_columns():
    local = replace(
        READY,
        name="local-1",
        address="127.0.0.2:40191",
        advertised_addresses=("127.0.0.2", "::1"),
        clock_offset_seconds=0.0,
        clock_uncertainty_seconds=0.0,
        round_trip_seconds=0.000257,
    )
    assert len(shown(local, width=80).splitlines()) == 3, "a heading, a row, and its second address"
