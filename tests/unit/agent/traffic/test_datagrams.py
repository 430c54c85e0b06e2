import socket
import time

import numpy as np
import pytest

from sockrig_agent.traffic.capabilities import available_offloads
from sockrig_agent.traffic.datagrams import DatagramReceiver, DatagramSender
from sockrig_agent.traffic.payload import filled
from sockrig_agent.traffic.transport import bound_waits, datagram_socket
from sockrig_wire.model.flows import Verify
from sockrig_wire.model.sockets import Family

TOKEN = 0x8877_6655_4433_2211
STAMP = 1_234_567_890_123
CLOCK_READING = 100_000
"""Nanoseconds between the readings of two clocks, on a host that has more to do."""

SENDING = [(), ("sendmmsg",), ("gso",), ("sendmmsg", "gso")]
RECEIVING = [
    (),
    ("sendmmsg",),
    ("gro",),
    ("sendmmsg", "gro"),
    ("truncating-receive",),
    ("sendmmsg", "truncating-receive"),
    ("kernel-timestamps",),
    ("sendmmsg", "kernel-timestamps"),
    ("gro", "kernel-timestamps"),
    ("sendmmsg", "gro", "kernel-timestamps"),
]


@pytest.fixture
def ends():
    """A connected sending socket and a receiving one."""
    with datagram_socket(Family.INET, "127.0.0.1") as source, datagram_socket(Family.INET, "127.0.0.1") as destination:
        source.connect(destination.getsockname())
        bound_waits(source, 0.05)
        bound_waits(destination, 0.05)
        yield source, destination


def has(offloads):
    missing = set(offloads) - available_offloads()
    if missing:
        pytest.skip(f"this kernel has no {', '.join(missing)}")
    return frozenset(offloads)


def lengths_of(arrivals):
    return np.broadcast_to(arrivals.lengths, arrivals.count).tolist()


def everything(receiver, count):
    """What came until there were ``count`` datagrams, as sequences, lengths."""
    sequences, lengths = [], []
    while len(sequences) < count:
        arrivals = receiver.receive()
        assert arrivals is not None, f"{len(sequences)} of {count} came"
        assert (arrivals.stamps == STAMP).all()
        sequences += arrivals.sequences.tolist()
        lengths += lengths_of(arrivals)
    return sequences, lengths


@pytest.mark.parametrize("receiving", RECEIVING, ids="+".join)
@pytest.mark.parametrize("sending", SENDING, ids="+".join)
def test_every_way_to_send_is_understood_by_every_way_to_receive(ends, sending, receiving):
    source, destination = ends
    receiver = DatagramReceiver(destination, TOKEN, 100, has(receiving))
    sender = DatagramSender(source, TOKEN, filled(100), has(sending))
    assert sender.offloads == set(sending)
    assert receiver.offloads == set(receiving)
    sent = 0
    for count in (1, min(70, sender.limit), sender.limit, 3):
        done = 0
        while done < count:
            done += sender.send(sent + done, count - done, STAMP)
            sequences, lengths = everything(receiver, done)
            assert set(lengths) == {100}
            if len(sequences) == count:
                assert sequences == list(range(sent, sent + count))
        sent += count


@pytest.mark.parametrize("receiving", RECEIVING, ids="+".join)
@pytest.mark.parametrize("size", [24, 25, 1400, 9000])
def test_any_size_arrives_as_it_was_sent(ends, size, receiving):
    source, destination = ends
    receiver = DatagramReceiver(destination, TOKEN, size, has(receiving))
    sender = DatagramSender(source, TOKEN, filled(size), available_offloads())
    count = sender.send(5, min(20, sender.limit), STAMP)
    sequences, lengths = everything(receiver, count)
    assert sequences == list(range(5, 5 + count))
    assert set(lengths) == {size}


def test_large_sequence_numbers_and_times_survive(ends):
    source, destination = ends
    receiver = DatagramReceiver(destination, TOKEN, 64, available_offloads())
    sender = DatagramSender(source, TOKEN, filled(64), available_offloads())
    first = (1 << 63) - 2
    sender.send(first, 2, STAMP)
    assert everything(receiver, 2)[0] == [first, first + 1]


def test_joined_datagrams_of_different_sizes_are_parted(ends):
    source, destination = ends
    receiver = DatagramReceiver(destination, TOKEN, 100, has(("sendmmsg", "gro")))
    with datagram_socket(Family.INET, "127.0.0.1") as other:
        other.connect(destination.getsockname())
        expected = []
        for size, count, sock in ((100, 10, source), (60, 7, other), (200, 1, other), (100, 3, source)):
            sender = DatagramSender(sock, TOKEN, filled(size), has(("gso",)))
            assert sender.send(len(expected), count, STAMP) == count
            expected += [size] * count
        sequences, lengths = everything(receiver, len(expected))
    assert sequences == list(range(len(expected)))
    assert lengths == expected


@pytest.mark.parametrize("batched", [(), ("sendmmsg",)], ids="+".join)
@pytest.mark.parametrize("sending", [(), ("gso",)], ids="+".join)
def test_the_kernel_tells_when_datagrams_arrived_however_late_they_are_read(ends, sending, batched):
    source, destination = ends
    receiver = DatagramReceiver(destination, TOKEN, 100, has((*batched, "gro", "kernel-timestamps")))
    sender = DatagramSender(source, TOKEN, filled(100), has(sending))
    before = time.monotonic_ns()
    count = sender.send(0, 20, STAMP)
    after = time.monotonic_ns()
    time.sleep(0.02)
    while count:
        arrivals = receiver.receive()
        count -= arrivals.count
        assert np.repeat(arrivals.received, arrivals.joined).size == arrivals.count
        assert before - CLOCK_READING <= arrivals.received.min() <= arrivals.received.max() <= after + CLOCK_READING
        assert arrivals.at - after > 15_000_000


def test_without_the_kernels_times_there_is_that_of_the_call(ends):
    source, destination = ends
    receiver = DatagramReceiver(destination, TOKEN, 100, has(("sendmmsg", "gro")))
    DatagramSender(source, TOKEN, filled(100), frozenset()).send(0, 3, STAMP)
    assert receiver.receive().received is None


def test_joined_datagrams_of_different_sizes_each_have_their_messages_time(ends):
    source, destination = ends
    receiver = DatagramReceiver(destination, TOKEN, 100, has(("sendmmsg", "gro", "kernel-timestamps")))
    bounds, sizes = [], []
    for size, count in ((100, 10), (60, 7)):
        sender = DatagramSender(source, TOKEN, filled(size), has(("gso",)))
        before = time.monotonic_ns()
        sender.send(len(sizes), count, STAMP)
        bounds += [(before - CLOCK_READING, time.monotonic_ns() + CLOCK_READING)] * count
        sizes += [size] * count
    arrivals = receiver.receive()
    assert lengths_of(arrivals) == sizes
    for at, (earliest, latest) in zip(arrivals.received.tolist(), bounds, strict=True):
        assert earliest <= at <= latest


def test_a_short_last_segment_keeps_its_length(ends):
    source, destination = ends
    receiver = DatagramReceiver(destination, TOKEN, 100, has(("sendmmsg", "gro")))
    sender = DatagramSender(source, TOKEN, filled(100), has(("gso",)))
    for total, lengths in ((250, [100, 100, 50]), (130, [100, 30]), (110, [100])):
        sender._rows[0, 8:24] = sender._rows[1, 8:24] = sender._rows[2, 8:24] = 0
        source.send(memoryview(sender._messages.data).cast("B")[:total])
        arrivals = receiver.receive()
        assert lengths_of(arrivals) == lengths


@pytest.mark.parametrize("receiving", RECEIVING, ids="+".join)
def test_what_is_too_short_for_a_header_is_left_out(ends, receiving):
    source, destination = ends
    receiver = DatagramReceiver(destination, TOKEN, 64, has(receiving))
    for size in (0, 1, 23):
        source.send(bytes(size))
    DatagramSender(source, TOKEN, filled(64), frozenset()).send(9, 1, STAMP)
    assert everything(receiver, 1) == ([9], [64])


@pytest.mark.parametrize("receiving", RECEIVING, ids="+".join)
def test_silence_ends_with_the_sockets_timeout(ends, receiving):
    _, destination = ends
    assert DatagramReceiver(destination, TOKEN, 64, has(receiving)).receive() is None


@pytest.mark.parametrize("sending", [(), ("sendmmsg",)], ids="+".join)
def test_what_the_kernel_does_not_take_is_not_counted(ends, sending):
    """On loopback the news that a datagram was refused is there at once, and takes the place of the next one."""
    source, destination = ends
    destination.close()
    sender = DatagramSender(source, TOKEN, filled(64), has(sending))
    taken = [sender.send(0, 3, STAMP) for _ in range(3)]
    assert 0 < sum(taken) < 9


def test_a_route_that_does_not_segment_is_noticed_and_done_without(ends):
    """With checksums switched off the kernel refuses to segment (udp(7), SO_NO_CHECK); so do some devices."""
    source, destination = ends
    sender = DatagramSender(source, TOKEN, filled(100), has(("sendmmsg", "gso")))
    source.setsockopt(socket.SOL_SOCKET, 11, 1)
    assert sender.send(0, 10, STAMP) == 0
    assert sender.offloads == {"sendmmsg"}
    assert sender.send(0, 10, STAMP) == 10
    assert everything(DatagramReceiver(destination, TOKEN, 100, frozenset()), 10)[0] == list(range(10))


def test_a_datagram_too_large_for_the_system_is_an_error(ends):
    source, _ = ends
    sender = DatagramSender(source, TOKEN, filled(65_508), has(("sendmmsg",)))
    with pytest.raises(OSError, match="too long"):
        sender.send(0, 1, STAMP)


def test_datagrams_too_large_to_be_joined_are_not_segmented(ends):
    source, _ = ends
    assert DatagramSender(source, TOKEN, filled(40_000), has(("gso",))).offloads == frozenset()


@pytest.mark.parametrize("verify", [Verify.CRC32, Verify.SHA256])
@pytest.mark.parametrize("offloads", [(), ("sendmmsg", "gso", "gro", "truncating-receive")], ids="+".join)
def test_sealed_datagrams_are_checked(ends, verify, offloads):
    source, destination = ends
    receiver = DatagramReceiver(destination, TOKEN, 100, has(offloads), verify)
    sender = DatagramSender(source, TOKEN, filled(100), has(offloads), verify)
    sender.send(0, 3, STAMP)
    broken = bytearray(sender._rows[0].tobytes())
    broken[50] ^= 4
    source.send(broken)
    source.send(b"short")
    intact = np.concatenate([receiver.receive().intact for _ in range(1 if offloads else 4)])
    assert intact.tolist() == [True, True, True, False]
