"""One host of a rig, through its agent: the synchronous face."""

from collections.abc import Mapping
from socket import AF_INET, SOCK_STREAM

from sockrig.client.agents import Clock
from sockrig.client.async_host import DEFAULT_TIMEOUT, AsyncHost
from sockrig.client.loop_thread import LoopThread
from sockrig.client.remote_socket import RemoteSocket
from sockrig_wire.model.controller import AgentStatus


class Host:
    """A host and its agent; a member of :attr:`Rig.hosts`.

    Its methods do what those of :class:`~sockrig.client.async_host.AsyncHost` do, which see, and wait for it.
    """

    def __init__(self, loop_thread: LoopThread, host: AsyncHost) -> None:
        self._loop_thread = loop_thread
        self._host = host

    @property
    def status(self) -> AgentStatus:
        """All that the controller knew of the agent when the rig was opened."""
        return self._host.status

    @property
    def name(self) -> str:
        """The agent's name."""
        return self._host.name

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that the agent advertises to its peers."""
        return self._host.addresses

    @property
    def labels(self) -> Mapping[str, str]:
        """The agent's labels."""
        return self._host.labels

    @property
    def version(self) -> str:
        """The agent's version of Sockrig."""
        return self._host.version

    @property
    def clock(self) -> Clock | None:
        """The agent's clock against the controller's, or None while there is no estimate."""
        return self._host.clock

    def socket(self, family: int = AF_INET, type: int = SOCK_STREAM, proto: int = 0) -> RemoteSocket:
        """Open a socket on this host."""
        return RemoteSocket(self._loop_thread, self._loop_thread.call(self._host.socket(family, type, proto)))

    def create_connection(
        self,
        address: tuple[str, int],
        timeout: float | None = DEFAULT_TIMEOUT,
        source_address: tuple[str, int] | None = None,
        *,
        all_errors: bool = False,
    ) -> RemoteSocket:
        """Connect over TCP from this host, as :func:`socket.create_connection` does."""
        connecting = self._host.create_connection(address, timeout, source_address, all_errors=all_errors)
        return RemoteSocket(self._loop_thread, self._loop_thread.call(connecting))

    def create_server(
        self,
        address: tuple[str, int],
        *,
        family: int = AF_INET,
        backlog: int | None = None,
        reuse_port: bool = False,
        dualstack_ipv6: bool = False,
    ) -> RemoteSocket:
        """Bind and listen over TCP on this host, as :func:`socket.create_server` does."""
        opening = self._host.create_server(
            address, family=family, backlog=backlog, reuse_port=reuse_port, dualstack_ipv6=dualstack_ipv6
        )
        return RemoteSocket(self._loop_thread, self._loop_thread.call(opening))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} at {self.status.address}>"
