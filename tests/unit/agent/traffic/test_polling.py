import socket
import threading

import pytest

from sockrig_agent.traffic.polling import waiting
from sockrig_agent.traffic.transport import bound_waits
from sockrig_wire.model.flows import Poll


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        bound_waits(ours, 0.02)
        yield ours, theirs


@pytest.mark.parametrize("poll", Poll)
def test_what_is_there_is_taken_at_once(ends, poll):
    ours, theirs = ends
    theirs.send(b"ping")
    buffer = bytearray(10)
    assert waiting(ours.recv_into, poll, 0.02)(memoryview(buffer)) == 4
    assert buffer.startswith(b"ping")


@pytest.mark.parametrize("poll", Poll)
def test_what_comes_within_the_wait_is_taken(ends, poll):
    ours, theirs = ends
    bound_waits(ours, 20)
    timer = threading.Timer(0.02, theirs.send, (b"late",))
    timer.start()
    assert waiting(ours.recvfrom_into, poll, 20)(memoryview(bytearray(10)))[0] == 4
    timer.join()


@pytest.mark.parametrize("poll", Poll)
def test_a_wait_ends_alike_when_nothing_comes(ends, poll):
    with pytest.raises(BlockingIOError):
        waiting(ends[0].recv_into, poll, 0.02)(memoryview(bytearray(10)))


def test_a_busy_wait_passes_other_errors_on(ends):
    ours, _ = ends
    receive = waiting(ours.recv_into, Poll.BUSY, 0.02)
    ours.close()
    with pytest.raises(OSError, match="descriptor"):
        receive(memoryview(bytearray(10)))
