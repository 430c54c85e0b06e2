import selectors
import socket
import sys
import threading
import time

import pytest

from sockrig_agent.traffic import deadlines
from sockrig_agent.traffic.deadlines import DeadlineSelector


@pytest.fixture(params=["precise", "as the system does"])
def selector(request, monkeypatch):
    if request.param != "precise":
        monkeypatch.setattr(deadlines, "_ppoll", lambda: None)
    elif sys.platform == "linux":
        assert deadlines._ppoll() is not None
    selector = DeadlineSelector()
    yield selector
    selector.close()


@pytest.fixture
def pair(selector):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        selector.register(ours, selectors.EVENT_READ, "ours")
        yield theirs


def test_a_deadline_that_is_past_shows_what_is_ready_and_does_not_wait(selector, pair):
    assert selector.ready_until(0) == []
    pair.send(b"!")
    ((key, events),) = selector.ready_until(0)
    assert (key.data, events) == ("ours", selectors.EVENT_READ)


@pytest.mark.parametrize("nanoseconds", [1, 300_000, 20_000_000])
def test_it_does_not_return_before_the_deadline(selector, pair, nanoseconds):
    at = time.monotonic_ns() + nanoseconds
    assert selector.ready_until(at) == []
    assert time.monotonic_ns() >= at


def test_what_comes_before_the_deadline_ends_the_wait(selector, pair):
    ringing = threading.Timer(0.02, pair.send, (b"!",))
    ringing.start()
    assert len(selector.ready_until(time.monotonic_ns() + 60_000_000_000)) == 1
    ringing.join()
