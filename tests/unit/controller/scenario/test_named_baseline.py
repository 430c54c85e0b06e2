"""A client reads of a scenario which baseline it names, and no more."""

import pytest

from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.named_baseline import named_baseline


def named(text, **variables):
    return named_baseline(text, file_name="x.yaml", variables=variables)


def test_the_baseline_is_read_with_its_variables():
    assert named("baseline: before.json\n") == "before.json"
    assert named("vars: {day: monday}\nbaseline: $day.json\n") == "monday.json"
    assert named("vars: {day: monday}\nbaseline: $day.json\n", day="friday") == "friday.json"


def test_a_scenario_that_names_none_has_none():
    assert named("scenario: baseline\n") is None
    assert named("baseline: [1]\n") is None
    assert named("baseline:\n") is None
    assert named("[baseline]") is None


def test_what_stands_elsewhere_is_not_looked_at():
    assert named("baseline: b\nsteps: [{whatever: $unknown}]\n") == "b"


def test_a_variable_that_is_not_declared_is_told_with_its_place():
    with pytest.raises(ScenarioError, match=r"x\.yaml:1:11: the variable \$day is not declared"):
        named("baseline: $day\n")
