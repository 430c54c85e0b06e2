"""What a search found, for people."""

from rich.console import Console
from tests.searches import searched

from sockrig.report.terminal import step_report
from sockrig.report.text import step_text
from sockrig.results.document import json_schema
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict


def lines_of(search):
    return step_text(StepResult(name="s", verdict=Verdict.PASSED, search=search)).splitlines()


def test_each_fact_of_a_search_is_a_line():
    lines = lines_of(searched((100, 5000), (76, 0), (80, 20)))

    for line in (
        "search goal: own: trials of 2 s, 2 s of them at a rate, nothing lost, bounds within 5 %",
        "search lower bound: 76.000 Mbit/s of payload, 9.5 kpps, 79.192 Mbit/s of frames",
        "search upper bound: 80.000 Mbit/s of payload, 10 kpps, 83.360 Mbit/s of frames",
        "search limited by: the network",
        "trial 1: 100.00 Mbit/s, 12.5 kpps, for 2 s: 20 % (5,000) lost, upper bound",
        "trial 2: 76.000 Mbit/s, 9.5 kpps, for 2 s: 0 % lost, lower bound",
    ):
        assert line in lines


def test_an_irregular_result_is_marked_as_such():
    lines = lines_of(searched((100, 0)))

    assert "search upper bound: none found" in lines
    assert "search irregular: the largest load still passes" in lines


def test_what_the_sender_could_not_send_is_told_with_its_trial():
    assert lines_of(searched((100, 0, 20000)))[-1].endswith("lower bound; 100.00 Mbit/s was asked")


def test_the_terminal_shows_the_same_as_a_table():
    console = Console(width=100, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        console.print(step_report(StepResult(name="s", verdict=Verdict.PASSED, search=searched((76, 0), (80, 20)))))
    told = captured.get()

    assert "lower bound  76.000 Mbit/s of payload" in told
    assert "80.000 Mbit/s" in told
    assert "its rate is" in told


def test_every_key_of_a_search_is_described():
    definitions = json_schema()["$defs"]
    for part in ("SearchResult", "SearchGoalResult", "SearchGoal", "SearchTrialResult", "SearchRate"):
        assert all("description" in key for key in definitions[part]["properties"].values()), part
