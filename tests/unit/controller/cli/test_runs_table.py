"""The table of past runs."""

from rich.console import Console

from sockrig.cli.runs_table import runs_table
from sockrig_wire.model.store import ListRunsResponse, StoredRun


def run(run_id, **facts):
    facts = {"name": "bench", "state": "passed", "started_at_seconds": 1.8e9, "duration_seconds": 2.0} | facts
    return StoredRun(run_id=run_id, agents=("a", "b"), stored_bytes=12_345, **facts)


def shown(*runs, more=False):
    console = Console(width=120)
    with console.capture() as captured:
        console.print(runs_table(ListRunsResponse(runs, more, "/runs.db")))
    return captured.get()


def test_a_row_says_what_ran_when_how_it_ended_and_what_it_takes():
    text = shown(run("0123456789ab"))
    for words in ("01234567 ", "2027-01-15", "passed", "2 s", "bench", "a and b", "12.3 kB"):
        assert words in text


def test_ids_are_as_long_as_they_must_be_to_tell_the_runs_apart():
    text = shown(run("0123456789ab"), run("0123456789cd"))
    assert "0123456789a " in text
    assert "0123456789c " in text


def test_a_run_that_goes_on_has_no_duration_yet():
    assert " running " in shown(run("a", state="running", duration_seconds=None))


def test_a_name_cannot_play_with_the_terminal():
    assert "\x1b[2J" not in shown(run("a", name="x\x1b[2J"))


def test_earlier_runs_are_pointed_at():
    assert "--limit" in shown(run("a"), more=True)
    assert "--limit" not in shown(run("a"))
