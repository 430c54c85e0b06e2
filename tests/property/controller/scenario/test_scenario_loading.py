"""Whatever a file holds, the answer is a scenario or a ScenarioError; and what is written reads back."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, describe, expand, placeholder_agents
from sockrig.scenario.scalars import resolve_scalar
from sockrig.scenario.units import Dimension, Quantity, format_quantity, parse_quantity
from sockrig.scenario.writing import to_json, to_yaml

WORDS = [
    *("scenario", "agents", "vars", "require", "steps", "name", "flow", "together", "sockets", "reach", "expect"),
    *("kind", "from", "to", "duration", "rate", "size", "workers", "mode", "verify", "offload", "ipv6", "on", "open"),
    *(
        "bind",
        "listen",
        "connect",
        "as",
        "accept",
        "send",
        "send-hex",
        "receive",
        "max",
        "timeout",
        "encoding",
        "check",
    ),
    *("expect-hex", "expect-error", "shutdown", "how", "close", "count", "labels", "names", "from_", "<many>", "[key]"),
    *("a", "b", "a[0]", "udp", "tcp", "tcp-stream", "udp-rr", "2s", "-1", "50 pps", "loss <= 1 %", ":0", "x.sender"),
    *("vars", "matrix", "repeat", "until", "most", "deadline", "continue-on-failure", "include", "file", "sleep"),
    *("barrier", "shape", "ring", "mesh", "pairwise", "incast", "rtt within 5 %", "x.yaml", "edges"),
    *("$v", "${v}", "$$", "*", "all", "80 %", "gbk", "ETIMEDOUT", "true", "~", "0x1f", "1e400", ".nan", "", "\x85"),
]
words = st.sampled_from(WORDS) | st.text(max_size=5)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5),
    max_leaves=30,
)
socket_calls = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("on", "open", "as", "send", "from", "to", "receive", "close", "check", "accept"), words),
)
flows = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["tcp-stream", "udp-rr"]),
        "from": st.sampled_from(["a", "b", "a[0]", "c"]),
        "to": st.sampled_from(["a", "b", "b[1]"]),
        "duration": st.sampled_from(["1s", 2, "$v"]),
    },
    optional=dict.fromkeys(("rate", "size", "workers", "name", "ipv6", "shape"), words),
)
repeats = st.integers(-1, 3) | st.fixed_dictionaries({"until": words}, optional={"least": st.integers(0, 5)})
matrices = st.dictionaries(st.sampled_from(["v", "w"]), st.lists(scalars, max_size=3), max_size=2)
scenarios = st.fixed_dictionaries(
    {
        "scenario": words,
        "agents": st.sampled_from([["a", "b"], {"a": None, "b": {"count": 2}}]),
        "steps": st.lists(
            st.fixed_dictionaries({"flow": flows}, optional={"expect": st.lists(words, max_size=2)})
            | st.fixed_dictionaries(
                {"flow": flows}, optional={"repeat": repeats, "matrix": matrices, "deadline": words}
            )
            | st.fixed_dictionaries(
                {"steps": st.lists(st.fixed_dictionaries({"flow": flows}), max_size=2)},
                optional={"matrix": matrices, "repeat": repeats, "vars": matrices},
            )
            | st.fixed_dictionaries({"sleep": words})
            | st.fixed_dictionaries({"barrier": words})
            | st.fixed_dictionaries({"include": words})
            | st.fixed_dictionaries({"sockets": st.lists(socket_calls, max_size=3)})
            | st.dictionaries(words, scalars, max_size=2),
            max_size=3,
        ),
    },
    optional={"vars": st.dictionaries(words, scalars, max_size=3), "require": scalars},
)


def answer(text, **variables):
    """Take a text as far as it goes: it may be refused with a ScenarioError, and with nothing else."""
    try:
        loaded = load_scenario(text, file_name="x.yaml", variables=variables, included={"x.yaml": text})
        plan = expand(loaded, placeholder_agents(loaded))
    except ScenarioError:
        return None
    assert describe(plan)
    return loaded.scenario


@given(st.text())
def test_any_text_is_answered(text):
    answer(text)


@given(st.text(alphabet="{}[]:,-&*!|>%@`'\"#? \n\tab$0.~\\"))
def test_any_heap_of_punctuation_is_answered(text):
    answer(text)


@given(documents)
def test_any_document_is_answered(document):
    answer(json.dumps(document, ensure_ascii=False))


@given(scenarios, st.dictionaries(words, words, max_size=2))
@settings(max_examples=300)
def test_anything_like_a_scenario_is_answered(document, variables):
    answer(json.dumps(document, ensure_ascii=False), **variables)


@given(scenarios)
@settings(max_examples=200)
def test_what_was_read_can_be_written_and_read_again(document):
    scenario = answer(json.dumps(document, ensure_ascii=False).replace("$", ""))
    if scenario is not None:
        assert answer(to_yaml(scenario)) == scenario
        assert answer(to_json(scenario)) == scenario


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50))
def test_any_text_can_be_sent(text):
    document = {
        "scenario": "x",
        "agents": ["a"],
        "steps": [{"sockets": [{"on": "a", "open": "udp", "as": "s"}, {"send": "x", "from": "s", "to": "a:5"}]}],
    }
    scenario = answer(json.dumps(document))
    (step,) = scenario.steps
    sent = step.sockets[1].model_copy(update={"send": text})
    changed = scenario.model_copy(update={"steps": (step.model_copy(update={"sockets": (step.sockets[0], sent)}),)})
    for write in (to_yaml, to_json):
        assert answer(write(changed)).steps[0].sockets[1].send == text


@given(st.floats(min_value=0, max_value=1e15), st.sampled_from([one for one in Dimension if one is not Dimension.WORD]))
def test_quantities_round_trip(value, dimension):
    assert parse_quantity(format_quantity(value, dimension)) == Quantity(value, dimension)


@given(st.integers(min_value=0, max_value=2**53))
def test_sizes_round_trip(size):
    assert parse_quantity(format_quantity(size, Dimension.SIZE)) == Quantity(float(size), Dimension.SIZE)


@given(st.text(max_size=30) | st.text(alphabet=string.digits + "+-.eExo_:", max_size=12))
def test_any_plain_scalar_has_a_value(text):
    assert isinstance(resolve_scalar(text), str | int | float | bool | None)


@given(
    st.lists(st.sampled_from(["a", "b", "b-1", "b-2", "c", "d", "e"]), unique=True),
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 3), min_size=1),
)
def test_every_agent_plays_one_role_and_every_role_is_full(names, counts):
    roles = {role: {"count": count} for role, count in counts.items()}
    role = next(iter(counts))
    flow = {"kind": "tcp-rr", "from": f"{role}[0]", "to": f"{role}[0]", "duration": "1s"}
    text = json.dumps({"scenario": "x", "agents": roles, "steps": [{"flow": flow}]})
    loaded = load_scenario(text, file_name="x.yaml")
    agents = [AgentFacts(name) for name in names]
    if sum(counts.values()) > len(names):
        with pytest.raises(ScenarioError, match="the scenario needs"):
            expand(loaded, agents)
        return
    plan = expand(loaded, agents)
    assert {role: len(players) for role, players in plan.roles.items()} == counts
    assert len(set(plan.agents)) == len(plan.agents)
    assert set(plan.agents) <= set(names)
