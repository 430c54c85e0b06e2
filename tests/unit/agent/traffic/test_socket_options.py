import socket
from pathlib import Path

import pytest

from sockrig_agent.traffic.socket_options import open_socket
from sockrig_agent.traffic.transport import connected_socket, datagram_socket, listening_socket, port_of
from sockrig_wire.errors import IncompatibleError
from sockrig_wire.model.flows import SocketOptions, WorkerEndpoint
from sockrig_wire.model.sockets import Family

TCP_CONGESTION = 13


def accepted(options, family=Family.INET, host="127.0.0.1"):
    """Both ends of a connection whose sockets have these options: the connecting one, and the accepted one."""
    with listening_socket(family, host, options) as listener:
        peer = WorkerEndpoint(host, port_of(listener), 0)
        connecting = connected_socket(peer, family, "", 5, options)
        listener.setblocking(True)
        return connecting, listener.accept()[0]


@pytest.mark.parametrize(
    ("options", "level", "number", "value"),
    [
        (SocketOptions(dscp=46), socket.IPPROTO_IP, socket.IP_TOS, 46 << 2),
        (SocketOptions(dscp=0), socket.IPPROTO_IP, socket.IP_TOS, 0),
        (SocketOptions(ttl=7), socket.IPPROTO_IP, socket.IP_TTL, 7),
        (SocketOptions(), socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (SocketOptions(no_delay=True), socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (SocketOptions(no_delay=False), socket.IPPROTO_TCP, socket.TCP_NODELAY, 0),
        (SocketOptions(send_buffer_bytes=50_000), socket.SOL_SOCKET, socket.SO_SNDBUF, 100_000),
        (SocketOptions(receive_buffer_bytes=60_000), socket.SOL_SOCKET, socket.SO_RCVBUF, 120_000),
    ],
)
def test_both_ends_of_a_connection_have_what_was_asked_for(options, level, number, value):
    for sock in accepted(options):
        with sock:
            assert sock.getsockopt(level, number) == value


def test_ipv6_has_a_traffic_class_and_a_hop_limit():
    try:
        ends = accepted(SocketOptions(dscp=10, ttl=9), Family.INET6, "::1")
    except OSError:
        pytest.skip("this host has no ::1")
    for sock in ends:
        with sock:
            assert sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS) == 10 << 2
            assert sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) == 9


def test_segments_are_no_larger_than_the_mss():
    for sock in accepted(SocketOptions(mss_bytes=1000)):
        with sock:
            assert 0 < sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= 1000


def test_the_congestion_control_is_that_of_both_ends():
    for sock in accepted(SocketOptions(congestion="reno")):
        with sock:
            assert sock.getsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, 16).rstrip(b"\0") == b"reno"


def test_datagram_sockets_have_the_buffers_that_were_asked_for_and_else_large_ones():
    with datagram_socket(Family.INET, "127.0.0.1", SocketOptions(receive_buffer_bytes=20_000)) as small:
        assert small.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 40_000
        assert small.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) > 40_000


@pytest.mark.skipif(not Path("/proc/sys/net/mptcp/enabled").exists(), reason="this kernel has no MPTCP")
def test_multipath_tcp_is_another_protocol():
    for sock in accepted(SocketOptions(mptcp=True, congestion="reno", mss_bytes=1000)):
        with sock:
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) == 262


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (SocketOptions(congestion="carrier-pigeon"), "congestion carrier-pigeon"),
        (SocketOptions(device="no-such-device"), "device no-such-device"),
        (SocketOptions(mss_bytes=1), "mss 1 B"),
    ],
)
def test_a_refusal_names_the_option(options, words):
    with pytest.raises(IncompatibleError, match=f"the system refuses the option {words}: ") as caught:
        open_socket(Family.INET, socket.SOCK_STREAM, options)
    assert caught.value.next
    assert caught.value.errno_name


def test_a_buffer_that_is_not_granted_is_a_refusal(monkeypatch):
    monkeypatch.setattr(socket.socket, "getsockopt", lambda *_: 8192)  # a process with all rights gets any size
    with pytest.raises(IncompatibleError, match="grants a send-buffer of 4,096 B, not the 1,048,576 B"):
        open_socket(Family.INET, socket.SOCK_STREAM, SocketOptions(send_buffer_bytes=1 << 20))
