"""What each figure means."""

from dataclasses import fields

import pytest

from sockrig.results.definitions import (
    DEFINITIONS,
    bits_per_second,
    jitter_seconds,
    loss_ratio,
    lost_by_difference,
    per_second,
    reordered_ratio,
)
from sockrig.results.model.flow import FlowResult


def test_figures_worked_by_hand():
    assert bits_per_second(1000, 4.0) == 2000.0
    assert per_second(10, 4.0) == 2.5
    assert lost_by_difference([(10, 8), (5, 5)]) == 2
    assert loss_ratio(2, 15) == 2 / 15
    assert reordered_ratio(1, 4) == 0.25
    assert jitter_seconds([(2e-6, 1), (4e-6, 3)]) == pytest.approx(3.5e-6)


def test_what_nothing_was_counted_for_has_no_figure():
    assert bits_per_second(0, 0.0) is None
    assert per_second(0, 0.0) is None
    assert loss_ratio(0, 0) is None
    assert reordered_ratio(0, 0) is None
    assert jitter_seconds([]) is None


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)
def test_every_definition_says_what_it_is_and_where_it_comes_from(definition):
    assert "Source: " in definition.text
    assert definition.unit
    keys = {field.name for field in fields(FlowResult)} | {"fairness"}
    assert set(definition.keys) <= keys


def test_every_definition_has_a_name_of_its_own():
    names = [definition.name for definition in DEFINITIONS]
    assert len(set(names)) == len(names)
