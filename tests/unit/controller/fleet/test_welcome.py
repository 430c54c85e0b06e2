"""Which agents a controller works with."""

from dataclasses import replace

import pytest

from sockrig.fleet.welcome import refusal_of
from sockrig_wire import PROTOCOL
from sockrig_wire.model.session import Hello, HostFacts, LimitsInForce

HELLO = Hello(
    agent_id="id",
    boot_id="boot",
    name="a",
    version="1.4.2",
    protocol=PROTOCOL,
    host=HostFacts("h", "Linux", "3.11", 2),
    limits=LimitsInForce(1, 1, 1.0, 1),
)


@pytest.mark.parametrize("own_version", ["1.4.2", "1.0.0", "1.99"])
def test_an_agent_of_the_same_major_version_is_welcome(own_version):
    assert refusal_of(HELLO, own_version) is None


def test_another_major_version_is_refused_in_words_that_name_both():
    refusal = refusal_of(HELLO, "2.0.0")

    assert refusal is not None
    assert "1.4.2" in refusal.what
    assert "2.0.0" in refusal.what


def test_another_protocol_is_refused():
    assert refusal_of(replace(HELLO, protocol=PROTOCOL + 1), "1.4.2") is not None


def test_an_unknown_capability_is_no_reason_to_refuse():
    assert refusal_of(replace(HELLO, capabilities=("time-travel",)), "1.4.2") is None
