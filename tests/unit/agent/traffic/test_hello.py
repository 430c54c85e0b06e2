import socket
import threading
import time

import pytest

from sockrig_agent.traffic.hello import HELLO, answer_hellos, exchange_hello, say_farewell
from sockrig_wire.datagram import HEADER, LAST, pack

TOKEN = 0xFEDC_BA98_7654_3210


@pytest.fixture
def ends():
    """A connected source and an unconnected destination."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as destination,
    ):
        destination.bind(("127.0.0.1", 0))
        source.connect(destination.getsockname())
        yield source, destination


def test_a_source_is_let_in_by_its_destination(ends):
    source, destination = ends
    done = threading.Event()

    def serve():
        while not done.wait(0.005):
            answer_hellos(destination, TOKEN)

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        exchange_hello(source, TOKEN, 5)
    finally:
        done.set()
        serving.join()
    assert source.gettimeout() is None


def test_a_hello_that_was_lost_is_said_again(ends):
    source, destination = ends
    saying = threading.Thread(target=exchange_hello, args=(source, TOKEN, 5))
    saying.start()
    destination.recv(100)
    again, sender = destination.recvfrom(100)
    destination.sendto(b"noise", sender)
    destination.sendto(again, sender)
    saying.join()
    assert HEADER.unpack(again)[:2] == (TOKEN, HELLO)


def test_silence_is_a_timeout(ends):
    source, _ = ends
    with pytest.raises(TimeoutError, match="did not answer the hello"):
        exchange_hello(source, TOKEN, 0.02)


def test_a_refusal_is_waited_out_for_the_destination_may_not_be_there_yet(ends):
    source, destination = ends
    destination.close()
    with pytest.raises(TimeoutError):
        exchange_hello(source, TOKEN, 0.05)


def test_an_answer_is_the_hello_itself(ends):
    source, destination = ends
    hello = pack(TOKEN, HELLO, 77)
    source.settimeout(5)
    source.send(hello)
    assert not answer_hellos(destination, TOKEN)
    assert source.recv(100) == hello


@pytest.mark.parametrize("stranger", [b"", b"x" * 23, pack(TOKEN ^ 1, HELLO, 0), pack(TOKEN ^ 1, 0, 0)])
def test_strangers_get_no_answer_and_are_out_of_the_way(ends, stranger):
    source, destination = ends
    source.send(stranger)
    assert not answer_hellos(destination, TOKEN)
    with pytest.raises(BlockingIOError):
        source.recv(100, socket.MSG_DONTWAIT)
    with pytest.raises(BlockingIOError):
        destination.recv(100, socket.MSG_DONTWAIT)


def test_a_packet_of_the_flow_is_left_for_the_flow(ends):
    source, destination = ends
    packet = pack(TOKEN, 0, 5) + b"payload"
    source.send(packet)
    assert answer_hellos(destination, TOKEN)
    assert destination.recv(100) == packet


def test_a_farewell_tells_the_count_several_times(ends):
    source, destination = ends
    say_farewell(source, TOKEN, 1234, time.monotonic_ns() + 10**9)
    for _ in range(2):
        token, sequence, _ = HEADER.unpack(destination.recv(100, socket.MSG_DONTWAIT))
        assert (token, sequence) == (TOKEN, LAST | 1234)


def test_a_farewell_is_not_said_when_nobody_listens_any_more(ends):
    source, destination = ends
    say_farewell(source, TOKEN, 1234, time.monotonic_ns())
    with pytest.raises(BlockingIOError):
        destination.recv(100, socket.MSG_DONTWAIT)


def test_a_farewell_to_a_closed_destination_is_no_error(ends):
    source, destination = ends
    destination.close()
    say_farewell(source, TOKEN, 1, time.monotonic_ns() + 10**9)
    source.setblocking(False)
    with pytest.raises((ConnectionRefusedError, BlockingIOError)):
        source.recv(100)
