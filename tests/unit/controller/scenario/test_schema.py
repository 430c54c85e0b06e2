"""The JSON Schema helps editors: it knows every key, and variables."""

import json
import re

from sockrig.scenario.calls import CALL_KINDS
from sockrig.scenario.kinds import KINDS
from sockrig.scenario.schema import scenario_json_schema
from sockrig.scenario.steps import STEP_KINDS

SCHEMA = scenario_json_schema()


def test_it_is_json_with_a_title_and_the_keys_of_a_file():
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert SCHEMA["required"] == ["scenario", "agents", "steps"]
    assert SCHEMA["additionalProperties"] is False


def test_every_kind_of_step_and_of_call_is_in_it():
    for kind in (*STEP_KINDS.values(), *CALL_KINDS.values()):
        assert SCHEMA["$defs"][kind.__name__]["additionalProperties"] is False


def test_keys_are_those_of_a_file_and_described():
    flow = SCHEMA["$defs"]["Flow"]
    assert "from" in flow["properties"]
    assert "from_" not in flow["properties"]
    assert flow["required"] == ["kind", "from", "duration"]
    assert flow["properties"]["kind"]["anyOf"][0]["enum"] == list(KINDS)
    assert all("description" in field for field in flow["properties"].values())


def test_a_quantity_is_text_with_a_unit_or_a_variable():
    (text, number) = SCHEMA["$defs"]["Flow"]["properties"]["duration"]["anyOf"]
    assert all(re.search(text["pattern"], value) for value in ("2s", "500 ms", "$seconds", "1.5e3 us"))
    assert not any(re.search(text["pattern"], value) for value in ("2", "2 B", "soon"))
    assert number == {"type": "number", "minimum": 0}


def test_a_variable_may_stand_for_a_number():
    assert SCHEMA["$defs"]["Flow"]["properties"]["workers"]["anyOf"][1] == {"type": "string", "pattern": r"\$"}


def test_a_variable_may_stand_where_a_value_has_several_forms():
    word, *_ = SCHEMA["$defs"]["Flow"]["properties"]["size"]["anyOf"]
    assert word["anyOf"] == [{"type": "string", "const": "imix"}, {"type": "string", "pattern": r"\$"}]
    assert '"oneOf"' not in json.dumps(SCHEMA)


def test_steps_hold_steps_and_know_how_they_are_repeated():
    group = SCHEMA["$defs"]["GroupStep"]["properties"]
    assert {"matrix", "repeat", "vars", "deadline", "continue-on-failure", "name", "steps"} == set(group)
    assert "GroupStep" in json.dumps(group["steps"])
    assert SCHEMA["$defs"]["RepeatUntil"]["required"] == ["until"]
    assert all("description" in field for field in group.values())
