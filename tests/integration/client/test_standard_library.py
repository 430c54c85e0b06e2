"""Programs of the standard library, written for local sockets, over remote ones."""

import http.client
import http.server
import select
import selectors
import socket
import socketserver
import threading
from contextlib import contextmanager

import pytest


@contextmanager
def serving(host, server_class, handler_class):
    """A server of the standard library on the agent's host: only its socket is exchanged."""
    server = server_class((host.addresses[0], 0), handler_class, bind_and_activate=False)
    server.socket.close()
    server.socket = host.socket(server.address_family, server.socket_type)
    server.server_bind()
    server.server_activate()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Greeter(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"{self.path} 收到消息".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Not to stderr."""


@contextmanager
def http_connection(host, address):
    connection = http.client.HTTPConnection(*address)
    connection._create_connection = host.create_connection
    try:
        yield connection
    finally:
        connection.close()


def test_http_client_talks_to_http_server(a, b):
    with serving(a, http.server.ThreadingHTTPServer, Greeter) as address, http_connection(b, address) as connection:
        for path in ("/one", "/two"):
            connection.request("GET", path)
            answer = connection.getresponse()
            assert (answer.status, answer.read().decode()) == (200, f"{path} 收到消息")


def test_http_carries_bodies_of_a_mebibyte(a, b):
    body = bytes(range(256)) * 4096
    with serving(a, http.server.ThreadingHTTPServer, Greeter) as address, http_connection(b, address) as connection:
        connection.request("POST", "/", body)
        assert connection.getresponse().read() == body


def test_a_threading_tcp_server_serves_guests_at_the_same_time(a, b):
    class Shouter(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                self.wfile.write(line.upper())

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    with (
        serving(a, Server, Shouter) as address,
        b.create_connection(address) as first,
        b.create_connection(address) as second,
        first.makefile("rwb", 0) as first_line,
        second.makefile("rwb", 0) as second_line,
    ):
        second_line.write(b"second\n")
        first_line.write(b"first\n")
        assert second_line.readline() == b"SECOND\n"
        assert first_line.readline() == b"FIRST\n"


def test_a_udp_server_answers_datagrams(a, b):
    class Shouter(socketserver.DatagramRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.read().upper())

    with serving(a, socketserver.UDPServer, Shouter) as address, b.socket(type=socket.SOCK_DGRAM) as outbox:
        outbox.settimeout(20)
        for word in (b"one", b"two", b"three"):
            outbox.sendto(word, address)
            assert outbox.recv(100) == word.upper()


def test_select_sees_what_has_arrived_and_what_was_taken(a, b):
    with a.socket(type=socket.SOCK_DGRAM) as inbox, b.socket(type=socket.SOCK_DGRAM) as outbox:
        inbox.bind(("", 0))
        assert select.select([inbox], [], [], 0) == ([], [], [])
        for word in (b"one", b"two"):
            outbox.sendto(word, inbox.getsockname())
        for word in (b"one", b"two"):
            assert select.select([inbox], [], [], 20)[0] == [inbox]
            assert inbox.recv(100) == word
        assert select.select([inbox], [], [], 0.1) == ([], [], [])


def test_a_selector_tells_several_sockets_apart(a, b):
    with (
        a.create_server(("", 0)) as door,
        a.socket(type=socket.SOCK_DGRAM) as inbox,
        b.socket(type=socket.SOCK_DGRAM) as outbox,
        selectors.DefaultSelector() as selector,
    ):
        inbox.bind(("", 0))
        selector.register(door, selectors.EVENT_READ, "door")
        selector.register(inbox, selectors.EVENT_READ, "inbox")
        outbox.sendto(b"x", inbox.getsockname())
        assert [key.data for key, _ in selector.select(20)] == ["inbox"]
        inbox.recv(1)
        with b.create_connection(door.getsockname()):
            assert [key.data for key, _ in selector.select(20)] == ["door"]
            door.accept()[0].close()


def test_the_end_of_a_stream_is_readable(a, b):
    with a.create_server(("", 0)) as door, b.create_connection(door.getsockname()) as line:
        door.accept()[0].close()

        assert select.select([line], [], [], 20)[0] == [line]
        assert line.recv(1) == b""


@pytest.mark.parametrize("type", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_descriptor_lives_as_long_as_its_socket(a, type):
    with a.socket(type=type) as remote:
        descriptor = remote.fileno()
        assert descriptor >= 0
        assert remote.fileno() == descriptor
    assert remote.fileno() == -1
