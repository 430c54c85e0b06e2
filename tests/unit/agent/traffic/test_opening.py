import socket
import threading
from pathlib import Path

import pytest

from sockrig_agent.traffic.engine import Assignment
from sockrig_agent.traffic.opening import MOST_UNDER_WAY, open_connections
from sockrig_agent.traffic.orders import Orders
from sockrig_wire.errors import IncompatibleError
from sockrig_wire.kinds import TOKEN_BYTES
from sockrig_wire.model.flows import FlowSpec, Role, SocketOptions, WorkerEndpoint

TOKEN = 9


@pytest.fixture
def orders():
    orders = Orders()
    yield orders
    orders.close()


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        listener.settimeout(20)
        yield listener


def endpoint_of(listener):
    return WorkerEndpoint("127.0.0.1", listener.getsockname()[1], TOKEN)


def opened(peer, count, orders, **fields):
    spec = FlowSpec(name="f", kind="tcp-hold", duration_seconds=1.0, connections=count, **fields)
    return open_connections(Assignment(spec, Role.SOURCE, 0, "127.0.0.1", "127.0.0.1", peer), peer, count, orders)


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_no_more_are_under_way_than_a_destination_lets_stand_before_its_door(listener, orders):
    """It answers none before all that it gets at once are there; then, all."""
    at_once = []

    def answer_all_at_once(total):
        done = 0
        while done < total:
            waiting = [listener.accept()[0]]
            listener.settimeout(0.3)
            try:
                while True:
                    waiting.append(listener.accept()[0])
            except TimeoutError:
                listener.settimeout(20)
            at_once.append(len(waiting))
            for connection in waiting:
                connection.sendall(connection.recv(TOKEN_BYTES, socket.MSG_WAITALL))
                connection.detach()
            done += len(waiting)

    there = threading.Thread(target=answer_all_at_once, args=(150,), daemon=True)
    there.start()
    came = opened(endpoint_of(listener), 150, orders)
    there.join(20)
    assert (len(came.connections), len(came.connect_nanoseconds), came.failed) == (150, 150, 0)
    assert max(at_once) == MOST_UNDER_WAY
    for connection in came.connections:
        connection.close()


def test_a_closed_port_is_not_tried_ten_thousand_times(listener, orders):
    peer = endpoint_of(listener)
    listener.close()
    before = descriptors()
    with pytest.raises(ConnectionRefusedError):
        opened(peer, 10_000, orders)
    assert descriptors() == before


def test_a_stop_ends_it(listener, orders):
    before = descriptors()
    stopping = threading.Timer(0.1, orders.give_stop)
    stopping.start()
    came = opened(endpoint_of(listener), 5, orders)  # nobody answers
    stopping.join()
    assert (came.connections, came.failed) == ((), 5)
    assert descriptors() == before


def test_an_option_that_the_system_refuses_is_told_and_nothing_stays_open(listener, orders):
    before = descriptors()
    with pytest.raises(IncompatibleError, match="congestion warp"):
        opened(endpoint_of(listener), 5, orders, socket_options=SocketOptions(congestion="warp"))
    assert descriptors() == before


def test_a_destination_that_gives_back_another_token_is_refused(listener, orders):
    def answer():
        for _ in range(2):
            connection, _ = listener.accept()
            with connection:
                connection.recv(TOKEN_BYTES, socket.MSG_WAITALL)
                connection.sendall(b"notours!")

    there = threading.Thread(target=answer, daemon=True)
    there.start()
    with pytest.raises(ConnectionRefusedError, match="does not know the token"):
        opened(endpoint_of(listener), 2, orders)
    there.join(20)
