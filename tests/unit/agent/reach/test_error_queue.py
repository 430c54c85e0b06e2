"""The error queue of a socket, as bytes and as the kernel fills it."""

import errno
import select
import socket
import struct

import pytest

from sockrig_agent.reach.error_queue import IcmpError, first_icmp_error, parse_extended_error, record_errors


def extended(origin, kind, code, offender, number=errno.EHOSTUNREACH):
    return struct.pack("=IBBBBII", number, origin, kind, code, 0, 0, 0) + offender


INET_OFFENDER = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton("192.0.2.7"))
INET6_OFFENDER = struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, "2001:db8::7"), 0)


def test_an_icmp_error_has_its_type_its_code_and_who_sent_it():
    assert parse_extended_error(extended(2, 3, 13, INET_OFFENDER)) == IcmpError(errno.EHOSTUNREACH, 3, 13, "192.0.2.7")
    assert parse_extended_error(extended(3, 1, 4, INET6_OFFENDER)) == IcmpError(errno.EHOSTUNREACH, 1, 4, "2001:db8::7")


def test_an_unknown_offender_is_empty():
    assert parse_extended_error(extended(2, 3, 1, bytes(16))).offender == ""
    assert parse_extended_error(extended(2, 3, 1, b"")).offender == ""


@pytest.mark.parametrize("origin", [0, 1, 4, 5])
def test_what_is_not_of_icmp_is_none(origin):
    assert parse_extended_error(extended(origin, 0, 0, INET_OFFENDER)) is None


@pytest.mark.parametrize("length", range(16))
def test_what_is_cut_short_is_none(length):
    assert parse_extended_error(extended(2, 3, 1, INET_OFFENDER)[:length]) is None


@pytest.mark.parametrize(("family", "host", "kind"), [(socket.AF_INET, "127.0.0.1", 3), (socket.AF_INET6, "::1", 1)])
def test_a_closed_port_is_in_the_queue_of_who_asked(family, host, kind):
    with socket.socket(family, socket.SOCK_DGRAM) as closed, socket.socket(family, socket.SOCK_DGRAM) as asks:
        closed.bind((host, 0))
        port = closed.getsockname()[1]
        closed.close()
        record_errors(asks)
        asks.connect((host, port))
        asks.send(b"anybody?")
        select.select([asks], [], [], 5)

        error = first_icmp_error(asks)

        assert error == IcmpError(errno.ECONNREFUSED, kind, 4 if kind == 1 else 3, host)
        assert first_icmp_error(asks) is None, "it was taken"
