"""``listen``, ``send`` and ``recv``: netcat whose sockets are on an agent's host.

stdout has the data and nothing else; where a socket was bound and who connected is told on stderr.
"""

import asyncio
import errno
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sockrig.cli.endpoints import Endpoint, endpoint_of, peer_endpoint_of, shown_address
from sockrig.cli.interruption import run_interruptibly
from sockrig.cli.netcat_data import DataWriter, checked_codec, outgoing_pieces
from sockrig.cli.options import NetcatOptions, RigOptions
from sockrig.cli.rigs import rig_of
from sockrig.client.async_host import AsyncHost
from sockrig.client.async_socket import AsyncRemoteSocket
from sockrig_wire.errors import SocketFailedError

_MOST_BYTES = 256 * 1024
"""What one receive of a remote socket gives at most."""

_LINGER_SECONDS = 1.0
"""How long a sender waits for the other end's close: a connection closed with unread data is reset, and a reset may
overtake what was sent (RFC 1122, section 4.2.2.13)."""


def listen_on(host: str, address: str, *, udp: bool, count: int | None, options: NetcatOptions, rig: RigOptions) -> int:
    """Write what comes to stdout, for so many datagrams or connections, one after another; returns the exit code.

    Raises:
        SockrigError: an option is wrong, or a socket fails, or nothing came within the timeout.
    """
    endpoint = endpoint_of(address)
    writer = DataWriter(checked_codec(options.encoding))

    async def listen() -> int:
        async with _host(rig, host) as chosen:
            receive = _datagrams if udp else _connections
            async for data, ends in receive(chosen, endpoint, count, options):
                writer.write(data, ends=ends)
        writer.close()
        return 0

    return run_interruptibly(listen())


def send_from(
    host: str,
    address: str,
    *,
    udp: bool,
    text: str | None,
    hexadecimal: str | None,
    options: NetcatOptions,
    rig: RigOptions,
) -> int:
    """Send a text, bytes or stdin; returns the exit code.

    Raises:
        SockrigError: an option is wrong, or a socket fails.
    """
    endpoint = peer_endpoint_of(address)
    pieces = outgoing_pieces(text, hexadecimal, checked_codec(options.encoding))

    async def send() -> int:
        async with _host(rig, host) as chosen:
            send_pieces = _send_datagram if udp else _send_over_connection
            await send_pieces(chosen, endpoint, pieces, options)
        return 0

    return run_interruptibly(send())


@asynccontextmanager
async def _host(rig: RigOptions, name: str) -> AsyncIterator[AsyncHost]:
    async with rig_of(rig) as opened:
        yield opened.host(name)


async def _datagrams(
    host: AsyncHost, endpoint: Endpoint, count: int | None, options: NetcatOptions
) -> AsyncIterator[tuple[bytes, bool]]:
    """Datagrams as they come; each is whole."""
    with _failures(host, f"bind to {shown_address(endpoint.host, endpoint.port)}"):
        inbox = await host.socket(_family(options), socket.SOCK_DGRAM)
        await inbox.bind((endpoint.host, endpoint.port))
        _tell(f"receiving on {await _where(inbox, host)}")
    async with inbox:
        inbox.settimeout(options.timeout)
        came = 0
        while count is None or came < count:
            with _failures(host, "receive"):
                data, _sender = await inbox.recvfrom(_MOST_BYTES)
            came += 1
            yield data, True


async def _connections(
    host: AsyncHost, endpoint: Endpoint, count: int | None, options: NetcatOptions
) -> AsyncIterator[tuple[bytes, bool]]:
    """What comes over connections, one after another, each to its end."""
    with _failures(host, f"listen on {shown_address(endpoint.host, endpoint.port)}"):
        door = await host.create_server((endpoint.host, endpoint.port), family=_family(options))
        _tell(f"listening on {await _where(door, host)}")
    async with door:
        door.settimeout(options.timeout)
        came = 0
        while count is None or came < count:
            with _failures(host, "accept"):
                guest, peer = await door.accept()
            came += 1
            _tell(f"connection from {shown_address(peer[0], peer[1])}")
            async with guest:
                guest.settimeout(options.timeout)
                data = b"-"
                while data:
                    with _failures(host, "receive"):
                        data = await guest.recv(_MOST_BYTES)
                    yield data, not data


async def _send_datagram(
    host: AsyncHost, endpoint: Endpoint, pieces: AsyncIterator[bytes], options: NetcatOptions
) -> None:
    data = b"".join([piece async for piece in pieces])
    with _failures(host, f"send to {shown_address(endpoint.host, endpoint.port)}"):
        async with await host.socket(_family(options), socket.SOCK_DGRAM) as outbox:
            outbox.settimeout(options.timeout)
            await outbox.sendto(data, (endpoint.host, endpoint.port))


async def _send_over_connection(
    host: AsyncHost, endpoint: Endpoint, pieces: AsyncIterator[bytes], options: NetcatOptions
) -> None:
    there = shown_address(endpoint.host, endpoint.port)
    with _failures(host, f"connect to {there}"):
        line = await host.socket(_family(options, endpoint), socket.SOCK_STREAM)
        line.settimeout(options.timeout)
        await line.connect((endpoint.host, endpoint.port))
    async with line:
        async for piece in pieces:
            with _failures(host, f"send to {there}"):
                await line.sendall(piece)
        with _failures(host, f"send to {there}"):
            await line.shutdown(socket.SHUT_WR)
            await _linger(line)


async def _linger(line: AsyncRemoteSocket) -> None:
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            while await line.recv(_MOST_BYTES):
                pass
    except TimeoutError:
        pass


def _family(options: NetcatOptions, endpoint: Endpoint | None = None) -> int:
    is_inet6 = options.ipv6 or (endpoint is not None and ":" in endpoint.host)
    return socket.AF_INET6 if is_inet6 else socket.AF_INET


async def _where(bound: AsyncRemoteSocket, host: AsyncHost) -> str:
    """The address that others use: the host's own where the socket is bound to all of them."""
    address = await bound.getsockname()
    if address[0] in {"0.0.0.0", "::"}:
        own = [each for each in host.addresses if (":" in each) == (address[0] == "::")]
        return shown_address(own[0] if own else address[0], address[1])
    return shown_address(address[0], address[1])


@contextmanager
def _failures(host: AsyncHost, what: str) -> Iterator[None]:
    """Say on which host what failed."""
    try:
        yield
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "")
        told = error.strerror or str(error) or "timed out"
        raise SocketFailedError(
            f"cannot {what}: {told}{f' ({name})' if name else ''}", where=f"agent {host.name}", errno_name=name
        ) from error


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
