"""A matrix is written out combination by combination, a file's steps take the place of their include."""

import time

import pytest

from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import describe, expand, placeholder_agents
from sockrig.scenario.planned import single_steps
from sockrig.scenario.unfolding import included_texts

HEAD = "scenario: x\nagents: [a, b]\nsteps:\n"
FLOW = "flow: {kind: udp-stream, from: a, to: b, duration: 1s, size: $size, rate: $rate}"


def load(text, **included):
    """Load a text that may include others; ``_yaml`` at the end of a name stands for ``.yaml``."""
    files = {name.replace("_yaml", ".yaml"): content for name, content in included.items()}
    return load_scenario(text, file_name="lab/x.yaml", included=files)


def plan(text, **included):
    loaded = load(text, **included)
    return expand(loaded, placeholder_agents(loaded))


def names(text, **included):
    return [name for name, _ in single_steps(*plan(text, **included).steps)]


def refusal(text, **included):
    with pytest.raises(ScenarioError) as caught:
        plan(text, **included)
    return str(caught.value)


def test_a_matrix_makes_a_step_of_every_combination_in_turn():
    text = f"{HEAD}  - name: sweep\n    matrix: {{size: [64 B, 1400 B], rate: [1 kpps, 2 kpps]}}\n    {FLOW}\n"
    steps = plan(text).steps
    assert [step.name for step in steps] == [
        "sweep, size=64 B, rate=1 kpps",
        "sweep, size=64 B, rate=2 kpps",
        "sweep, size=1400 B, rate=1 kpps",
        "sweep, size=1400 B, rate=2 kpps",
    ]
    assert steps[1].variables == {"size": "64 B", "rate": "2 kpps"}
    spec = steps[3].flows[0].spec
    assert (spec.size_bytes, spec.rate_packets_per_second) == (1400, 2000.0)


def test_the_values_of_a_matrix_keep_their_types_and_may_be_variables():
    flow = "flow: {kind: tcp-rr, from: a, to: b, duration: 1s, workers: $n}"
    text = f"scenario: x\nvars: {{most: 4}}\nagents: [a, b]\nsteps:\n  - {{matrix: {{n: [1, $most]}}, {flow}}}\n"
    assert [step.flows[0].spec.workers for step in plan(text).steps] == [1, 4]


def test_variables_of_a_step_stand_before_those_of_the_scenario_and_for_that_step_alone():
    text = (
        "scenario: x\nvars: {size: 10 B, rate: 5 pps, double: $size}\nagents: [a, b]\nsteps:\n"
        f"  - {{vars: {{size: 99 B}}, {FLOW}}}\n  - {{{FLOW}}}\n  - {{vars: {{size: 77 B}}, "
        "flow: {kind: udp-stream, from: a, to: b, duration: 1s, size: $double}}\n"
    )
    assert [step.flows[0].spec.size_bytes for step in plan(text.replace("10 B", "70 B")).steps] == [99, 70, 77]


def test_a_matrix_over_a_group_reaches_its_steps_and_groups_multiply():
    inner = f"{{name: in, matrix: {{rate: [1 pps, 2 pps]}}, {FLOW}}}"
    text = f"{HEAD}  - {{name: out, matrix: {{size: [64 B, 128 B]}}, steps: [{inner}, {{sleep: 1s}}]}}\n"
    assert names(text) == [
        "out, size=64 B / in, rate=1 pps",
        "out, size=64 B / in, rate=2 pps",
        "out, size=64 B / sleep 1 s",
        "out, size=128 B / in, rate=1 pps",
        "out, size=128 B / in, rate=2 pps",
        "out, size=128 B / sleep 1 s",
    ]
    steps = [step for _, step in single_steps(*plan(text).steps)]
    assert steps[1].variables == {"size": "64 B", "rate": "2 pps"}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("matrix: [1], sleep: 1s", "lab/x.yaml:4:14: matrix: expected a mapping of variables to lists of values"),
        ("matrix: {}, sleep: 1s", "matrix: expected a mapping"),
        ("matrix: {n: 5}, sleep: 1s", "lab/x.yaml:4:18: matrix: n: expected a list of values"),
        ("matrix: {n: []}, sleep: 1s", "matrix: n: expected a list of values"),
        ("matrix: {n: [[1]]}, sleep: 1s", "matrix: n: expected text or a number"),
        ("matrix: {n-m: [1]}, sleep: 1s", "lab/x.yaml:4:15: n-m is not a variable's name"),
        ("matrix: {n: [1s]}, sleep: $m", "the variable $m is not declared; declared in vars: n"),
        ("matrix: {n: [$n]}, sleep: $n", "the variable $n is not declared"),
        ("vars: {n: $m, m: $n}, sleep: $n", "the variable $n refers to itself: $n -> $m -> $n"),
        ("vars: {n: }, sleep: 1s", "the variable 'n' of a step needs a value here"),
        ("matrix: {n: [1s, soon]}, sleep: $n", "lab/x.yaml:4:38: sleep: soon is not a duration"),
    ],
)
def test_a_matrix_that_cannot_be_meant(step, message):
    assert message in refusal(f"{HEAD}  - {{{step}}}\n")


def test_too_many_combinations_are_counted_and_not_made():
    values = ", ".join(str(number) for number in range(200))
    began = time.process_time()
    text = refusal(f"{HEAD}  - {{matrix: {{n: [{values}], m: [{values}]}}, sleep: 1s}}\n")
    assert "matrix: 40,000 combinations: expected at most 1,000" in text
    inner = f"{{matrix: {{m: [{values}]}}, sleep: 1s}}"
    text = refusal(f"{HEAD}  - {{matrix: {{n: [{values}]}}, steps: [{inner}]}}\n")
    assert "more than" in text
    assert time.process_time() - began < 5


WARM = "scenario: warm up\nagents: [b]\nvars: {seconds: 2s}\nsteps:\n  - {name: nap, sleep: $seconds}\n"


def test_the_steps_of_a_file_are_a_group_with_its_name_and_its_own_variables():
    again = "{name: again, include: {file: sub/warm.yaml, vars: {seconds: 5s}}}"
    text = f"{HEAD}  - include: sub/warm.yaml\n  - {again}\n"
    loaded = load_scenario(text, file_name="lab/x.yaml", included={"sub/warm.yaml": WARM})
    assert describe(expand(loaded, placeholder_agents(loaded))).endswith(
        "\n1. warm up\n   1.1. nap\n      sleep 2 s\n\n2. again\n   2.1. nap\n      sleep 5 s\n"
    )


def test_what_is_given_to_a_file_may_be_a_variable_also_of_a_matrix():
    text = f"{HEAD}  - {{matrix: {{n: [1s, 2s]}}, include: {{file: warm.yaml, vars: {{seconds: $n}}}}}}\n"
    assert [step.seconds for _, step in single_steps(*plan(text, warm_yaml=WARM).steps)] == [1.0, 2.0]


def test_files_are_found_beside_the_file_that_includes_them():
    files = {"sub/one.yaml": WARM.replace("sleep: $seconds", "include: ../two.yaml"), "two.yaml": WARM}
    text = f"{HEAD}  - include: ./sub/one.yaml\n"
    load_scenario(text, file_name="lab/x.yaml", included=files)
    asked = []

    def read(name):
        asked.append(name)
        return files[name]

    assert included_texts(text, file_name="lab/x.yaml", variables={}, read=read) == files
    assert asked == ["sub/one.yaml", "two.yaml"]


def test_a_scenario_that_includes_nothing_needs_no_reader():
    assert included_texts(HEAD, file_name="x", variables={}, read=None) == {}


def test_a_problem_in_an_included_file_is_told_with_its_own_place():
    text = f"{HEAD}  - sleep: 1s\n  - include: warm.yaml\n"
    assert refusal(text, warm_yaml=WARM.replace("2s", "soon")).startswith(
        "lab/warm.yaml:5:24: sleep: soon is not a duration"
    )
    assert refusal(text, warm_yaml="a: [").startswith("lab/warm.yaml:2:1: this is not YAML")
    assert refusal(text, warm_yaml=WARM.replace("sleep: $seconds", "barrier: 'b[3]'")).startswith(
        "lab/warm.yaml:5:26: there is no b[3]: the last is b[0]"
    )
    assert refusal(text, warm_yaml="scenario: x\nsteps: [{sleep: 1s}]\n").startswith(
        "lab/warm.yaml:1:1: 'agents' is missing"
    )


@pytest.mark.parametrize(
    ("include", "message"),
    [
        ("gone.yaml", "lab/x.yaml:4:14: include: gone.yaml cannot be read: its text was not sent along"),
        ("{vars: {}}", "lab/x.yaml:4:14: include: expected a file's name"),
        ("''", "include: expected a file's name"),
        ("{file: warm.yaml, var: {}}", "lab/x.yaml:4:32: include: unknown key 'var'; did you mean 'vars'?"),
        ("{file: warm.yaml, vars: {second: 1s}}", "include: warm.yaml has no variable second; did you mean 'seconds'?"),
    ],
)
def test_an_include_that_cannot_be_meant(include, message):
    assert message in refusal(f"{HEAD}  - include: {include}\n", warm_yaml=WARM)


def test_a_variable_that_the_file_must_be_given_says_how():
    text = refusal(f"{HEAD}  - include: warm.yaml\n", warm_yaml=WARM.replace("seconds: 2s", "seconds: "))
    assert "the variable $seconds has no value: give it one with include: {file: ..., vars: {seconds: VALUE}}" in text


def test_roles_of_the_file_must_be_there_and_large_enough():
    text = f"{HEAD}  - include: warm.yaml\n"
    assert refusal(text, warm_yaml=WARM.replace("[b]", "[b, c]")) == (
        "lab/warm.yaml:2:13: lab/x.yaml, which includes this, has no role 'c'; roles there: a, b"
    )
    many = refusal(text, warm_yaml=WARM.replace("[b]", "{b: {count: 3}}"))
    assert many == "lab/warm.yaml:2:10: b is 3 agents here, and 1 in lab/x.yaml, which includes this"


def test_a_loop_of_files_shows_the_chain_with_its_places():
    one, two = (f"scenario: x\nagents: [a]\nsteps:\n  - include: {name}\n" for name in ("two.yaml", "one.yaml"))
    text = refusal(f"{HEAD}  - include: one.yaml\n", one_yaml=one, two_yaml=two)
    chain = "lab/x.yaml:4:14 -> lab/one.yaml:4:14 -> lab/two.yaml:4:14 -> one.yaml"
    assert text == f"lab/two.yaml:4:14: include: one.yaml includes itself: {chain}"
    assert "x.yaml includes itself" in refusal(f"{HEAD}  - include: x.yaml\n", x_yaml=HEAD)


def test_files_within_files_are_bounded_in_depth_and_number():
    deep = {
        f"{level}.yaml": f"scenario: x\nagents: [a]\nsteps:\n  - include: {level + 1}.yaml\n" for level in range(20)
    }
    with pytest.raises(ScenarioError, match="include: too many: expected at most 8 groups and included files"):
        load_scenario(f"{HEAD}  - include: 0.yaml\n", file_name="x.yaml", included=deep)
    wide = {
        f"{level}.yaml": "scenario: x\nagents: [a]\nsteps:\n" + f"  - include: {level + 1}.yaml\n" * 20
        for level in range(7)
    }
    wide["7.yaml"] = "scenario: x\nagents: [a]\nsteps: [{sleep: 1s}]\n"
    began = time.process_time()
    with pytest.raises(
        ScenarioError, match="too many: expected at most 8 groups and included files within each other, and 1,000"
    ):
        load_scenario(f"{HEAD}  - include: 0.yaml\n", file_name="x.yaml", included=wide)
    assert time.process_time() - began < 5


def test_groups_are_bounded_in_depth():
    text = "sleep: 1s"
    for _ in range(9):
        text = f"steps: [{{{text}}}]"
    assert "too deep: at most 8 groups" in refusal(f"{HEAD}  - {{{text}}}\n")
