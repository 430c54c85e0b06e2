"""A file in memory that the kernel sends by itself."""

import errno
import os
import socket
import sys
from pathlib import Path

import pytest

from sockrig_agent.traffic import memory_file
from sockrig_agent.traffic.capabilities import SENDFILE, available_offloads
from sockrig_agent.traffic.memory_file import CannotSendFileError, MemoryFile, Writability

pytestmark = pytest.mark.skipif(SENDFILE not in available_offloads(), reason="this host has no sendfile from memory")


@pytest.fixture
def line():
    """Both ends of a connection; the first does not block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = socket.create_connection(listener.getsockname(), 5)
        receiver, _ = listener.accept()
    with sender, receiver:
        sender.setblocking(False)
        receiver.settimeout(5)
        yield sender, receiver


@pytest.fixture
def file_of(monkeypatch):
    files = []

    def make(block, *, file_bytes):
        monkeypatch.setattr(memory_file, "FILE_BYTES", file_bytes)
        files.append(MemoryFile(block))
        return files[-1]

    yield make
    for file in files:
        file.close()


def send_often(file, sock):
    for _ in range(1000):
        file.send(sock)


def test_blocks_follow_each_other_round_and_round(line, file_of):
    sender, receiver = line
    file, sent = file_of(b"0123456789", file_bytes=35), 0
    while sent < 95:
        sent += file.send(sender)
    assert receiver.recv(sent, socket.MSG_WAITALL) == (b"0123456789" * (sent // 10 + 1))[:sent]


def test_a_block_larger_than_the_file_should_be_is_the_file(line, file_of):
    sender, receiver = line
    assert file_of(b"x" * 100, file_bytes=10).send(sender) == 100
    assert receiver.recv(100, socket.MSG_WAITALL) == b"x" * 100


def test_a_full_buffer_is_told_and_waited_for_until_there_is_room(line, file_of):
    sender, receiver = line
    file, room = file_of(bytes(1 << 20), file_bytes=1 << 20), Writability(sender)
    with pytest.raises(BlockingIOError):
        send_often(file, sender)
    for _ in range(1000):
        receiver.recv(1 << 20)
        room.wait(0.01)
        try:
            assert file.send(sender) > 0
            break
        except BlockingIOError:
            continue
    else:
        pytest.fail("there never was room again")


def test_a_broken_connection_is_told_as_the_system_does(line, file_of):
    sender, receiver = line
    receiver.close()
    file = file_of(b"x", file_bytes=1)
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        send_often(file, sender)


def test_a_socket_that_takes_no_file_is_told_apart(line, file_of, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(os, "sendfile", refuse)
    with pytest.raises(CannotSendFileError):
        file_of(b"x", file_bytes=1).send(line[0])


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/fd is Linux's")
def test_nothing_stays_open(file_of):
    before = len(list(Path("/proc/self/fd").iterdir()))
    file = MemoryFile(b"x")
    file.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
