import socket
import sys

import pytest

from sockrig_agent.traffic.capabilities import (
    GSO,
    UDP_SEGMENT,
    available_offloads,
    most_segments,
    offloads_for,
)
from sockrig_wire.kinds import OFFLOADS
from sockrig_wire.model.flows import FlowSpec


def spec_with(*offloads):
    return FlowSpec(name="f", kind="udp-stream", duration_seconds=1, offloads=offloads)


def test_only_known_offloads_are_found():
    assert available_offloads() <= set(OFFLOADS)


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


@pytest.mark.skipif(GSO not in available_offloads(), reason="this kernel has no GSO")
def test_one_send_can_be_cut_into_as_many_datagrams_as_are_told():
    most = most_segments()
    assert most in (64, 128)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        sock.connect(sock.getsockname())
        sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 10)
        assert sock.send(bytes(10 * most)) == 10 * most
        assert [len(sock.recv(100)) for _ in range(most)] == [10] * most
        with pytest.raises(OSError, match="Invalid argument"):
            sock.send(bytes(10 * 129))
