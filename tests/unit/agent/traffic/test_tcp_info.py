"""What is read from TCP_INFO, of real connections and of whatever length a kernel returns."""

import socket
import struct
import sys
from contextlib import closing

import pytest

from sockrig_agent.traffic.tcp_info import parse_tcp_info, read_tcp_info
from sockrig_wire.model.flows import TcpInfo

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="TCP_INFO is read on Linux")

FIELDS = {
    68: ("=I", 1_500),
    80: ("=I", 10),
    100: ("=I", 7),
    148: ("=I", 900),
    160: ("=Q", 125_000_000),
    168: ("=Q", 3_000_000),
    176: ("=Q", 2_000_000),
    184: ("=Q", 1_000_000),
}


def tcp_info_bytes(**changed):
    data = bytearray(248)
    for offset, (kind, value) in FIELDS.items():
        struct.pack_into(kind, data, offset, changed.get(f"at_{offset}", value))
    return bytes(data)


def test_every_field_is_read_from_its_place_in_its_unit():
    assert parse_tcp_info(tcp_info_bytes()) == TcpInfo(
        retransmits=7,
        round_trip_seconds=pytest.approx(0.0015),
        minimum_round_trip_seconds=pytest.approx(0.0009),
        congestion_window=10,
        delivery_rate_bits_per_second=1e9,
        busy_seconds=pytest.approx(3.0),
        receive_window_limited_seconds=pytest.approx(2.0),
        send_buffer_limited_seconds=pytest.approx(1.0),
    )


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("round_trip_seconds", 72),
        ("congestion_window", 84),
        ("minimum_round_trip_seconds", 152),
        ("delivery_rate_bits_per_second", 168),
        ("busy_seconds", 176),
        ("receive_window_limited_seconds", 184),
        ("send_buffer_limited_seconds", 192),
    ],
)
def test_a_field_beyond_what_the_kernel_returned_is_not_known(name, end):
    data = tcp_info_bytes()

    assert getattr(parse_tcp_info(data[:end]), name) == getattr(parse_tcp_info(data), name)
    assert getattr(parse_tcp_info(data[: end - 1]), name) is None


def test_an_empty_answer_tells_nothing():
    assert parse_tcp_info(b"") == TcpInfo()


def test_a_kernel_that_returns_more_is_understood_as_well():
    assert parse_tcp_info(tcp_info_bytes() + bytes(100)) == parse_tcp_info(tcp_info_bytes())


def test_what_has_no_sample_yet_is_not_known():
    info = parse_tcp_info(tcp_info_bytes(at_68=0, at_148=0xFFFF_FFFF, at_160=0))

    assert info.round_trip_seconds is None
    assert info.minimum_round_trip_seconds is None
    assert info.delivery_rate_bits_per_second is None


def test_a_time_of_zero_is_known():
    info = parse_tcp_info(tcp_info_bytes(at_168=0, at_176=0, at_184=0))

    assert info.busy_seconds == 0
    assert info.receive_window_limited_seconds == 0
    assert info.send_buffer_limited_seconds == 0


@linux_only
@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_connection_that_carried_data_tells_of_itself(family, host):
    if family == socket.AF_INET6:
        ipv6_or_skip()
    with (
        socket.create_server((host, 0), family=family) as server,
        socket.create_connection(server.getsockname()[:2], timeout=5) as client,
    ):
        accepted, _ = server.accept()
        with closing(accepted):
            accepted.settimeout(5)
            for _ in range(20):
                client.sendall(bytes(10_000))
                received = 0
                while received < 10_000:
                    received += len(accepted.recv(10_000))
                accepted.sendall(b"thanks")
                client.recv(6)
            info = read_tcp_info(client)

    assert info is not None
    assert info.round_trip_seconds is not None
    assert 0 < info.round_trip_seconds < 5
    assert info.minimum_round_trip_seconds is not None
    assert 0 < info.minimum_round_trip_seconds < 5
    assert info.congestion_window is not None
    assert info.congestion_window >= 1
    assert info.delivery_rate_bits_per_second is not None
    assert info.busy_seconds is not None
    assert info.send_buffer_limited_seconds is not None


@linux_only
def test_a_receiver_that_does_not_read_shows_as_a_limit_of_its_window():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        accepted, _ = server.accept()
        with closing(accepted):
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.sendall(bytes(64 << 20))
            info = read_tcp_info(client)

    assert info is not None
    assert info.receive_window_limited_seconds is not None
    assert info.busy_seconds is not None
    assert 0 < info.receive_window_limited_seconds <= info.busy_seconds < 60


@linux_only
def test_a_socket_that_is_not_tcp_tells_nothing():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        assert read_tcp_info(datagrams) is None


@linux_only
def test_a_closed_socket_tells_nothing():
    sock = socket.socket()
    sock.close()

    assert read_tcp_info(sock) is None


def ipv6_or_skip():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this host has no IPv6 loopback")
