"""Ports as people write them, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig.scenario.ports import Port, parse_ports, ports_in_words
from sockrig_wire.model.sockets import Transport

PORTS = st.builds(Port, st.sampled_from(Transport), st.integers(1, 65535))


def test_a_port_and_a_range_with_both_its_ends():
    assert parse_ports("tcp/22") == (Port(Transport.TCP, 22),)
    assert parse_ports(" UDP/8-10 ") == tuple(Port(Transport.UDP, number) for number in (8, 9, 10))


@pytest.mark.parametrize(
    "text", ["22", "tcp", "tcp/", "tcp/0", "tcp/65536", "tcp/9-8", "tcp/1-2-3", "sctp/1", "tcp/-1"]
)
def test_what_is_no_port_is_refused(text):
    with pytest.raises(ValueError, match="expected"):
        parse_ports(text)


@given(st.lists(PORTS, unique=True, max_size=40))
def test_ports_in_words_are_read_back_as_they_were(ports):
    words = ports_in_words(ports)

    assert [port for part in words.split(", ") if part for port in parse_ports(part)] == ports
