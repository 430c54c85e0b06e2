"""A YAML text becomes values that know where they stand, within bounds."""

import time

import pytest

from sockrig.scenario.document import (
    DEEPEST,
    MOST_BYTES,
    MOST_VALUES,
    key_position_of,
    plain_value,
    position_of,
    read_document,
)
from sockrig.scenario.errors import Position, ScenarioError


def read(text):
    return plain_value(read_document(text, "file.yaml"))


def refusal(text):
    with pytest.raises(ScenarioError) as caught:
        read_document(text, "file.yaml")
    return str(caught.value)


def test_values_are_plain():
    assert read('a: [1, "1", on, 2s, ~]\nb: {c: true}') == {"a": [1, "1", "on", "2s", None], "b": {"c": True}}


def test_keys_are_text_whatever_they_look_like():
    assert read("{on: 1, 2: 3, null: 4, true: 5}") == {"on": 1, "2": 3, "null": 4, "true": 5}


def test_json_is_yaml():
    assert read('{"a": ["\\u00e9", 1.5, null, true, "$"]}') == {"a": ["é", 1.5, None, True, "$"]}


def test_aliases_stand_for_their_anchors():
    assert read("a: &x {b: [1]}\nc: *x\nd: [*x, *x]") == {"a": {"b": [1]}, "c": {"b": [1]}, "d": [{"b": [1]}] * 2}


def test_core_tags_are_obeyed():
    assert read('[!!str 12, !!int "12", !!float "1.5", ! 7]') == ["12", 12, 1.5, "7"]


def test_a_value_and_its_key_have_positions():
    root = read_document("a: 1\nbc:\n  - x\n  - {d:   5}\n", "file.yaml")
    assert position_of(root, ("bc", 1, "d")) == Position(4, 11)
    assert key_position_of(root, ("bc", 1, "d")) == Position(4, 6)
    assert key_position_of(root, ("bc",)) == Position(2, 1)


def test_a_place_that_is_not_there_is_that_of_its_nearest_parent():
    root = read_document("a:\n  b: 1\n", "file.yaml")
    assert position_of(root, ("a", "nothing", "here")) == Position(2, 3)
    assert key_position_of(root, ("a", "nothing")) == Position(1, 1)


def test_an_index_into_what_is_no_list_is_passed_over():
    root = read_document("a:\n  b: 1\n", "file.yaml")
    assert position_of(root, ("a", 0, "b")) == Position(2, 6)


def test_columns_count_characters():
    assert "file.yaml:1:8: " in refusal("{价: é, 价: 2}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "file.yaml:3:1: the key a is here twice: it is on line 1 already"),
        ("a: [1\n", "file.yaml:2:1: this is not YAML"),
        ("a: b: c", "file.yaml:1:5: this is not YAML"),
        ("\ta: 1", "file.yaml:1:1: this is not YAML"),
        ("a: \0", "file.yaml:1:4: the character U+0000 is not allowed in YAML"),
        ("é: \a", "file.yaml:1:4: the character U+0007 is not allowed in YAML"),
        ("a: \ud800", "file.yaml:1:4: it is not text"),
        ("", "file.yaml:1:1: the file is empty"),
        ("# nothing\n", "file.yaml:1:1: the file is empty"),
        ("a: 1\n---\nb: 1\n", "file.yaml:2:1: a second document begins here"),
        ("a: !!python/object/apply:os.system [ls]", "file.yaml:1:4: the tag tag:yaml.org,2002:python/object/apply:os"),
        ("a: !secret x", "file.yaml:1:4: the tag !secret is not allowed"),
        ("a: !!timestamp 2026-01-01", "is not allowed: expected plain YAML"),
        ("a: *b", "file.yaml:1:4: there is no anchor &b before this alias"),
        ("a: &b [*b]", "file.yaml:1:8: the alias *b stands within what it stands for"),
        ("[a]: b", "file.yaml:1:1: a key is a word"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_place(text, message):
    assert message in refusal(text)


def test_a_file_has_a_largest_size():
    assert f"a scenario has at most {MOST_BYTES:,}" in refusal("#" * (MOST_BYTES + 1))


def test_depth_is_bounded():
    assert read("[" * DEEPEST + "]" * DEEPEST)
    assert f"file.yaml:1:{DEEPEST + 1}: too deep" in refusal("[" * 900)
    assert ": too deep" in refusal("[" * 100_000), "also where the parser itself gives up"


def test_the_number_of_values_is_bounded():
    assert "more than 100,000 values" in refusal("[" + "1," * (MOST_VALUES + 1) + "]")


def test_aliases_count_as_what_they_stand_for():
    laughs = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for name, previous in zip("bcdefghi", "abcdefgh", strict=True):
        laughs += f"{name}: &{name} [{', '.join([f'*{previous}'] * 9)}]\n"
    began = time.process_time()
    assert "more than 100,000 values" in refusal(laughs)
    assert time.process_time() - began < 1, "a bomb is found by counting, not by exploding"
