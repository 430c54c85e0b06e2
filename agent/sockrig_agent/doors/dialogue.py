"""One session, from Hello to its end, the same behind every door.

The agent says Hello, the controller answers with Welcome or Refusal; then commands come in and replies, events and
pongs go out until one side ends the stream. What the session's runs opened stays until their grace has passed.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from sockrig_agent.doors.outbox import Outbox
from sockrig_agent.executor import Executor
from sockrig_wire.errors import IncompatibleError, SockrigError
from sockrig_wire.model.session import (
    Acknowledge,
    AgentFrame,
    Command,
    ControllerFrame,
    Ping,
    Pong,
    Refusal,
    Welcome,
)

WELCOME_TIMEOUT_SECONDS = 10.0
"""How long a controller may take to answer Hello."""

Receive = Callable[[], Awaitable[ControllerFrame | None]]
"""Gives the next frame, None at the end of the stream."""

Send = Callable[[AgentFrame], Awaitable[None]]

_log = logging.getLogger(__name__)


async def hold_session(executor: Executor, receive: Receive, send: Send) -> None:
    """Speak with one controller until its stream ends.

    Raises:
        SockrigError: the controller refused, was not welcome, or did not answer.
    """
    await send(AgentFrame(executor.hello()))
    welcome = await _welcomed(receive)
    outbox = Outbox()
    session = executor.open_session(welcome, lambda body: outbox.put(AgentFrame(body)))
    _log.info("session %d with controller %s opened", welcome.epoch, welcome.controller_id)
    writer = asyncio.create_task(_write(outbox, send), name="session writer")
    try:
        while (frame := await receive()) is not None:
            arrived_at = time.monotonic_ns()
            match frame.body:
                case Ping(number, sent_at):
                    session.heard()
                    outbox.put(AgentFrame(Pong(number, sent_at, arrived_at, 0)))
                case Command() as command:
                    session.heard()
                    session.command(command)
                case Acknowledge(sequence):
                    session.acknowledge(sequence)
                case Welcome() | Refusal():
                    raise IncompatibleError("the controller answered Hello twice")
            if writer.done():
                break
    finally:
        session.closed()
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        _log.info("session %d with controller %s closed", welcome.epoch, welcome.controller_id)


async def _welcomed(receive: Receive) -> Welcome:
    try:
        async with asyncio.timeout(WELCOME_TIMEOUT_SECONDS):
            frame = await receive()
    except TimeoutError:
        raise IncompatibleError(f"no answer to Hello within {WELCOME_TIMEOUT_SECONDS:g} s") from None
    match frame:
        case ControllerFrame(Welcome() as welcome):
            return welcome
        case ControllerFrame(Refusal(error)):
            raise IncompatibleError(f"the controller refused this agent: {error.what}", next=error.next)
        case None:
            raise IncompatibleError("the controller went away without an answer to Hello")
        case _:
            raise IncompatibleError("the controller did not answer Hello with Welcome or Refusal")


async def _write(outbox: Outbox, send: Send) -> None:
    while True:
        frame = await outbox.get()
        if isinstance(frame.body, Pong):
            frame = AgentFrame(replace(frame.body, sent_at_nanoseconds=time.monotonic_ns()))
        await send(frame)


def one_line(error: SockrigError) -> str:
    """One line for the agent's log."""
    return str(error).replace("\n", " ")
