"""A table of remote sockets to talk to, and short names for its calls."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine

import pytest

from sockrig_agent.sockets.addresses import BindHosts
from sockrig_agent.sockets.table import SocketTable
from sockrig_wire.model.sockets import (
    AcceptConnection,
    AddressOf,
    BindSocket,
    CloseSocket,
    ConnectSocket,
    DataReceived,
    DataSent,
    Family,
    GetLocalAddress,
    ListenSocket,
    OpenSocket,
    ReceiveData,
    SendData,
    SocketAccepted,
    SocketAddress,
    SocketCall,
    SocketCallBody,
    SocketOpened,
    SocketReplyBody,
    Transport,
)

TEST_SECONDS = 30


class Caller:
    """The calls of one run, as short as those on a local socket."""

    def __init__(self, table: SocketTable, run_id: str = "run") -> None:
        self.table = table
        self.run_id = run_id

    def of_run(self, run_id: str) -> "Caller":
        return Caller(self.table, run_id)

    async def call(self, id: int, body: SocketCallBody, timeout: float | None = None) -> SocketReplyBody:
        return (await self.table.call(self.run_id, SocketCall(body, id, timeout))).body

    def start(self, call: Coroutine[None, None, object]) -> asyncio.Task[object]:
        return asyncio.create_task(call)

    async def open(self, transport: Transport, family: Family = Family.INET) -> int:
        opened = await self.call(0, OpenSocket(family, transport))
        assert isinstance(opened, SocketOpened)
        return opened.socket_id

    async def bound(self, transport: Transport, host: str = "127.0.0.1", family: Family = Family.INET) -> int:
        id = await self.open(transport, family)
        await self.call(id, BindSocket(SocketAddress(host, 0)))
        return id

    async def listener(self, host: str = "127.0.0.1", family: Family = Family.INET, backlog: int | None = None) -> int:
        id = await self.bound(Transport.TCP, host, family)
        await self.call(id, ListenSocket(backlog))
        return id

    async def connection(self, host: str = "127.0.0.1", family: Family = Family.INET) -> tuple[int, int]:
        """A connected pair of streams."""
        door = await self.listener(host, family)
        line = await self.open(Transport.TCP, family)
        await self.call(line, ConnectSocket(await self.address(door)))
        guest, _ = await self.accept(door)
        await self.close(door)
        return line, guest

    async def accept(self, id: int, timeout: float | None = None) -> tuple[int, SocketAddress]:
        accepted = await self.call(id, AcceptConnection(), timeout)
        assert isinstance(accepted, SocketAccepted)
        return accepted.socket_id, accepted.peer

    async def address(self, id: int) -> SocketAddress:
        found = await self.call(id, GetLocalAddress())
        assert isinstance(found, AddressOf)
        return found.address

    async def send(
        self, id: int, data: bytes, address: SocketAddress | None = None, timeout: float | None = None, **rest
    ) -> int:
        sent = await self.call(id, SendData(data, address, **rest), timeout)
        assert isinstance(sent, DataSent)
        return sent.sent_bytes

    async def receive(self, id: int, max_bytes: int = 1024, timeout: float | None = None, flags: int = 0) -> bytes:
        return (await self.letter(id, max_bytes, timeout, flags)).data

    async def letter(
        self, id: int, max_bytes: int = 1024, timeout: float | None = None, flags: int = 0
    ) -> DataReceived:
        received = await self.call(id, ReceiveData(max_bytes, flags), timeout)
        assert isinstance(received, DataReceived)
        return received

    async def close(self, id: int) -> None:
        await self.call(id, CloseSocket())


Drive = Callable[..., None]


@pytest.fixture
def drive() -> Drive:
    """Runs a dialogue with a table of its own, bounded in time, and closes what it leaves open."""

    def run(
        dialogue: Callable[[Caller], Awaitable[None]], *, max_sockets: int = 1024, bind_hosts: BindHosts | None = None
    ) -> None:
        async def main() -> None:
            table = SocketTable(max_sockets=max_sockets, bind_hosts=bind_hosts or BindHosts())
            try:
                async with asyncio.timeout(TEST_SECONDS):
                    await dialogue(Caller(table))
            finally:
                table.close()

        asyncio.run(main())

    return run


@pytest.fixture
def ipv6_loopback() -> str:
    """``::1``, or a skipped test on a host without IPv6."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError as refusal:
        pytest.skip(f"this host has no IPv6 loopback: {refusal}")
    return "::1"
