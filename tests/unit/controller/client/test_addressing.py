import errno
import socket

import pytest

from sockrig.client.addressing import c_int, from_wire, socket_form, to_wire
from sockrig_wire.model.sockets import Family, SocketAddress, Transport


def test_a_form_is_told_in_the_words_of_the_contract():
    form, non_blocking = socket_form(socket.AF_INET6, socket.SOCK_DGRAM, 0)

    assert (form.wire_family, form.transport, non_blocking) == (Family.INET6, Transport.UDP, False)


def test_the_flags_of_the_type_are_no_part_of_it():
    form, non_blocking = socket_form(
        socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, socket.IPPROTO_TCP
    )

    assert (form.type, form.proto, non_blocking) == (socket.SOCK_STREAM, socket.IPPROTO_TCP, True)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((socket.AF_UNIX, socket.SOCK_STREAM, 0), errno.EAFNOSUPPORT),
        ((socket.AF_INET, socket.SOCK_RAW, 0), errno.ESOCKTNOSUPPORT),
        ((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_UDP), errno.EPROTONOSUPPORT),
    ],
)
def test_what_is_not_carried_is_refused_as_the_system_would(arguments, expected):
    with pytest.raises(OSError) as refusal:
        socket_form(*arguments)

    assert refusal.value.errno == expected


@pytest.mark.parametrize(
    ("family", "given", "wire"),
    [
        (socket.AF_INET, ("", 0), SocketAddress("", 0)),
        (socket.AF_INET, (b"localhost", 80), SocketAddress("localhost", 80)),
        (socket.AF_INET6, ("::1", 80), SocketAddress("::1", 80)),
        (socket.AF_INET6, ("fe80::1", 80, 7), SocketAddress("fe80::1", 80, 7)),
        (socket.AF_INET6, ("fe80::1", 80, 7, 2), SocketAddress("fe80::1", 80, 7, 2)),
    ],
)
def test_an_address_is_carried_with_all_its_parts(family, given, wire):
    assert to_wire(family, given, "bind") == wire


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (socket.AF_INET, "127.0.0.1"),
        (socket.AF_INET, ["127.0.0.1", 80]),
        (socket.AF_INET, ("127.0.0.1",)),
        (socket.AF_INET, ("127.0.0.1", "80")),
        (socket.AF_INET, ("127.0.0.1", 65536)),
        (socket.AF_INET, ("127.0.0.1", -1)),
        (socket.AF_INET, (127, 80)),
        (socket.AF_INET6, ("::1", 80, 0, 0, 0)),
        (socket.AF_INET6, ("::1", 80, 0x100000)),
    ],
)
def test_a_bad_address_raises_what_a_local_socket_raises(family, address):
    with socket.socket(family, socket.SOCK_DGRAM) as local, pytest.raises((TypeError, OverflowError)) as expected:
        local.bind(address)

    with pytest.raises(expected.type):
        to_wire(family, address, "bind")


def test_an_address_comes_back_as_the_tuple_of_its_family():
    assert from_wire(socket.AF_INET, SocketAddress("127.0.0.1", 80)) == ("127.0.0.1", 80)
    assert from_wire(socket.AF_INET6, SocketAddress("::1", 80, 1, 2)) == ("::1", 80, 1, 2)


def test_a_number_that_is_no_c_int_is_taken_for_a_bad_buffer_as_in_the_standard_library():
    with socket.socket() as local, pytest.raises(TypeError) as expected:
        local.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**31)

    with pytest.raises(TypeError) as refusal:
        c_int(2**31)

    assert str(refusal.value) == str(expected.value)
    assert c_int(True) == 1
