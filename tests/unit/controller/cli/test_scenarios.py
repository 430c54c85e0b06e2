"""The list of the scenarios that come with Sockrig."""

import json

import pytest

from sockrig.cli.scenarios import list_scenarios, print_scenario
from sockrig.scenario import packaged
from sockrig_wire.errors import NotFoundError


def test_every_scenario_is_listed_with_what_it_is_for_and_what_it_takes(capsys):
    assert list_scenarios(json=True) == 0
    listed = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert tuple(listed) == packaged.names()
    assert listed["incast"] == {
        "name": "incast",
        "description": "all send to one at once: how much arrives, how fairly",
        "agents": 3,
        "more_agents": True,
        "duration_seconds": 11.5,
        "variables": {"seconds": "10s"},
    }
    assert listed["duplex"]["variables"] == {"seconds": "5s", "workers": 1}


def test_people_get_a_table(capsys):
    list_scenarios(json=False)
    shown = capsys.readouterr().out
    (line,) = [line for line in shown.splitlines() if line.startswith("quick")]
    assert line.split()[1:5] == ["2", "or", "more", "0:00:23"]
    assert "sockrig run quick --local 2" in shown


def test_one_that_cannot_be_read_does_not_hide_the_others(capsys, monkeypatch):
    texts = {name: packaged.text(name) for name in packaged.names()}
    monkeypatch.setattr(packaged, "text", lambda name: "scenario: [" if name == "duplex" else texts[name])
    list_scenarios(json=True)
    listed = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert listed["duplex"]["description"].startswith("duplex:2:1: this is not YAML")
    assert listed["quick"]["agents"] == 2


def test_the_text_of_one_is_printed_as_it_is(capsys):
    assert print_scenario("quick") == 0
    assert capsys.readouterr().out == packaged.text("quick")


def test_an_unknown_one_is_answered_with_a_guess():
    with pytest.raises(NotFoundError, match="Did you mean 'quick'"):
        print_scenario("quikc")
