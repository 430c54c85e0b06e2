"""Where peers are told to reach an agent's sockets."""

import ipaddress

from sockrig_agent.addresses import advertised_addresses, ipv4_addresses, ipv6_addresses
from sockrig_agent.sockets.addresses import BindHosts

NONE = BindHosts()


def test_what_it_is_told_to_advertise_goes_before_all():
    assert advertised_addresses("127.0.0.1", ["192.0.2.7"], BindHosts(inet="127.0.0.9")) == ("192.0.2.7",)


def test_its_own_bound_addresses_come_next():
    assert advertised_addresses("127.0.0.1", [], BindHosts("127.0.0.9", "::1")) == ("127.0.0.9", "::1")


def test_a_loopback_listener_is_reached_at_its_own_address():
    assert advertised_addresses("127.0.0.5", [], NONE) == ("127.0.0.5", "::1")


def test_a_listener_known_by_name_leaves_the_answer_to_whoever_dialled_it():
    assert advertised_addresses("lab.example", [], NONE) == ()


def test_a_listener_on_one_address_advertises_it_first():
    assert advertised_addresses("192.0.2.7", [], NONE)[0] == "192.0.2.7"


def test_found_addresses_are_real_and_never_loopback():
    for host in (*ipv4_addresses(), *ipv6_addresses()):
        assert not ipaddress.ip_address(host).is_loopback
