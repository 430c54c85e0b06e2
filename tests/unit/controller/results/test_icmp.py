"""ICMP errors in words."""

import pytest

from sockrig.results.icmp import icmp_name, is_host_unreachable, is_port_unreachable


@pytest.mark.parametrize(
    ("kind", "inet6", "name"),
    [
        ((3, 1), False, "host unreachable"),
        ((3, 13), False, "administratively prohibited"),
        ((11, 0), False, "time exceeded"),
        ((1, 1), True, "administratively prohibited"),
        ((3, 0), True, "time exceeded"),
        ((3, 99), False, "type 3, code 99"),
        ((200, 1), True, "type 200, code 1"),
    ],
)
def test_an_error_has_its_name_in_its_family(kind, inet6, name):
    assert icmp_name(*kind, inet6=inet6) == name


def test_unreachable_hosts_and_ports_have_other_numbers_in_ipv6():
    assert is_host_unreachable(3, 1, inet6=False)
    assert is_host_unreachable(1, 3, inet6=True)
    assert not is_host_unreachable(1, 3, inet6=False)
    assert is_port_unreachable(3, 3, inet6=False)
    assert is_port_unreachable(1, 4, inet6=True)
