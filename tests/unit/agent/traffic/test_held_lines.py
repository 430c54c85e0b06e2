import socket
import time

import pytest

from sockrig_agent.traffic.held_lines import HeldLines
from sockrig_agent.traffic.orders import Orders


@pytest.fixture
def orders():
    orders = Orders()
    yield orders
    orders.close()


@pytest.fixture
def lines(orders):
    lines = HeldLines(orders)
    yield lines
    lines.close()


@pytest.fixture
def line(lines):
    """A line, and the other end of it."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with theirs:
        yield lines.add(ours), theirs


def soon():
    return time.monotonic_ns() + 20_000_000_000


def test_a_line_is_ready_when_something_came(lines, line):
    ours, theirs = line
    assert lines.ready(0) == []
    assert ours.receive(10) == b""
    theirs.send(b"request")
    assert lines.ready(soon()) == [ours]
    assert ours.receive(10) == b"request"


def test_a_line_that_was_closed_is_ready_and_says_so(lines, line):
    ours, theirs = line
    theirs.close()
    assert lines.ready(soon()) == [ours]
    with pytest.raises(ConnectionResetError):
        ours.receive(10)
    lines.drop(ours)
    assert ours not in lines
    assert len(lines) == 0


def test_an_order_ends_the_wait(lines, line, orders):
    orders.give_stop()
    assert lines.ready(soon()) == []


def test_what_does_not_fit_is_sent_when_there_is_room(lines, line):
    ours, theirs = line
    data = bytes(range(256)) * 200
    lines.send(ours, data)
    assert ours.unsent
    came = b""
    while len(came) < len(data):
        came += theirs.recv(65_536)
        assert lines.ready(0) == []
    assert came == data
    lines.send(ours, b"more")
    assert theirs.recv(10) == b"more"


def test_an_end_that_takes_nothing_and_asks_on_is_given_up(lines, line):
    ours, _ = line
    lines.send(ours, bytes(60_000))
    with pytest.raises(ConnectionAbortedError):
        lines.send(ours, bytes(60_000))


def test_only_lines_with_a_request_are_under_way(lines, line):
    ours, _ = line
    assert lines.under_way() == []
    ours.intended = 5
    assert lines.under_way() == [ours]
