"""Variables are put in wherever text stands, and nowhere without a declaration."""

import pytest

from sockrig.scenario.document import plain_value, read_document
from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.unfolding import unfold


def resolve(text, **overrides):
    return plain_value(
        unfold(read_document(text, "file.yaml"), file_name="file.yaml", variables=overrides, read=str).root
    )


def refusal(text, **overrides):
    with pytest.raises(ScenarioError) as caught:
        resolve(text, **overrides)
    return str(caught.value)


def test_a_variable_stands_anywhere_in_a_text():
    assert resolve("vars: {n: 5}\na: [$n pps, 'x${n}y', '$n']")["a"] == ["5 pps", "x5y", "5"]


def test_a_text_that_is_one_variable_takes_its_type():
    assert resolve("vars: {n: 5, on: true, f: 1.5}\na: [$n, $on, $f]\nb: ${on}") == {
        "vars": {"n": 5, "on": True, "f": 1.5},
        "a": [5, True, 1.5],
        "b": True,
    }


def test_quotes_make_it_text_on_either_side():
    assert resolve("vars: {n: '5', m: 5}\na: [$n, '$m']")["a"] == ["5", "5"]


def test_two_dollars_are_one():
    assert resolve("a: $$n costs 5 $$")["a"] == "$n costs 5 $"


def test_variables_may_refer_to_each_other():
    assert resolve("vars: {a: $b$b, b: '${c}1', c: 2}\nx: $a")["x"] == 2121


def test_an_override_replaces_the_default_and_is_read_as_the_file_is():
    document = resolve("vars: {n: 5, s: '5'}\na: [$n, $s]", n="7", s="8")
    assert document == {"vars": {"n": 7, "s": "8"}, "a": [7, "8"]}


def test_a_variable_without_a_value_must_be_given():
    assert resolve("vars: {n: }\na: $n", n="3")["a"] == 3
    assert resolve("vars: {n: }\na: 1")["a"] == 1
    assert refusal("vars: {n: }\na: $n") == (
        "file.yaml:2:4: the variable $n has no value: give it one with --var n=VALUE"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: $n", "file.yaml:1:4: the variable $n is not declared; declared in vars: none"),
        ("vars: {secs: 1}\na: $sec", "file.yaml:2:4: the variable $sec is not declared; did you mean 'secs'?"),
        ("a: 5 $", "file.yaml:1:4: a lone $"),
        ("a: ${n", "a lone $"),
        ("a: $5", "a lone $"),
        ("vars: {a: $a}\nx: $a", "file.yaml:1:8: the variable $a refers to itself: $a -> $a"),
        ("vars: {a: $b, b: $a}", "refers to itself: $a -> $b -> $a"),
        ("vars: [a]", "file.yaml:1:7: vars: expected a mapping of names to values"),
        ("vars: {a-b: 1}", "file.yaml:1:8: a-b is not a variable's name"),
        ("vars: {a: [1]}", "file.yaml:1:11: the variable 'a' is not one value"),
    ],
)
def test_what_cannot_be_resolved_is_refused_with_its_place(text, message):
    assert message in refusal(text)


def test_an_override_of_an_undeclared_variable_is_refused():
    message = refusal("vars: {seconds: 1}", second="2")
    assert message.startswith("file.yaml:1:1: --var second: the scenario has no such variable; did you mean 'seconds'?")


def test_variables_cannot_explode():
    doubling = ", ".join(f"v{number}: {f'$v{number + 1}' * 10}" for number in range(14))
    assert "more than 1,048,576 characters" in refusal(f"vars: {{{doubling}, v14: x}}")
    many = f"vars: {{a: {'x' * 1000}}}\nb: [{'$a,' * 2000}]"
    assert "more than 1,048,576 characters" in refusal(many)


def test_a_long_chain_is_refused_before_the_stack_ends():
    chain = ", ".join(f"v{number}: $v{number + 1}" for number in range(2000))
    assert "16 variables within variables" in refusal(f"vars: {{{chain}, v2000: x}}")
