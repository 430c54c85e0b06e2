"""All remote sockets of the agent: their ids, the runs they belong to, the cap on their number, and their calls."""

import itertools
import math
import socket
from collections.abc import Callable

from sockrig_agent.sockets.addresses import BindHosts
from sockrig_agent.sockets.remote_socket import RemoteSocket
from sockrig_agent.sockets.waiting import bad_descriptor
from sockrig_wire.errors import LimitError, UsageError
from sockrig_wire.model.sockets import (
    AcceptConnection,
    AddressOf,
    BindSocket,
    CloseSocket,
    ConnectSocket,
    DataSent,
    Family,
    GetLocalAddress,
    GetOption,
    GetPeerAddress,
    ListenSocket,
    OpenSocket,
    ReceiveData,
    SendData,
    SetOption,
    ShutdownSocket,
    SocketAccepted,
    SocketCall,
    SocketDone,
    SocketOpened,
    SocketReply,
    SocketReplyBody,
    Transport,
    WaitReady,
)

_FAMILIES = {Family.INET: socket.AF_INET, Family.INET6: socket.AF_INET6}
_TYPES = {Transport.TCP: socket.SOCK_STREAM, Transport.UDP: socket.SOCK_DGRAM}


class SocketTable:
    """The remote sockets of all runs; make it inside the loop that it is used in.

    It keeps these rules: an id is never given twice; a run sees its own sockets only, and any other id is a bad
    descriptor to it; there are never more than ``max_sockets``, those ``elsewhere`` on the agent included; what a run
    opened is closed with it, and a call that was waiting then ends with EBADF.
    """

    def __init__(self, *, max_sockets: int, bind_hosts: BindHosts, elsewhere: Callable[[], int] = lambda: 0) -> None:
        self._max_sockets = max_sockets
        self._elsewhere = elsewhere
        self._bind_hosts = bind_hosts
        self._ids = itertools.count(1)
        self._runs: dict[str, dict[int, RemoteSocket]] = {}

    async def call(self, run_id: str, call: SocketCall) -> SocketReply:
        """Carry out one call, however long it waits; any number may be waiting at a time.

        It may be cancelled at any time without loss: a reply that holds data or a new socket is returned in the same
        step in which it was taken from the kernel.

        Raises:
            OSError: what :class:`socket.socket` raises; EBADF for a socket that the run does not have.
            LimitError: the agent has as many sockets as it may have.
            UsageError: a value that no socket takes.
        """
        timeout_seconds = call.timeout_seconds
        if timeout_seconds is not None and not 0 <= timeout_seconds < math.inf:
            raise UsageError(
                f"a timeout of {timeout_seconds:g} s is not possible",
                where="timeout_seconds",
                next="Give 0 to try once, a number of seconds, or none at all to wait until it is done.",
            )
        try:
            if isinstance(call.body, OpenSocket):
                return SocketReply(self._open(run_id, call.body))
            return SocketReply(await self._call_one(run_id, call))
        except (OverflowError, ValueError) as refusal:
            # Python checks ports, flags and sizes before the kernel sees them.
            raise UsageError(str(refusal), where=type(call.body).__name__) from refusal

    def close_run(self, run_id: str) -> int:
        """Close all sockets of the run; how many there were."""
        sockets = self._runs.pop(run_id, {})
        for remote in sockets.values():
            remote.close()
        return len(sockets)

    def close(self) -> None:
        """Close all sockets of all runs."""
        for run_id in tuple(self._runs):
            self.close_run(run_id)

    def count(self, run_id: str | None = None) -> int:
        """How many sockets the run has open, or all runs together."""
        if run_id is not None:
            return len(self._runs.get(run_id, ()))
        return sum(map(len, self._runs.values()))

    async def _call_one(self, run_id: str, call: SocketCall) -> SocketReplyBody:
        remote = self._runs.get(run_id, {}).get(call.socket_id)
        if remote is None:
            raise bad_descriptor()
        timeout_seconds = call.timeout_seconds
        match call.body:
            case BindSocket(address):
                await remote.bind(address)
            case ListenSocket(backlog):
                remote.listen(backlog)
            case AcceptConnection():
                socket_id, peer = await remote.accept(
                    lambda connection: self._add(run_id, connection), lambda: self._check_room(run_id), timeout_seconds
                )
                return SocketAccepted(socket_id, peer)
            case ConnectSocket(address):
                await remote.connect(address, timeout_seconds)
            case SendData() as order:
                return DataSent(await remote.send(order, timeout_seconds))
            case ReceiveData() as order:
                return await remote.receive(order, timeout_seconds)
            case WaitReady() as order:
                return await remote.wait_ready(order, timeout_seconds)
            case SetOption() as order:
                remote.set_option(order)
            case GetOption() as order:
                return remote.get_option(order)
            case GetLocalAddress():
                return AddressOf(remote.local_address())
            case GetPeerAddress():
                return AddressOf(remote.peer_address())
            case ShutdownSocket(how):
                remote.shutdown(how)
            case CloseSocket():
                self._close_one(run_id, call.socket_id)
            case _:
                raise UsageError(f"{type(call.body).__name__} is not a call on a socket")
        return SocketDone()

    def _open(self, run_id: str, order: OpenSocket) -> SocketOpened:
        self._check_room(run_id)
        return SocketOpened(self._add(run_id, socket.socket(_FAMILIES[order.family], _TYPES[order.transport])))

    def _add(self, run_id: str, local: socket.socket) -> int:
        socket_id = next(self._ids)
        self._runs.setdefault(run_id, {})[socket_id] = RemoteSocket(local, self._bind_hosts)
        return socket_id

    def _close_one(self, run_id: str, socket_id: int) -> None:
        sockets = self._runs[run_id]
        sockets.pop(socket_id).close()
        if not sockets:
            del self._runs[run_id]

    def _check_room(self, run_id: str) -> None:
        if self.count() + self._elsewhere() < self._max_sockets:
            return
        raise LimitError(
            f"this agent keeps at most {self._max_sockets} sockets open and has as many, "
            f"{self.count(run_id)} of them of this run",
            where="max_sockets",
            next="Close sockets that are no longer needed, end other runs on this agent, or raise its limit.",
        )
