"""A remote socket against a local one: the same arguments, results and errors."""

import array
import errno
import socket
import struct
import threading

import pytest


@pytest.fixture
def connected(a, b):
    """The two ends of a TCP connection: from b to a."""
    with a.create_server(("", 0)) as door, b.create_connection(door.getsockname()) as line:
        guest = door.accept()[0]
        with guest:
            yield line, guest


def outcome(call):
    """What a call raises, as far as a program can tell."""
    try:
        call()
    except (OSError, ValueError, TypeError, OverflowError) as error:
        return type(error), getattr(error, "errno", None), str(error)
    return None


@pytest.fixture(params=[socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
def fresh_pair(request, a):
    """A remote and a local socket of the same form."""
    with a.socket(socket.AF_INET, request.param) as remote, socket.socket(socket.AF_INET, request.param) as local:
        yield remote, local


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(call, id=name)
        for name, call in {
            "connect to a port where nobody listens": lambda s: s.connect(("127.0.0.1", 1)),
            "the name of a peer that is not there": lambda s: s.getpeername(),
            "accept without listen": lambda s: s.accept(),
            "a port that is none": lambda s: s.bind(("127.0.0.1", 70000)),
            "an address that is none": lambda s: s.bind("127.0.0.1"),
            "an address of another family": lambda s: s.bind(("::1", 0)),
            "an address of nobody here": lambda s: s.bind(("192.0.2.1", 0)),
            "a shutdown of what is not connected": lambda s: s.shutdown(socket.SHUT_RDWR),
            "a half that is none": lambda s: s.shutdown(7),
            "a negative size": lambda s: s.recv(-1),
            "a receive that does not wait": lambda s: (s.setblocking(False), s.recv(1)),
            "a text for bytes": lambda s: s.sendto("text", ("127.0.0.1", 9)),
            "a send to nowhere": lambda s: s.sendto(b"data"),
            "a negative timeout": lambda s: s.settimeout(-1),
            "an unknown option": lambda s: s.getsockopt(socket.SOL_SOCKET, 9999),
            "an option for no buffer": lambda s: s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, None, 4),
            "an option's number that is too large": lambda s: s.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 40
            ),
            "an option's buffer that is too large": lambda s: s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2000),
            "more than the buffer holds": lambda s: s.recv_into(bytearray(2), 3),
            "a buffer that cannot be written": lambda s: s.recv_into(b"abc"),
            "a call on what is closed": lambda s: (s.close(), s.getsockname()),
        }.items()
    ],
)
def test_it_raises_what_a_local_socket_raises(fresh_pair, call):
    remote, local = fresh_pair

    expected = outcome(lambda: call(local))

    if local.type == socket.SOCK_STREAM:
        assert expected is not None, "the test wants a failure"
    assert_same(outcome(lambda: call(remote)), expected)


def assert_same(seen, expected):
    """The same class and errno; the words of our own checks may differ from CPython's."""
    assert (seen and seen[:2]) == (expected and expected[:2])
    if expected is not None and expected[1] is not None:
        assert seen[2] == expected[2]


@pytest.mark.parametrize(
    ("family", "type", "proto", "number"),
    [
        (socket.AF_UNIX, socket.SOCK_STREAM, 0, errno.EAFNOSUPPORT),
        (socket.AF_INET, socket.SOCK_RAW, 0, errno.ESOCKTNOSUPPORT),
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_UDP, errno.EPROTONOSUPPORT),
    ],
)
def test_only_udp_and_tcp_are_carried(a, family, type, proto, number):
    with pytest.raises(OSError) as refusal:
        a.socket(family, type, proto)

    assert refusal.value.errno == number


def test_connect_ex_returns_what_the_system_said(a, b):
    with a.create_server(("", 0)) as door, b.socket() as line, b.socket() as nowhere:
        assert line.connect_ex(door.getsockname()) == 0
        assert line.connect_ex(door.getsockname()) == errno.EISCONN
        assert nowhere.connect_ex((a.addresses[0], 1)) == errno.ECONNREFUSED


def test_a_connect_that_does_not_wait_is_in_progress_and_then_done(a, b):
    with a.create_server(("", 0)) as door, b.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as line:
        assert line.type is socket.SOCK_STREAM
        assert not line.getblocking()
        assert line.connect_ex(door.getsockname()) in {0, errno.EINPROGRESS}
        door.accept()[0].close()
        assert line.connect_ex(door.getsockname()) in {0, errno.EISCONN}


@pytest.mark.parametrize("receive", [lambda s: s.recv(1), lambda s: s.recv_into(bytearray(1)), lambda s: s.recvfrom(1)])
def test_a_receive_that_waits_too_long_says_so_as_in_the_standard_library(a, receive):
    with a.socket(type=socket.SOCK_DGRAM) as inbox:
        inbox.bind(("", 0))
        inbox.settimeout(0.05)

        with pytest.raises(TimeoutError) as refusal:
            receive(inbox)

    assert refusal.value.args == ("timed out",)


def test_an_accept_that_waits_too_long_says_so_too(a):
    with a.create_server(("", 0)) as door:
        door.settimeout(0.05)

        with pytest.raises(TimeoutError, match="timed out"):
            door.accept()


def test_the_timeout_is_kept_as_a_local_socket_keeps_it(a):
    with a.socket() as remote:
        assert (remote.gettimeout(), remote.getblocking()) == (None, True)
        remote.settimeout(2)
        assert (remote.timeout, remote.getblocking()) == (2.0, True)
        remote.setblocking(False)
        assert (remote.gettimeout(), remote.getblocking()) == (0.0, False)
        remote.setblocking(True)
        assert remote.gettimeout() is None


def test_new_sockets_begin_with_the_default_timeout(a):
    socket.setdefaulttimeout(7)
    try:
        with a.create_server(("", 0)) as door, a.create_connection(door.getsockname()) as line:
            guest = door.accept()[0]
            with guest:
                assert (door.timeout, line.timeout, guest.timeout) == (7, 7, 7)
    finally:
        socket.setdefaulttimeout(None)


def test_options_are_ints_or_bytes(a):
    with a.socket() as remote:
        remote.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        assert remote.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        remote.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 5))
        assert remote.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == struct.pack("ii", 1, 5)


def test_data_goes_into_a_buffer(connected):
    line, guest = connected
    line.sendall(b"abcdef")
    buffer = bytearray(b"......")

    assert guest.recv_into(memoryview(buffer)[1:], 3) == 3
    assert buffer == b".abc.."
    assert guest.recv_into(buffer) == 3
    assert buffer == b"defc.."


def test_a_datagram_goes_into_a_buffer_with_its_sender(a, b):
    with a.socket(type=socket.SOCK_DGRAM) as inbox, b.socket(type=socket.SOCK_DGRAM) as outbox:
        inbox.bind(("", 0))
        outbox.connect(inbox.getsockname())
        outbox.send(array.array("H", [1, 2]))
        numbers = array.array("H", [0, 0, 0])

        assert inbox.recvfrom_into(numbers) == (4, outbox.getsockname())
        assert list(numbers) == [1, 2, 0]


def test_a_connected_datagram_socket_names_its_peer(a, b):
    with a.socket(type=socket.SOCK_DGRAM) as inbox, b.socket(type=socket.SOCK_DGRAM) as outbox:
        inbox.bind(("", 0))
        outbox.connect(inbox.getsockname())
        inbox.connect(outbox.getsockname())
        outbox.send(b"x")

        assert inbox.recvfrom(10) == (b"x", outbox.getsockname())


def test_a_stream_names_no_sender(connected):
    line, guest = connected
    line.send(b"x")

    assert guest.recvfrom(10) == (b"x", None)


def test_peeking_takes_nothing(connected):
    line, guest = connected
    line.send(b"x")

    assert guest.recv(10, socket.MSG_PEEK) == b"x"
    assert guest.recv(10) == b"x"


def test_a_datagram_that_is_too_large_is_refused(a, b):
    with b.socket(type=socket.SOCK_DGRAM) as outbox:
        for size in (65_508, 300_000):
            with pytest.raises(OSError) as refusal:
                outbox.sendto(bytes(size), (a.addresses[0], 9))
            assert refusal.value.errno == errno.EMSGSIZE


def test_sending_to_a_peer_that_is_gone_breaks_the_pipe(connected):
    line, guest = connected
    guest.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    guest.close()

    with pytest.raises(ConnectionResetError):
        line.recv(1)
    with pytest.raises(BrokenPipeError):
        line.sendall(b"x" * 1000)


def test_an_address_in_use_is_refused_with_the_address(a):
    with (
        a.create_server((a.addresses[0], 0)) as door,
        pytest.raises(OSError, match="while attempting to bind on address") as refusal,
    ):
        a.create_server(door.getsockname())

    assert refusal.value.errno == errno.EADDRINUSE


def test_servers_can_share_a_port(a):
    with (
        a.create_server((a.addresses[0], 0), reuse_port=True) as door,
        a.create_server(door.getsockname(), reuse_port=True, backlog=5) as second,
    ):
        assert second.getsockname() == door.getsockname()


def test_a_connection_can_choose_its_source_and_tries_the_families_of_a_name(a, b):
    with b.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        with b.create_connection(("localhost", port), timeout=5, source_address=("127.0.0.1", 0)) as line:
            assert line.timeout == 5
            assert line.getpeername() == ("127.0.0.1", port)


def test_a_failed_connection_can_tell_of_all_its_attempts(a, b):
    with pytest.raises(ConnectionRefusedError):
        b.create_connection((a.addresses[0], 1))
    with pytest.raises(ExceptionGroup) as refusal:
        b.create_connection((a.addresses[0], 1), all_errors=True)

    assert [type(error) for error in refusal.value.exceptions] == [ConnectionRefusedError]


def test_a_text_file_over_a_socket_reads_lines(connected):
    line, guest = connected
    with line.makefile("w", encoding="gbk", newline="\n") as outgoing, guest.makefile("r", encoding="gbk") as incoming:
        outgoing.write("我是\n要发送的\n")
        outgoing.flush()

        assert [incoming.readline() for _ in range(2)] == ["我是\n", "要发送的\n"]


def test_a_file_keeps_a_closed_socket_open(connected):
    line, guest = connected
    with line.makefile("rwb") as stream:
        line.close()
        assert line.fileno() != -1
        stream.write(b"still here")
        stream.flush()
        assert guest.recv(100) == b"still here"
    assert line.fileno() == -1
    assert guest.recv(1) == b""


def test_a_closed_socket_says_so(a):
    remote = a.socket()
    open_words = repr(remote)
    remote.close()
    remote.close()

    assert "[closed]" not in open_words
    assert a.name in open_words
    assert "[closed]" in repr(remote)
    assert remote.fileno() == -1


def test_there_is_no_descriptor_to_detach(a):
    with a.socket() as remote, pytest.raises(OSError) as refusal:
        remote.detach()

    assert refusal.value.errno == errno.EOPNOTSUPP


def test_a_pending_accept_holds_up_nobody(a, b):
    with a.create_server(("", 0)) as door:
        accepted = []
        accepting = threading.Thread(target=lambda: accepted.append(door.accept()[0]))
        accepting.start()

        with a.socket(type=socket.SOCK_DGRAM) as inbox, b.socket(type=socket.SOCK_DGRAM) as outbox:
            inbox.bind(("", 0))
            outbox.sendto(b"meanwhile", inbox.getsockname())
            assert inbox.recv(100) == b"meanwhile"
        with b.create_connection(door.getsockname()):
            accepting.join()

        accepted[0].close()


def test_one_thread_sends_while_another_receives_on_the_same_socket(connected):
    line, guest = connected
    received = []
    receiving = threading.Thread(target=lambda: received.append(line.recv(100)))
    receiving.start()

    line.sendall(b"question")
    assert guest.recv(100) == b"question"
    guest.sendall(b"answer")
    receiving.join()

    assert received == [b"answer"]


def test_a_close_ends_a_receive_in_another_thread(connected):
    line, _ = connected
    refusals = []

    def receive():
        try:
            line.recv(100)
        except OSError as refusal:
            refusals.append(refusal.errno)

    receiving = threading.Thread(target=receive)
    receiving.start()
    line.getsockname()
    line.close()
    receiving.join()

    assert refusals == [errno.EBADF]
