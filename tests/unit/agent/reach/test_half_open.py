"""Half-open connections in the lines of /proc/net/tcp."""

import sys

import pytest

from sockrig_agent.reach.half_open import half_open_connections, parse_half_open
from sockrig_wire.model.reach import ReachHalfOpen
from sockrig_wire.model.sockets import Family

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0200090A:0063 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 110206 2 0 100 0 0 10 0
   1: 0200090A:0063 0100090A:E606 03 00000000:00000000 01:00000000 00000000     0        0 0 0 0
   2: 0200090A:0064 0100090A:E607 03 00000000:00000000 01:00000000 00000000     0        0 0 0 0
   3: 0200090A:0063 0100090A:E608 01 00000000:00000000 03:00000000 00000000     0        0 0 0 0
""".splitlines()
INET6 = ["0: 000009FD000000000000000002000000:0063 000009FD000000000000000001000000:E606 03 0:0 1:0 0 0 0 0"]

little_endian = pytest.mark.skipif(sys.byteorder != "little", reason="the table is of a little-endian host")


@little_endian
def test_only_those_to_the_ports_and_only_half_open_ones():
    assert list(parse_half_open(TABLE, {0x63})) == [ReachHalfOpen(99, "10.9.0.1", 0xE606)]
    assert [each.local_port for each in parse_half_open(TABLE, {99, 100})] == [99, 100]


@little_endian
def test_ipv6_addresses_are_words_in_the_hosts_order():
    assert [each.host for each in parse_half_open(INET6, {99})] == ["fd09::1"]


def test_a_line_that_is_no_connection_is_passed_over():
    assert list(parse_half_open(["", " 03 ", "a b c", "03 03 03"], {99})) == []


def test_the_system_is_asked_only_where_there_are_ports():
    assert half_open_connections(Family.INET, ()) == ()
    assert half_open_connections(Family.INET, {1}) == ()
