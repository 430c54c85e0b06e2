import sys

import pytest

from sockrig_agent.traffic.capabilities import ALL_OFFLOADS, available_offloads, offloads_for
from sockrig_wire.model.flows import FlowSpec


def spec_with(*offloads):
    return FlowSpec(name="f", kind="udp-stream", duration_seconds=1, offloads=offloads)


def test_only_known_offloads_are_found():
    assert available_offloads() <= set(ALL_OFFLOADS)


@pytest.mark.skipif(sys.platform != "linux", reason="sendmmsg(2) is Linux's")
def test_linux_sends_many_messages_at_once():
    assert "sendmmsg" in available_offloads()


@pytest.mark.parametrize(
    ("asked", "granted"),
    [(("auto",), {"gso", "gro"}), (("none",), set()), (("gso", "sendmmsg"), {"gso"}), ((), set())],
)
def test_a_flow_uses_what_it_asks_for_and_the_host_has(asked, granted):
    assert offloads_for(spec_with(*asked), frozenset({"gso", "gro"})) == granted


def test_the_host_is_asked_where_nothing_else_is_said():
    assert offloads_for(spec_with("auto")) == available_offloads()
