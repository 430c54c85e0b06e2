"""Own addresses, wildcards, and who can reach whom."""

import asyncio
import socket

import pytest

from sockrig_agent.sockets.addresses import BindHosts, address_of, can_reach, is_unbound, resolve
from sockrig_wire.model.sockets import SocketAddress

OWN = BindHosts(inet="127.0.0.2", inet6="::1")


@pytest.mark.parametrize(
    ("address", "family", "bind_hosts", "name"),
    [
        (SocketAddress("192.0.2.7", 53), socket.AF_INET, OWN, ("192.0.2.7", 53)),
        (SocketAddress("", 53), socket.AF_INET, OWN, ("127.0.0.2", 53)),
        (SocketAddress("", 53), socket.AF_INET, BindHosts(), ("0.0.0.0", 53)),
        (SocketAddress("", 53), socket.AF_INET6, OWN, ("::1", 53, 0, 0)),
        (SocketAddress("", 53), socket.AF_INET6, BindHosts(), ("::", 53, 0, 0)),
        (SocketAddress("fe80::1", 53, 7, 3), socket.AF_INET6, OWN, ("fe80::1", 53, 7, 3)),
        (SocketAddress("<broadcast>", 9), socket.AF_INET, OWN, ("255.255.255.255", 9)),
        (SocketAddress("127.1", 9), socket.AF_INET, OWN, ("127.0.0.1", 9)),
    ],
)
def test_an_address_becomes_the_one_of_the_system(address, family, bind_hosts, name):
    assert asyncio.run(resolve(address, family, bind_hosts)) == name


def test_a_scope_within_the_host_is_understood():
    scope = socket.if_nametoindex("lo")
    name = asyncio.run(resolve(SocketAddress("fe80::1%lo", 1), socket.AF_INET6, OWN))
    assert (name[0].partition("%")[0], name[3]) == ("fe80::1", scope)


def test_the_address_of_a_name_keeps_flow_and_scope():
    assert address_of(("fe80::1", 53, 7, 3)) == SocketAddress("fe80::1", 53, 7, 3)
    assert address_of(("192.0.2.7", 53)) == SocketAddress("192.0.2.7", 53)


@pytest.mark.parametrize(
    ("name", "unbound"),
    [
        (("0.0.0.0", 0), True),
        (("::", 0, 0, 0), True),
        (("0.0.0.0", 80), False),
        (("127.0.0.2", 0), False),
        (("::1", 0, 0, 0), False),
    ],
)
def test_a_socket_is_unbound_without_address_and_port(name, unbound):
    assert is_unbound(name) is unbound


@pytest.mark.parametrize(
    ("own", "destination", "reached"),
    [
        ("127.0.0.2", "127.0.0.1", True),
        ("127.0.0.2", "0.0.0.0", True),
        ("127.0.0.2", "192.0.2.1", False),
        ("192.0.2.1", "127.0.0.1", False),
        ("192.0.2.1", "198.51.100.1", True),
        ("::1", "::1", True),
        ("::1", "2001:db8::1", False),
        ("2001:db8::1", "fe80::1", True),
        ("fe80::1%lo", "2001:db8::1", False),
        ("fe80::1%lo", "fe80::2", True),
        ("2001:db8::1", "::ffff:192.0.2.1", False),
        ("::ffff:192.0.2.2", "::ffff:192.0.2.1", True),
    ],
)
def test_an_own_address_reaches_its_like(own, destination, reached):
    assert can_reach(own, destination) is reached


def test_a_look_up_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr("sockrig_agent.sockets.addresses.LOOK_UP_SECONDS", 0)
    with pytest.raises(socket.gaierror) as refusal:
        asyncio.run(resolve(SocketAddress("localhost", 1), socket.AF_INET, OWN))
    assert refusal.value.errno == socket.EAI_AGAIN
    assert "'localhost' was not resolved" in refusal.value.strerror
