import socket
import threading

import pytest

from sockrig_wire.datagram import HEADER, LAST, pack, pack_last
from sockrig_wire.model.flows import BurstPattern, Poll, Verify, WorkerEndpoint

TOKEN = 0x0123_4567_89AB_CDEF


def test_every_request_is_answered_and_timed(rigging, family):
    source, destination = rigging.carry("udp-rr", family=family)
    (round_trips,) = source.histograms
    assert source.error == destination.error == ""
    assert round_trips.name == "round_trip"
    assert sum(round_trips.counts) == source.transactions > 10
    assert source.lost_packets == 0
    assert source.total_packets == destination.total_packets
    assert source.packets == destination.packets


def test_requests_leave_at_the_rate(rigging):
    source, destination = rigging.carry("udp-rr", rate_packets_per_second=200, warmup_seconds=0.1)
    assert source.total_packets == destination.total_packets <= 60
    assert 0 < source.transactions == source.packets <= source.total_packets, "one of the warm-up may leave late"
    assert source.lost_packets == 0


def test_sealed_requests_come_back_intact(rigging):
    source, _ = rigging.carry("udp-rr", size_bytes=1000, verify=Verify.CRC32)
    assert source.corrupt_blocks == 0
    assert source.transactions > 0


class Answering:
    """A destination made by hand: it answers what it is told to, when it is told to."""

    def __init__(self, answers):
        self._answers = answers
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.endpoint = WorkerEndpoint("127.0.0.1", self._socket.getsockname()[1], TOKEN)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            data, sender = self._socket.recvfrom(2048)
            token, sequence, _ = HEADER.unpack_from(data)
            assert token == TOKEN
            if LAST <= sequence < 2 * LAST - 1:
                return
            for answer in [data] if sequence >= LAST else self._answers(sequence, data):
                self._socket.sendto(answer, sender)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(pack_last(TOKEN, 0, 0), (self.endpoint.host, self.endpoint.port))
        self._thread.join()
        self._socket.close()


@pytest.fixture
def answering():
    made = []

    def make(answers):
        made.append(Answering(answers))
        return made[-1]

    yield make
    for each in made:
        each.close()


def ask(rigging, in_a_moment, endpoint, **fields):
    source = rigging.source(rigging.spec("udp-rr", size_bytes=64, **fields), endpoint)
    source.prepared()
    source.start(in_a_moment())
    return source.result()


def test_a_request_without_an_answer_is_lost_and_the_next_one_goes_on(rigging, in_a_moment, answering):
    peer = answering(lambda sequence, data: [data] if sequence != 3 else [])
    result = ask(rigging, in_a_moment, peer.endpoint, drain_seconds=0.05)
    assert result.lost_packets == 1
    assert result.transactions == result.packets - 1 > 5


def test_on_schedule_a_missing_answer_holds_nothing_back(rigging, in_a_moment, answering):
    peer = answering(lambda sequence, data: [data] if sequence % 2 else [])
    result = ask(rigging, in_a_moment, peer.endpoint, rate_packets_per_second=100, drain_seconds=0.15)
    assert 5 < result.packets <= 20
    assert result.transactions + result.lost_packets == result.packets
    assert result.lost_packets >= result.packets // 2


def test_on_schedule_answers_are_matched_by_number(rigging, in_a_moment, answering):
    held = []

    def in_pairs_reversed(_sequence, data):
        held.append(data)
        return [held.pop(), held.pop()] if len(held) == 2 else []

    peer = answering(in_pairs_reversed)
    result = ask(rigging, in_a_moment, peer.endpoint, rate_packets_per_second=100, drain_seconds=0.5)
    (round_trips,) = result.histograms
    assert result.lost_packets == result.packets % 2
    assert result.transactions == result.packets - result.lost_packets > 5
    assert round_trips.maximum >= 9_000_000


def test_answers_that_come_twice_or_belong_to_nobody_count_once(rigging, in_a_moment, answering):
    peer = answering(lambda sequence, data: [pack(TOKEN ^ 1, sequence, 0), b"short", data, data])
    for fields in ({}, {"rate_packets_per_second": 100}):
        result = ask(rigging, in_a_moment, peer.endpoint, **fields)
        assert result.transactions == result.packets
        assert result.lost_packets == 0
        peer = answering(lambda _, data: [data, data])


def test_an_echo_is_as_long_as_the_request_and_only_for_those_who_show_the_token(rigging, in_a_moment):
    destination = rigging.destination(rigging.spec("udp-rr"))
    endpoint = destination.prepared()
    at = in_a_moment()
    destination.start(at)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((endpoint.host, endpoint.port))
        sock.settimeout(5)
        sock.send(pack(endpoint.token ^ 1, 0, at).ljust(100, b"a"))
        sock.send(b"")
        sock.send(b"x" * 23)
        request = pack(endpoint.token, 1, at).ljust(100, b"b")
        sock.send(request)
        assert sock.recv(1000) == request
        sock.send(pack_last(endpoint.token, 1, at))
    result = destination.result()
    assert (result.total_packets, result.total_bytes) == (1, 100)


def test_only_the_first_who_shows_the_token_is_answered(rigging, in_a_moment):
    destination = rigging.destination(rigging.spec("udp-rr", duration_seconds=60))
    endpoint = destination.prepared()
    at = in_a_moment()
    destination.start(at)
    kind = socket.AF_INET, socket.SOCK_DGRAM
    with socket.socket(*kind) as sock, socket.socket(*kind) as late:
        for each in (sock, late):
            each.connect((endpoint.host, endpoint.port))
            each.settimeout(5)
        first, second = pack(endpoint.token, 0, at), pack(endpoint.token, 1, at)
        sock.send(first)
        assert sock.recv(100) == first
        late.send(second)
        with pytest.raises(ConnectionRefusedError):
            late.recv(100)
        sock.send(pack_last(endpoint.token, 1, at))
        assert destination.result().total_packets == 1


def test_a_stop_ends_both(rigging, in_a_moment):
    source, destination = rigging.pair(rigging.spec("udp-rr", duration_seconds=60))
    at = in_a_moment()
    source.start(at)
    destination.start(at)
    while not source.worker.counters.transactions:
        pass
    source.worker.orders.give_stop()
    destination.worker.orders.give_stop()
    assert source.result().window_seconds < 10
    assert destination.result().window_seconds < 10


@pytest.mark.parametrize("rate", [None, 200.0])
def test_both_ends_may_wait_awake(rigging, rate):
    source, destination = rigging.carry("udp-rr", poll=Poll.BUSY, rate_packets_per_second=rate)
    assert source.error == destination.error == ""
    assert source.transactions > 0
    assert source.total_packets == destination.total_packets
    assert source.cpu.user_seconds + source.cpu.system_seconds > 0


def test_requests_may_come_in_bursts_and_are_timed_from_when_they_were_meant_to_leave(rigging):
    source, destination = rigging.carry("udp-rr", pattern=BurstPattern(5, 0.1))
    assert source.transactions == destination.total_packets == 10
    assert source.histograms[0].minimum > 0
