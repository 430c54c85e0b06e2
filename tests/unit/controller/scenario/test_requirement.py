"""How many agents must stay."""

import pytest

from sockrig.scenario.requirement import parse_requirement


@pytest.mark.parametrize(
    ("text", "agents", "needed"),
    [
        ("all", 5, 5),
        (3, 5, 3),
        ("3", 5, 3),
        ("80 %", 5, 4),
        ("50%", 3, 2),
        ("7 %", 100, 7),
        ("0.1 %", 3, 1),
        ("0 %", 5, 0),
    ],
)
def test_a_requirement_is_a_number_of_agents(text, agents, needed):
    assert parse_requirement(text).needed(agents) == needed


@pytest.mark.parametrize("text", ["some", 0, -1, "1.5", "101 %", "-1 %", "2s", ""])
def test_what_is_no_requirement_is_refused(text):
    with pytest.raises(ValueError, match="expected all, a number of agents, or a percentage such as 80 %"):
        parse_requirement(text)
