"""One probe: a nonce sent to a port, and everything that can be seen of its fate from where it was sent."""

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
import struct
import time

from sockrig_agent.reach.error_queue import IcmpError, first_icmp_error, record_errors
from sockrig_agent.sockets.addresses import BindHosts, SocketName, can_reach, resolve
from sockrig_agent.sockets.waiting import Readiness
from sockrig_agent.traffic.transport import bind_source
from sockrig_wire.failures import error_of
from sockrig_wire.model.reach import ProbeOutcome, ProbeReach, ProbeResult, ReachProbe
from sockrig_wire.model.sockets import Family, SocketAddress, Transport
from sockrig_wire.reach import PROBE, PROBE_BYTES

_FAMILIES = {Family.INET: socket.AF_INET, Family.INET6: socket.AF_INET6}
_RESETS = frozenset({errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE})
_OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_TCP_INFO_BYTES = 104
_RETRANSMITTED = struct.Struct("=36xI60xI")
"""``tcpi_retrans`` and ``tcpi_total_retrans`` of struct tcp_info, linux/tcp.h."""


async def probe_once(order: ProbeReach, probe: ReachProbe, bind_hosts: BindHosts) -> ProbeResult:
    """Send one probe and wait for what comes of it, within the order's timeout; never raises for the network's sake."""
    try:
        family = _FAMILIES[order.family]
        name = await resolve(SocketAddress(probe.host, probe.port), family, bind_hosts)
        kind = socket.SOCK_STREAM if probe.transport is Transport.TCP else socket.SOCK_DGRAM
        sock = socket.socket(family, kind)
    except OSError as failure:
        return ProbeResult(nonce=probe.nonce, outcome=ProbeOutcome.NOT_SENT, errno_name=error_of(failure).errno_name)
    with sock:
        sock.setblocking(False)
        attempt = _Attempt(order, probe, sock, name)
        try:
            record_errors(sock)
            if (own := bind_hosts.of(family)) and can_reach(own, name[0]):
                bind_source(sock, (own, 0))
            if probe.transport is Transport.TCP:
                return await attempt.connect()
            return await attempt.send_datagrams()
        except OSError as failure:
            return attempt.failed(failure)


class _Attempt:
    """One probe under way.

    It waits for the socket to be ready and reads then, and at the end of its time it looks once more: an agent that was
    kept from its processor does not take for silence what lies in its socket.
    """

    def __init__(self, order: ProbeReach, probe: ReachProbe, sock: socket.socket, name: SocketName) -> None:
        self._order = order
        self._probe = probe
        self._socket = sock
        self._name = name
        self._readiness = Readiness(sock)
        self._icmp: IcmpError | None = None
        self._sent = 0

    async def connect(self) -> ProbeResult:
        """TCP: a connection, and the nonce through it and back."""
        began = time.monotonic()
        ends_at = asyncio.get_running_loop().time() + self._order.timeout_seconds
        self._sent = 1
        with contextlib.suppress(BlockingIOError):
            self._socket.connect(self._name)
        if not await self._ready(ends_at, writable=True):
            return self._silent_connection()
        if error := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))
        took_seconds = time.monotonic() - began
        self._sent += _retransmitted(self._socket)[1]
        if self._order.listened and not await self._nonce_came_back(ends_at):
            return self._result(ProbeOutcome.CONNECTED)
        return self._result(ProbeOutcome.ANSWERED, round_trip_seconds=took_seconds)

    async def _nonce_came_back(self, ends_at: float) -> bool:
        question = PROBE.pack(self._probe.nonce, 0)
        self._socket.send(question)  # an empty send buffer takes it whole
        answer = b""
        while len(answer) < PROBE_BYTES and await self._ready(ends_at, readable=True):
            more = self._received(PROBE_BYTES - len(answer))
            if more == b"":
                break
            answer += more or b""
        return answer == question

    def _silent_connection(self) -> ProbeResult:
        retransmitted, tried = _retransmitted(self._socket)
        self._sent += tried
        if tried and not retransmitted:
            # The kernel counts a segment as sent again only once it got out (tcp_retransmit_skb in tcp_output.c):
            # a rule of this host drops them, and connect(2) is not told.
            return self._result(ProbeOutcome.REFUSED, errno_name="EPERM")
        return self._result(ProbeOutcome.SILENT)

    async def send_datagrams(self) -> ProbeResult:
        """UDP: the nonce, again while nothing comes, each attempt with an equal part of the time."""
        began = asyncio.get_running_loop().time()
        self._socket.connect(self._name)
        sent_at: list[float] = []
        for attempt in range(self._order.attempts):
            sent_at.append(time.monotonic())
            self._socket.send(PROBE.pack(self._probe.nonce, attempt))
            self._sent += 1
            until = began + self._order.timeout_seconds * (attempt + 1) / self._order.attempts
            answered = await self._answer_before(until)
            if answered is not None:
                took_seconds = time.monotonic() - sent_at[min(answered, attempt)]
                return self._result(ProbeOutcome.ANSWERED, round_trip_seconds=took_seconds)
        return self._result(ProbeOutcome.SILENT)

    async def _answer_before(self, until: float) -> int | None:
        """Which attempt was answered; None if none was until then."""
        while await self._ready(until, readable=True):
            data = self._received(PROBE_BYTES + 1)
            if data is None:
                continue
            if not self._order.listened:
                return self._sent - 1
            if len(data) == PROBE_BYTES:
                nonce, attempt = PROBE.unpack(data)
                if nonce == self._probe.nonce:
                    return int(attempt)
        return None

    async def _ready(self, until: float, *, readable: bool = False, writable: bool = False) -> bool:
        """Whether the socket is ready, or has failed, by then."""
        try:
            async with asyncio.timeout_at(until):
                await self._readiness.wait(readable=readable, writable=writable)
        except TimeoutError:
            can_read, can_write = self._readiness.now()
            return (readable and can_read) or (writable and can_write)
        return True

    def _received(self, most_bytes: int) -> bytes | None:
        """What came; None if it was nothing after all.

        Raises:
            OSError: the socket failed.
        """
        try:
            return self._socket.recv(most_bytes)
        except BlockingIOError:
            # An error that has already been told keeps the socket ready for as long as it is in the queue.
            self._icmp = first_icmp_error(self._socket)
            if self._icmp is None:
                return None
        raise OSError(self._icmp.errno, os.strerror(self._icmp.errno))

    def failed(self, failure: OSError) -> ProbeResult:
        """What an error of the socket means: ICMP where its queue says so, else a reset, else this host's own word."""
        name = error_of(failure).errno_name
        if icmp := self._icmp or first_icmp_error(self._socket):
            return self._result(
                ProbeOutcome.ICMP,
                errno_name=name,
                icmp_type=icmp.type,
                icmp_code=icmp.code,
                offender=icmp.offender,
            )
        if failure.errno in _OUT_OF_RESOURCES:
            return self._result(ProbeOutcome.NOT_SENT, errno_name=name)
        if self._probe.transport is Transport.TCP and failure.errno in _RESETS:
            return self._result(ProbeOutcome.RESET, errno_name=name)
        return self._result(ProbeOutcome.REFUSED, errno_name=name)

    def _result(
        self,
        outcome: ProbeOutcome,
        *,
        round_trip_seconds: float | None = None,
        errno_name: str = "",
        icmp_type: int | None = None,
        icmp_code: int | None = None,
        offender: str = "",
    ) -> ProbeResult:
        host, port = self._own_name()
        return ProbeResult(
            nonce=self._probe.nonce,
            outcome=outcome,
            attempts=self._sent,
            round_trip_seconds=round_trip_seconds,
            errno_name=errno_name,
            icmp_type=icmp_type,
            icmp_code=icmp_code,
            offender=offender,
            source_host=host,
            source_port=port,
        )

    def _own_name(self) -> tuple[str, int]:
        """Where the probe left from; empty where the system never chose an address."""
        host, port, *_ = self._socket.getsockname()
        return ("", 0) if ipaddress.ip_address(host).is_unspecified else (host, port)


def _retransmitted(sock: socket.socket) -> tuple[int, int]:
    """How many segments are under way once more, and how often the kernel tried; zeros where it does not tell."""
    try:
        data = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
        got_out, tried = _RETRANSMITTED.unpack_from(data)
    except (OSError, struct.error):
        return 0, 0
    return got_out, tried
