"""The bare loops and the witness, run for a moment."""

import json
import os
import socket
import sys
import threading
import time

import pytest
from tests.bench.ceilings import Asked, receive, send
from tests.bench.processes import port_is_open, running
from tests.processes import eventually

SECONDS = 0.1


def both_ends(**wishes):
    """What the receiver and the sender reached."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    defaults = {"size": 64, "truncating": False, "segmented": False, "busy": False}
    asked = Asked(**{"host": "127.0.0.1", "port": port, "seconds": SECONDS, **defaults, **wishes})
    ends = []
    receiver = threading.Thread(target=lambda: ends.append(receive(asked)))
    receiver.start()
    assert eventually(lambda: port_is_open(port, os.getpid()), within_seconds=10)
    ends.append(send(asked))
    receiver.join(10)
    return sorted(ends, key=lambda end: end.value is None)


@pytest.mark.parametrize("truncating", [False, True])
def test_a_stream_is_carried(truncating):
    measured, other = both_ends(kind="tcp-stream", truncating=truncating)

    assert measured.carried_bytes > 0
    assert measured.value > 0
    assert other.value is None


@pytest.mark.parametrize("segmented", [False, True])
def test_whole_datagrams_are_carried(segmented):
    measured, _ = both_ends(kind="udp-stream", segmented=segmented)

    assert measured.carried_bytes > 0
    assert measured.carried_bytes % 64 == 0


@pytest.mark.parametrize("kind", ["udp-rr", "tcp-rr"])
def test_a_round_trip_takes_some_time(kind):
    measured, _ = both_ends(kind=kind)

    assert 0 < measured.value < SECONDS


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can watch an interface")
def test_the_witness_sees_every_datagram_of_its_size_and_no_other():
    watch = (sys.executable, "-m", "tests.bench.witness", "lo", "--size", "211")
    with running(watch) as witness, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        witness.wait_until(lambda process: "ready" in process.output, 20)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for size in (211, 210, 211, 212, 211):
                sender.sendto(bytes(size), receiver.getsockname())
                time.sleep(0.001)
        witness.interrupt()
        said = witness.wait(20).output
    document = json.loads(said.removeprefix("ready\n"))
    gaps = document["gaps_nanoseconds"]

    assert len(gaps) == 2
    assert all(gap >= 1_000_000 for gap in gaps)
    assert list(document["firsts_nanoseconds"]) == ["127.0.0.1"]
    assert 0 < time.time_ns() - document["firsts_nanoseconds"]["127.0.0.1"] < 60 * 10**9
