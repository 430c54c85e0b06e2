"""One agent as the controller holds it: the session over its listen door, its state, its clock and its answers.

A link dials until it is closed. While a session is open, commands are matched to their replies by id and events are
acknowledged and handed on; when it breaks, every pending command fails at once with a sentence that names the agent,
and the link dials again with the next epoch.
"""

import asyncio
import contextlib
import itertools
import logging
import time
import uuid
from collections.abc import Callable

import grpc
import grpc.aio

from sockrig.fleet.clock import READINGS_KEPT, ClockEstimate, ClockFilter
from sockrig.fleet.clock_reading import clock_reading
from sockrig.fleet.failures import told, unreachable
from sockrig.fleet.target import AgentAddress
from sockrig.fleet.welcome import refusal_of
from sockrig_wire.channel import CLIENT_OPTIONS, MAX_MESSAGE_BYTES
from sockrig_wire.clock import monotonic_clock_id
from sockrig_wire.codec import from_message, to_message
from sockrig_wire.errors import (
    BarrierTimeoutError,
    IncompatibleError,
    LimitError,
    LostError,
    SockrigError,
    UnreachableError,
    UsageError,
    exception_of,
)
from sockrig_wire.failures import error_of, os_error_of
from sockrig_wire.model.controller import AgentState
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.session import (
    Acknowledge,
    AgentFrame,
    CancelCommand,
    Command,
    CommandBody,
    ControllerFrame,
    Event,
    Hello,
    Ping,
    Pong,
    Refusal,
    Reply,
    ReplyBody,
    Welcome,
)
from sockrig_wire.v1 import session_pb2, session_pb2_grpc

HEARTBEAT_SECONDS = 1.0
CLOCK_BURST = READINGS_KEPT
"""Pings exchanged one after the other when a session opens and before a start, so that the clock is known well."""

SILENCE_SECONDS = 5.0
"""A session whose agent has not answered a ping for this long is given up."""

FIRST_REDIAL_SECONDS, LONGEST_REDIAL_SECONDS = 0.2, 5.0

_log = logging.getLogger(__name__)

SessionCall = grpc.aio.StreamStreamCall[session_pb2.ControllerFrame, session_pb2.AgentFrame]


class AgentLink:
    """The controller's end of one agent's session."""

    def __init__(self, target: AgentAddress, controller_id: str, version: str) -> None:
        self.target = target
        self.state = AgentState.CONNECTING
        self.problem: SockrigError | None = None
        self.hello: Hello | None = None
        self._controller_id = controller_id
        self._version = version
        self._epochs = itertools.count(1)
        self._epoch = 0
        self._clock = ClockFilter()
        self._changed = asyncio.Event()
        self._pending: dict[str, asyncio.Future[ReplyBody]] = {}
        self._listeners: dict[str, Callable[[Event | LostError], None]] = {}
        self._heard_sequence = 0
        self._boot_id = ""
        self._last_pong = 0.0
        self._ping_numbers = itertools.count(1)
        self._burst_left = 0
        self._clock_known = asyncio.Event()
        self._outgoing: asyncio.Queue[session_pb2.ControllerFrame] = asyncio.Queue()

    @property
    def name(self) -> str:
        """The agent's name within this controller."""
        return self.target.name

    @property
    def clock(self) -> ClockEstimate | None:
        """The agent's clock against the controller's, as of now; None before the first session."""
        return self._clock.best(time.monotonic_ns())

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where peers reach this agent: what it advertises, else the host that was dialled."""
        if self.hello is not None and self.hello.advertised_addresses:
            return self.hello.advertised_addresses
        return (self.target.address.rpartition(":")[0].strip("[]"),)

    @property
    def labels(self) -> dict[str, str]:
        """The agent's own labels under those of the inventory."""
        return {**(self.hello.labels if self.hello else {}), **self.target.labels}

    async def settled(self, timeout_seconds: float) -> None:
        """Wait until the agent is ready or known not to be; returns at the timeout likewise."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while self.state is AgentState.CONNECTING:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass

    async def refresh_clock(self) -> ClockEstimate:
        """Measure the agent's clock anew, with a burst of pings, and return the estimate.

        Raises:
            SockrigError: the agent is not ready, or was lost meanwhile.
        """
        self.require_ready()
        self._clock_known.clear()
        if not self._burst_left:
            self._burst_left = CLOCK_BURST
            self._ping()
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                await self._clock_known.wait()
        except TimeoutError:
            raise LostError(f"it answered no ping within {SILENCE_SECONDS:g} s", where=self._where) from None
        self.require_ready()
        clock = self.clock
        assert clock is not None, "the burst has been answered"
        return clock

    def require_ready(self) -> Hello:
        """The agent's Hello.

        Raises:
            SockrigError: it is not ready, and why.
        """
        if self.state is AgentState.READY and self.hello is not None:
            return self.hello
        if self.problem is not None:
            raise self.problem
        raise self._unreachable("no answer yet")

    def listen(self, run_id: str, listener: Callable[[Event | LostError], None]) -> None:
        """Hand the run's events to ``listener``, and a LostError when the session breaks, until :meth:`unlisten`."""
        self._listeners[run_id] = listener

    def unlisten(self, run_id: str) -> None:
        """Hand the run's events to nobody."""
        self._listeners.pop(run_id, None)

    async def command(self, run_id: str, body: CommandBody, *, deadline_seconds: float | None) -> ReplyBody:
        """Give a command and wait for its answer.

        ``deadline_seconds`` None waits for as long as the session lasts. A cancelled wait cancels the command on the
        agent too.

        Raises:
            OSError: the agent's system refused a socket call; as a local socket would raise.
            SockrigError: any other failure, with the agent's name.
        """
        self.require_ready()
        command_id = uuid.uuid4().hex
        answer: asyncio.Future[ReplyBody] = asyncio.get_running_loop().create_future()
        self._say(Command(command_id, run_id, self._epoch, body, deadline_seconds or 0.0))
        self._pending[command_id] = answer
        try:
            # The agent keeps the deadline; ours is later and only catches an agent that went silent.
            async with asyncio.timeout(None if deadline_seconds is None else deadline_seconds + SILENCE_SECONDS):
                reply = await answer
        except TimeoutError:
            raise BarrierTimeoutError(f"no answer within {deadline_seconds:g} s", where=f"agent {self.name}") from None
        except asyncio.CancelledError:
            if not answer.done() or answer.cancelled():
                self._say(Command(uuid.uuid4().hex, run_id, self._epoch, CancelCommand(command_id)))
            raise
        finally:
            self._pending.pop(command_id, None)
        if isinstance(reply, Error):
            raise self._raised(reply)
        return reply

    async def keep(self) -> None:
        """Dial, hold the session, and dial again when it breaks; until cancelled."""
        wait_seconds = FIRST_REDIAL_SECONDS
        while True:
            problem: SockrigError = LostError("its session ended", where=self._where)
            try:
                await self._hold_one_session()
            except SockrigError as failure:
                problem = failure
            except Exception as defect:
                # Whoever waits for the agent must hear of it: a link that ended in silence would never be missed.
                _log.debug("the session with agent %s failed", self.name, exc_info=True)
                problem = exception_of(error_of(defect, where=self._where))
            if self.state is AgentState.READY:
                wait_seconds = FIRST_REDIAL_SECONDS
            self._broken(problem)
            await asyncio.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, LONGEST_REDIAL_SECONDS)

    async def _hold_one_session(self) -> None:
        async with grpc.aio.insecure_channel(self.target.address, options=CLIENT_OPTIONS) as channel:
            call: SessionCall = session_pb2_grpc.AgentServiceStub(channel).Session()
            try:
                await self._open(call)
                await self._converse(call)
            except (grpc.aio.AioRpcError, ExceptionGroup) as failure:
                raise told(_sole(failure), self._where) from failure
            finally:
                call.cancel()

    async def _converse(self, call: SessionCall) -> None:
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write(call), name=f"writer to {self.name}")
            beats = tasks.create_task(self._beat(), name=f"heartbeat of {self.name}")
            await self._read(call)
            writer.cancel()
            beats.cancel()

    async def _open(self, call: SessionCall) -> None:
        try:
            message = await call.read()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            # gRPC cancels the call of a reader that is cancelled: only without that was it the agent's doing.
            if call.cancelled() and not (task and task.cancelling()):
                raise self._unreachable("the call was cancelled") from None
            raise
        if not isinstance(message, session_pb2.AgentFrame):
            raise self._unreachable("it closed the session at once")
        hello = self._hello_in(message)
        if refusal := refusal_of(hello, self._version):
            with contextlib.suppress(grpc.aio.AioRpcError):  # it may have left already
                await call.write(to_message(ControllerFrame(Refusal(refusal)), session_pb2.ControllerFrame()))
            raise IncompatibleError(refusal.what, where=self._where, next=refusal.next)
        if hello.boot_id != self._boot_id:
            self._boot_id, self._heard_sequence = hello.boot_id, 0
            self._clock = ClockFilter(hello.host.clock_id, monotonic_clock_id())
        self._epoch = next(self._epochs)
        self._outgoing = asyncio.Queue()
        welcome = Welcome(self._controller_id, self._epoch, self._version, tuple(self._listeners))
        await call.write(to_message(ControllerFrame(welcome), session_pb2.ControllerFrame()))
        self.hello = hello
        self._last_pong = time.monotonic()
        self._burst_left = CLOCK_BURST
        self._ping()

    def _hello_in(self, message: session_pb2.AgentFrame) -> Hello:
        try:
            frame = from_message(message, AgentFrame)
        except ValueError as problem:
            raise IncompatibleError(f"its first words cannot be read: {problem}", where=self._where) from None
        if not isinstance(frame.body, Hello):
            raise IncompatibleError("it did not begin with Hello", where=self._where)
        return frame.body

    async def _read(self, call: SessionCall) -> None:
        while isinstance(message := await call.read(), session_pb2.AgentFrame):
            arrived_at = time.monotonic_ns()
            try:
                frame = from_message(message, AgentFrame)
            except ValueError as problem:
                _log.warning("agent %s sent a frame that cannot be read: %s", self.name, problem)
                continue
            match frame.body:
                case Pong() as pong:
                    self._take_pong(pong, arrived_at)
                case Reply(command_id, body):
                    answer = self._pending.get(command_id)
                    if answer is not None and not answer.done():
                        answer.set_result(body)
                case Event() as event:
                    self._take_event(event)
                case Hello():
                    raise IncompatibleError("it said Hello twice", where=self._where)

    async def _write(self, call: SessionCall) -> None:
        while True:
            message = await self._outgoing.get()
            if message.HasField("ping"):
                message.ping.sent_at_nanoseconds = time.monotonic_ns()
            await call.write(message)

    async def _beat(self) -> None:
        while True:
            fell_asleep = time.monotonic()
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if time.monotonic() - fell_asleep > 2 * HEARTBEAT_SECONDS:
                self._last_pong = time.monotonic()  # it was this process that stood still: nobody could be heard
            silent_seconds = time.monotonic() - self._last_pong
            if silent_seconds > SILENCE_SECONDS:
                raise LostError(f"it has been silent for {silent_seconds:.1f} s", where=self._where)
            self._ping()

    def _take_pong(self, pong: Pong, arrived_at: int) -> None:
        self._last_pong = time.monotonic()
        self._clock.add(
            clock_reading(
                pong.ping_sent_at_nanoseconds, pong.received_at_nanoseconds, pong.sent_at_nanoseconds, arrived_at
            )
        )
        if self._burst_left:
            self._burst_left -= 1
            if self._burst_left:
                self._ping()
            else:
                self._clock_known.set()
                if self.state is not AgentState.READY:
                    self._become(AgentState.READY, None)

    def _ping(self) -> None:
        self._say(Ping(next(self._ping_numbers), 0))

    def _take_event(self, event: Event) -> None:
        if event.sequence:
            if event.sequence <= self._heard_sequence:
                return
            self._heard_sequence = event.sequence
            self._say(Acknowledge(event.sequence))
        if listener := self._listeners.get(event.run_id):
            listener(event)

    def _say(self, body: Command | Ping | Acknowledge) -> None:
        """Leave a frame to the writer.

        What cannot be written is refused here, to the one who says it: in the writer it would end the session of all.

        Raises:
            UsageError: a number is larger than its field.
            LimitError: the frame is larger than a message may be.
        """
        try:
            message = to_message(ControllerFrame(body), session_pb2.ControllerFrame())
        except ValueError as problem:
            raise UsageError(f"this cannot be said to an agent: {problem}", where=self._where) from None
        if message.ByteSize() > MAX_MESSAGE_BYTES:
            raise LimitError(
                f"a message of {message.ByteSize()} bytes is larger than the {MAX_MESSAGE_BYTES} that an agent takes",
                where=self._where,
                next="Send the data in pieces.",
            )
        self._outgoing.put_nowait(message)

    def _broken(self, problem: SockrigError) -> None:
        was_ready = self.state is AgentState.READY
        if was_ready:
            problem = LostError(
                problem.what, where=self._where, next="Look whether its process and its host still run."
            )
        self._become(AgentState.LOST if was_ready or self.state is AgentState.LOST else AgentState.FAILED, problem)
        for answer in self._pending.values():
            if not answer.done():
                answer.set_result(Error(ErrorCode.LOST, problem.what, problem.where, problem.next))
        if was_ready:
            for listener in tuple(self._listeners.values()):
                listener(LostError(problem.what, where=problem.where, next=problem.next))

    def _become(self, state: AgentState, problem: SockrigError | None) -> None:
        if state is not self.state:
            _log.info("agent %s is %s%s", self.name, state.name.lower(), f": {problem}" if problem else "")
        self.state, self.problem = state, problem
        self._changed.set()
        self._clock_known.set()

    @property
    def _where(self) -> str:
        return f"agent {self.name} at {self.target.address}"

    def _unreachable(self, what: str) -> UnreachableError:
        return unreachable(what, self._where)

    def _raised(self, error: Error) -> SockrigError | OSError:
        if error.code is ErrorCode.SOCKET:
            return os_error_of(error)
        return exception_of(Error(error.code, error.what, error.where or f"agent {self.name}", error.next))


def _sole(failure: Exception) -> Exception:
    """The first failure of a group of tasks: the others are its consequences."""
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    return failure
