"""A scenario built in Python is text that reads back to the same."""

import pytest
from pydantic import ValidationError

from sockrig.scenario.calls import OpenCall, SendCall
from sockrig.scenario.flow import Flow
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.model import AgentRole, Scenario
from sockrig.scenario.patterns import OnOffPattern
from sockrig.scenario.payloads import TextContent
from sockrig.scenario.sizes import MixedSizes, UniformSizes
from sockrig.scenario.steps import FlowStep, SocketsStep, TogetherItem, TogetherStep
from sockrig.scenario.units import Rate
from sockrig.scenario.writing import to_json, to_yaml

SCENARIO = Scenario(
    scenario="tcp a b",
    agents={"a": AgentRole(names=("local-1",)), "b": AgentRole(count=2, labels={"rack": "1", "on": "yes"})},
    require="80 %",
    steps=(
        FlowStep(
            name="on: 12:30, #1",
            flow=Flow(
                kind="udp-stream",
                from_="a",
                to=("b[0]", "b[1]"),
                duration=2.5,
                rate=Rate(packets_per_second=2000.0),
                size=200,
                offload=("gso",),
                ipv6=True,
                pattern="poisson",
            ),
            expect=("loss <= 0.5 %",),
        ),
        FlowStep(
            flow=(
                Flow(kind="udp-stream", from_="a", to="b", duration=1, size=MixedSizes(mix={64: 7, "1 KiB": 1})),
                Flow(kind="udp-stream", from_="a", to="b", duration=1, size=UniformSizes(uniform=("64 B", 1400))),
                Flow(kind="udp-stream", from_="a", to="b", duration=1, size="imix", payload="zeros"),
                Flow(kind="tcp-rr", from_="a", to="b", duration=1, payload=TextContent(text="$5")),
            )
        ),
        TogetherStep(
            together=(
                TogetherItem(
                    flow=Flow(
                        kind="tcp-stream",
                        from_="a",
                        to="b",
                        duration="2s",
                        direction="both",
                        no_delay=False,
                        dscp="ef",
                        send_buffer="1 MiB",
                        pattern=OnOffPattern(on=1.5, off="20ms"),
                    )
                ),
            )
        ),
        SocketsStep(
            sockets=(
                OpenCall(on="a", open="udp", as_="out"),
                SendCall(
                    send="$5, 0o17 and\ttabs\x7f\u2028 你好 😀 true", from_="out", to="b[0]:7", expect_error="EPERM"
                ),
                SendCall(send="true", from_="out", to="b[0]:7"),
                SendCall(send="", from_="out", to="b[0]:7"),
            )
        ),
    ),
)


@pytest.mark.parametrize("write", [to_yaml, to_json])
def test_it_reads_back_to_the_same(write):
    assert load_scenario(write(SCENARIO), file_name="x").scenario == SCENARIO


@pytest.mark.parametrize("write", [to_yaml, to_json])
@pytest.mark.parametrize("name", ["dialogues.yaml", "streams.yaml", "modes.yaml", "together.yaml"])
def test_a_file_that_was_read_can_be_written(load_file, write, name):
    scenario = load_file(name).scenario
    assert load_scenario(write(scenario), file_name="x").scenario == scenario


def test_quantities_are_written_with_their_units():
    text = to_yaml(SCENARIO)
    assert "duration: 2.5 s\n" in text
    assert "rate: 2 kpps\n" in text
    assert "size: 200 B\n" in text


def test_what_is_wrong_in_python_is_refused_in_the_same_words():
    with pytest.raises(ValidationError, match="-1 is not a duration: expected a positive time"):
        Flow(kind="tcp-stream", from_="a", to="b", duration=-1)
    with pytest.raises(ValidationError, match="unknown key 'durration'; did you mean 'duration'"):
        Flow(kind="tcp-stream", from_="a", to="b", durration=1)


def test_a_scenario_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        SCENARIO.scenario = "other"
