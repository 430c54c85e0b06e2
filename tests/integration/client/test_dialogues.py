"""The classic dialogues between two hosts, written as for local sockets."""

import socket
import threading

import pytest

QUESTION, ANSWER = "我是要发送的数据", "收到消息"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_datagrams_go_from_any_free_port_and_back(a, b, encoding):
    with a.socket(socket.AF_INET, socket.SOCK_DGRAM) as inbox, b.socket(socket.AF_INET, socket.SOCK_DGRAM) as outbox:
        inbox.bind(("", 0))
        outbox.sendto(QUESTION.encode(encoding), inbox.getsockname())
        data, sender = inbox.recvfrom(1024)
        assert data.decode(encoding) == QUESTION
        assert sender[0] == b.addresses[0]

        inbox.sendto(ANSWER.encode(encoding), 0, sender)
        assert outbox.recv(1024).decode(encoding) == ANSWER


def test_a_sender_that_was_bound_first_is_known_by_its_port(a, b):
    with a.socket(type=socket.SOCK_DGRAM) as inbox, b.socket(type=socket.SOCK_DGRAM) as outbox:
        inbox.bind((a.addresses[0], 0))
        outbox.bind((b.addresses[0], 0))
        outbox.sendto(b"hello", inbox.getsockname())

        assert inbox.recvfrom(1024) == (b"hello", outbox.getsockname())


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_two_guests_talk_to_one_listener(a, b, encoding):
    with (
        a.create_server(("", 0)) as door,
        b.create_connection(door.getsockname()) as line,
        door.accept()[0] as guest,
        b.create_connection(door.getsockname()) as second_line,
        door.accept()[0] as second_guest,
    ):
        line.sendall(QUESTION.encode(encoding))
        assert guest.recv(1024).decode(encoding) == QUESTION
        guest.sendall(ANSWER.encode(encoding))
        assert line.recv(1024).decode(encoding) == ANSWER
        second_line.send(b"\x00\xff\x10")
        assert second_guest.recv(1024) == b"\x00\xff\x10"
        line.close()
        assert guest.recv(1024) == b"", "an orderly end"


def test_both_ends_agree_on_their_names(a, b):
    with a.create_server((a.addresses[0], 0)) as door, b.create_connection(door.getsockname()) as line:
        guest, peer = door.accept()
        with guest:
            assert peer == guest.getpeername() == line.getsockname()
            assert line.getpeername() == guest.getsockname() == door.getsockname()


def test_the_same_goes_over_ipv6(a, b):
    with a.create_server(("::1", 0), family=socket.AF_INET6) as door, b.create_connection(door.getsockname()) as line:
        guest, peer = door.accept()
        with guest:
            assert line.family is socket.AF_INET6
            assert peer == line.getsockname()
            assert len(peer) == 4
            line.sendall(b"over six")
            assert guest.recv(1024) == b"over six"


def test_datagrams_go_over_ipv6_too(a, b):
    with a.socket(socket.AF_INET6, socket.SOCK_DGRAM) as inbox, b.socket(socket.AF_INET6, socket.SOCK_DGRAM) as outbox:
        inbox.bind(("::1", 0))
        outbox.sendto(b"over six", inbox.getsockname())

        data, sender = inbox.recvfrom(1024)

        assert data == b"over six"
        assert sender[:2] == ("::1", outbox.getsockname()[1])


def test_a_mebibyte_goes_through_whole_in_one_call(a, b):
    data = bytes(range(256)) * 4096
    with a.create_server(("", 0)) as door, b.create_connection(door.getsockname()) as line, door.accept()[0] as guest:
        sending = threading.Thread(target=lambda: (line.sendall(data), line.shutdown(socket.SHUT_WR)))
        sending.start()
        with guest.makefile("rb") as incoming:
            assert incoming.read() == data
        sending.join()
