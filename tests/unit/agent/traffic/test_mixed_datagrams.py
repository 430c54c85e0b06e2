import socket
from itertools import count, islice

import numpy as np
import pytest

from sockrig_agent.traffic.capabilities import SENDMMSG, available_offloads
from sockrig_agent.traffic.mixed_datagrams import MixedDatagramSender
from sockrig_agent.traffic.payload import filled, is_intact
from sockrig_agent.traffic.transport import bound_waits
from sockrig_wire.datagram import HEADER
from sockrig_wire.model.flows import Verify

TOKEN = (1 << 64) - 3


def size_of(number):
    return 60 + number % 97


class Numbered:
    """Sizes that show whose they are."""

    def __init__(self):
        self._numbers = count()

    def draw(self, count):
        return np.array([size_of(number) for number in islice(self._numbers, count)], np.int64)


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10_000)  # less than a batch
        bound_waits(theirs, 5)
        yield ours, theirs


@pytest.fixture(params=[frozenset(), available_offloads()], ids=["one-by-one", "with-offloads"])
def offloads(request):
    return request.param


@pytest.mark.parametrize("verify", Verify)
def test_each_datagram_has_the_size_of_its_number_also_where_the_kernel_did_not_take_it_at_once(ends, offloads, verify):
    ours, theirs = ends
    sender = MixedDatagramSender(ours, TOKEN, filled(200), Numbered(), offloads, verify)
    partly, sent = False, 0
    while sent < 300:
        taken = sender.send(sent, sender.limit, 1000 + sent)
        partly |= taken < sender.limit
        datagrams = [theirs.recv(300) for _ in range(taken)]
        assert [len(data) for data in datagrams] == [size_of(number) for number in range(sent, sent + taken)]
        assert [HEADER.unpack_from(data) for data in datagrams] == [
            (TOKEN, number, 1000 + sent) for number in range(sent, sent + taken)
        ]
        assert all(is_intact(memoryview(data), verify) for data in datagrams)
        assert sender.bytes_of(taken) == sum(map(len, datagrams))
        sent += taken
    assert partly
    assert sender.offloads == offloads & {SENDMMSG}


def test_a_full_buffer_takes_nothing_and_is_no_error(ends, offloads):
    sender = MixedDatagramSender(ends[0], TOKEN, filled(200), Numbered(), offloads)
    sent = 0
    while taken := sender.send(sent, sender.limit, 0):
        sent += taken
    assert sent > 0
    assert sender.bytes_of(0) == 0


def test_an_error_that_does_not_pass_is_raised(ends, offloads):
    sender = MixedDatagramSender(ends[0], TOKEN, filled(200), Numbered(), offloads)
    ends[0].close()
    with pytest.raises(OSError, match="descriptor"):
        sender.send(0, 1, 0)
