import socket
import threading
import time

import pytest

from sockrig_agent.traffic import admission as module
from sockrig_agent.traffic.admission import Admission, show_token
from sockrig_agent.traffic.transport import listening_socket
from sockrig_wire.model.sockets import Family

TOKEN = 0x1122_3344_5566_7788
BYTES = TOKEN.to_bytes(8, "big")
PATIENCE_SECONDS = 5


class Door:
    """An admission, and clients that knock at it."""

    def __init__(self):
        listener = listening_socket(Family.INET, "127.0.0.1")
        self.address = listener.getsockname()
        self.admission = Admission(listener, TOKEN)
        self._open = []

    def knock(self, data=b""):
        client = socket.create_connection(self.address, PATIENCE_SECONDS)
        self._open.append(client)
        client.sendall(data)
        return client

    def admitted(self):
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if connection := self.admission.wait(0.05):
                self._open.append(connection)
                return connection
        return None

    def close(self):
        self.admission.close()
        for each in self._open:
            each.close()


@pytest.fixture
def door():
    door = Door()
    yield door
    door.close()


def was_closed(client):
    try:
        return client.recv(100) == b""
    except ConnectionResetError:
        return True


def test_who_shows_the_token_is_admitted_and_gets_it_back(door):
    client = door.knock(BYTES + b"more")
    connection = door.admitted()
    assert connection.getpeername() == client.getsockname()
    assert client.recv(100) == BYTES
    assert connection.recv(100) == b"more"


def test_a_token_may_come_in_pieces(door):
    client = door.knock(BYTES[:3])
    assert door.admission.wait(0.05) is None
    client.sendall(BYTES[3:])
    assert door.admitted() is not None


def test_a_wrong_token_is_turned_away_at_its_first_wrong_byte(door):
    client = door.knock(BYTES[:2] + b"?")
    door.knock(BYTES)
    assert door.admitted() is not None
    assert door.admission.wait(0) is None
    assert was_closed(client)


def test_who_leaves_without_a_word_is_forgotten(door):
    door.knock().close()
    door.knock(BYTES)
    assert door.admitted() is not None


def test_the_silent_do_not_hold_up_the_others_and_are_closed_in_time(door, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(socket, "TCP_DEFER_ACCEPT", socket.TCP_NODELAY)  # so that the silent are seen at once
    patient = Door()
    try:
        silent = [patient.knock() for _ in range(3)]
        patient.knock(BYTES)
        assert patient.admitted() is not None
        assert patient.admission.wait(0.05) is None
        assert all(was_closed(client) for client in silent)
    finally:
        patient.close()


def test_a_crowd_of_strangers_is_bounded(door, monkeypatch):
    monkeypatch.setattr(module, "_MOST_PENDING", 4)
    strangers = [door.knock(BYTES[:1]) for _ in range(6)]
    while door.admission._pending.keys().__len__() < 4:
        door.admission.wait(0.05)
    door.knock(BYTES)
    assert door.admitted() is not None
    assert len(door.admission._pending) <= 4
    assert was_closed(strangers[0])


def test_waiting_ends_when_something_watched_is_ready(door):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        door.admission.watch(ours)
        theirs.send(b"!")
        assert door.admission.wait(60) is None
        door.admission.unwatch(ours)


def test_a_closed_door_leaves_nobody_waiting(door):
    client = door.knock(BYTES[:1])
    door.admission.wait(1)
    door.admission.close()
    assert was_closed(client)


def test_a_source_is_admitted_by_its_destination(door):
    client = door.knock()
    admitting = threading.Thread(target=door.admitted)
    admitting.start()
    show_token(client, TOKEN, PATIENCE_SECONDS)
    admitting.join()
    assert client.gettimeout() is None


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400", BYTES[:7]])
def test_a_source_notices_that_it_talks_to_somebody_else(answer):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(ConnectionRefusedError, match="token"):
            show_token(ours, TOKEN, PATIENCE_SECONDS)


def test_a_source_does_not_wait_for_ever():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        show_token(ours, TOKEN, 0.02)
