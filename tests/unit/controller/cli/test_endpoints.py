"""Addresses as people write them."""

import pytest

from sockrig.cli.endpoints import Endpoint, endpoint_of, peer_endpoint_of, shown_address
from sockrig_wire.errors import UsageError


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("7000", Endpoint("", 7000)),
        (":0", Endpoint("", 0)),
        ("10.0.0.1:7000", Endpoint("10.0.0.1", 7000)),
        ("server.lab:53", Endpoint("server.lab", 53)),
        ("[2001:db8::1]:7000", Endpoint("2001:db8::1", 7000)),
    ],
)
def test_an_endpoint_is_a_port_with_or_without_a_host(text, endpoint):
    assert endpoint_of(text) == endpoint


@pytest.mark.parametrize(
    "text", ["", "server", "server:", "server:http", "1.2.3.4:65536", "::1", "2001:db8::1:7000", "a:-1"]
)
def test_what_is_no_endpoint_is_a_usage_error_that_quotes_it(text):
    with pytest.raises(UsageError, match="is not an address with a port") as caught:
        endpoint_of(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", [":7000", "7000", "10.0.0.1:0"])
def test_an_address_to_send_to_needs_a_host_and_a_port(text):
    with pytest.raises(UsageError, match="is not an address to send to"):
        peer_endpoint_of(text)


def test_an_ipv6_address_is_shown_in_brackets():
    assert shown_address("::1", 80) == "[::1]:80"
    assert shown_address("10.0.0.1", 80) == "10.0.0.1:80"
