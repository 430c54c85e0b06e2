"""One host of a rig, through its agent: the asynchronous face."""

import inspect
import operator
import socket
from collections.abc import Mapping
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, SOCK_STREAM
from typing import Any

from sockrig.client.agents import Clock, clock_of
from sockrig.client.async_socket import AsyncRemoteSocket
from sockrig.client.socket_run import SocketRun
from sockrig_wire.model.controller import AgentStatus
from sockrig_wire.model.sockets import SocketCall, SocketReply

DEFAULT_TIMEOUT: Any = inspect.signature(socket.create_connection).parameters["timeout"].default
"""What the standard library passes as the timeout when none was given; ``http.client`` does too."""


class AsyncHost:
    """A host and its agent; a member of :attr:`AsyncRig.hosts`.

    What it says of the agent is what the controller knew when the rig was opened.
    """

    def __init__(self, status: AgentStatus, sockets: SocketRun) -> None:
        self.status = status
        self._sockets = sockets

    @property
    def name(self) -> str:
        """The agent's name."""
        return self.status.name

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that the agent advertises to its peers."""
        return self.status.advertised_addresses

    @property
    def labels(self) -> Mapping[str, str]:
        """The agent's labels."""
        return self.status.labels

    @property
    def version(self) -> str:
        """The agent's version of Sockrig."""
        return self.status.version

    @property
    def clock(self) -> Clock | None:
        """The agent's clock against the controller's, or None while there is no estimate."""
        return clock_of(self.status)

    async def socket(self, family: int = AF_INET, type: int = SOCK_STREAM, proto: int = 0) -> AsyncRemoteSocket:
        """Open a socket on this host.

        Raises:
            OSError: as :class:`socket.socket`; only UDP and TCP over IPv4 and IPv6 are carried.
            SockrigError: the agent cannot be asked, or allows no more sockets.
        """
        return await AsyncRemoteSocket.open(self.name, self._call, family, type, proto)

    async def create_connection(
        self,
        address: tuple[str, int],
        timeout: float | None = DEFAULT_TIMEOUT,
        source_address: tuple[str, int] | None = None,
        *,
        all_errors: bool = False,
    ) -> AsyncRemoteSocket:
        """Connect over TCP from this host, as :func:`socket.create_connection` does.

        A name is resolved on the host: to IPv4 first, then to IPv6.

        Raises:
            OSError: the last attempt's; one that got as far as to an address goes before one that did not.
            ExceptionGroup: all of them, with ``all_errors``.
        """
        errors: list[OSError] = []
        for family in _families_of(address[0]):
            connection = await self.socket(family, SOCK_STREAM)
            try:
                if timeout is not DEFAULT_TIMEOUT:
                    connection.settimeout(timeout)
                if source_address is not None:
                    await connection.bind(source_address)
                await connection.connect(address)
            except OSError as error:
                errors.append(error)
                await connection.close()
            except BaseException:
                await connection.close()
                raise
            else:
                return connection
        if all_errors:
            raise ExceptionGroup("create_connection failed", errors)
        raise max(errors, key=lambda error: (not isinstance(error, socket.gaierror), errors.index(error)))

    async def create_server(
        self,
        address: tuple[str, int],
        *,
        family: int = AF_INET,
        backlog: int | None = None,
        reuse_port: bool = False,
        dualstack_ipv6: bool = False,
    ) -> AsyncRemoteSocket:
        """Bind and listen over TCP on this host, as :func:`socket.create_server` does.

        Raises:
            OSError: the system's, e.g. EADDRINUSE.
            ValueError: ``dualstack_ipv6`` without AF_INET6.
        """
        if dualstack_ipv6 and family != AF_INET6:
            raise ValueError("dualstack_ipv6 requires AF_INET6 family")
        server = await self.socket(family, SOCK_STREAM)
        try:
            await server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if reuse_port:
                await server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == AF_INET6:
                await server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, operator.index(not dualstack_ipv6))
            await _bind(server, address)
            await server.listen(backlog)
        except BaseException:
            await server.close()
            raise
        return server

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} at {self.status.address}>"

    async def _call(self, call: SocketCall) -> SocketReply:
        return await self._sockets.call(self.name, call)


async def _bind(server: AsyncRemoteSocket, address: tuple[str, int]) -> None:
    try:
        await server.bind(address)
    except OSError as error:
        if error.errno is None:
            raise
        message = f"{error.strerror} (while attempting to bind on address {address!r})"
        raise OSError(error.errno, message) from None


def _families_of(host: str) -> tuple[int, ...]:
    try:
        return (AF_INET,) if ip_address(host).version == 4 else (AF_INET6,)
    except ValueError:
        return AF_INET, AF_INET6
