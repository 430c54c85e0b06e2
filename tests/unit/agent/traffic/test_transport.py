import socket

import pytest

from sockrig_agent.traffic.transport import (
    bound_waits,
    connected_socket,
    datagram_socket,
    kernel_drops,
    listening_socket,
    path_mtu,
    port_of,
    resolve,
    smooth,
)
from sockrig_wire.model.flows import WorkerEndpoint
from sockrig_wire.model.sockets import Family

OWN_ADDRESS = "127.0.0.5"


def test_datagrams_leave_from_the_agents_own_address():
    with datagram_socket(Family.INET, OWN_ADDRESS) as sock:
        assert sock.getsockname()[0] == OWN_ADDRESS
        assert port_of(sock) > 0


def test_without_an_own_address_all_are_bound():
    with listening_socket(Family.INET, "") as listener:
        assert listener.getsockname()[0] == "0.0.0.0"


def test_an_address_that_is_not_here_is_an_error_and_leaves_no_socket():
    with pytest.raises(OSError, match="assign"):
        datagram_socket(Family.INET, "192.0.2.1")


def test_connections_leave_from_the_agents_own_address():
    with listening_socket(Family.INET, "127.0.0.1") as listener:
        peer = WorkerEndpoint("127.0.0.1", port_of(listener), 0)
        with connected_socket(peer, Family.INET, OWN_ADDRESS, 5) as connection:
            assert connection.getsockname()[0] == OWN_ADDRESS
            assert connection.gettimeout() is None
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_refused_connection_leaves_no_socket():
    with listening_socket(Family.INET, "127.0.0.1") as listener:
        port = port_of(listener)
    with pytest.raises(ConnectionRefusedError):
        connected_socket(WorkerEndpoint("127.0.0.1", port, 0), Family.INET, "", 5)


def test_a_name_is_resolved_in_the_flows_family():
    assert resolve("127.0.0.1", 7, Family.INET, socket.SOCK_DGRAM) == ("127.0.0.1", 7)
    assert resolve("::1", 7, Family.INET6, socket.SOCK_DGRAM)[:2] == ("::1", 7)
    with pytest.raises(socket.gaierror):
        resolve("::1", 7, Family.INET, socket.SOCK_DGRAM)


@pytest.mark.parametrize("seconds", [0.0, 0.01])
def test_a_bounded_wait_ends_by_itself(seconds):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        bound_waits(ours, seconds)
        with pytest.raises(BlockingIOError):
            ours.recv(1)
        with pytest.raises(BlockingIOError):
            ours.sendall(bytes(10_000_000))


def test_the_kernel_tells_how_many_datagrams_it_dropped():
    with datagram_socket(Family.INET, "127.0.0.1") as destination, datagram_socket(Family.INET, "") as source:
        destination.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        source.connect(destination.getsockname())
        assert kernel_drops(destination) in (0, None)
        for _ in range(100):
            source.send(bytes(1000))
        assert kernel_drops(destination) != 0


def test_the_path_mtu_of_loopback_is_known():
    with datagram_socket(Family.INET, "127.0.0.1") as destination, datagram_socket(Family.INET, "") as source:
        assert path_mtu(source) is None
        source.connect(destination.getsockname())
        assert path_mtu(source) is None or path_mtu(source) >= 1500


def test_smoothing_is_set_where_the_kernel_has_it_and_no_error_elsewhere():
    with listening_socket(Family.INET, "127.0.0.1") as listener:
        peer = WorkerEndpoint("127.0.0.1", port_of(listener), 0)
        with connected_socket(peer, Family.INET, "", 5) as connection:
            for rate in (1.0, 8e6, 1e15):
                smooth(connection, rate)
            connection.send(b"x")
    with socket.socket(socket.AF_UNIX) as other:
        smooth(other, 8e6)
