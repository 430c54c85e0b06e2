"""The armed barrier: everybody ready, or a name for whoever is not.

Waits for all at once, never longer than its timeout, and not a moment longer than the first failure.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar

from sockrig_wire.errors import BarrierTimeoutError

Answer = TypeVar("Answer")


async def all_ready(
    what: str,
    waits: Mapping[str, Sequence[Awaitable[Answer]]],
    *,
    timeout_seconds: float,
    member_lost: asyncio.Future[None],
) -> dict[str, list[Answer]]:
    """Wait for the answers of all agents; the result has them per agent in the order given.

    ``member_lost`` gets an exception when a member is lost that has nothing left to answer.

    Raises:
        BarrierTimeoutError: the timeout passed; the message names the laggards.
        SockrigError | OSError: the first failure of any member.
    """
    tasks = {agent: [asyncio.ensure_future(wait) for wait in of_agent] for agent, of_agent in waits.items()}
    everyone = [task for of_agent in tasks.values() for task in of_agent]
    try:
        if everyone:
            await _first_failure_or_all(everyone, member_lost, timeout_seconds)
        laggards = [agent for agent, of_agent in tasks.items() if not all(task.done() for task in of_agent)]
        if laggards:
            raise BarrierTimeoutError(
                f"not {what} within {timeout_seconds:g} s: {', '.join(laggards)}",
                next="Look at these agents' logs; nothing was started anywhere.",
            )
        return {agent: [task.result() for task in of_agent] for agent, of_agent in tasks.items()}
    finally:
        for task in everyone:
            task.cancel()
        await asyncio.gather(*everyone, return_exceptions=True)


async def _first_failure_or_all(
    everyone: Sequence[asyncio.Future[Any]], member_lost: asyncio.Future[None], timeout_seconds: float
) -> None:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + timeout_seconds
    pending: set[asyncio.Future[Any]] = set(everyone)
    while pending:
        done, _ = await asyncio.wait(
            {*pending, member_lost},
            timeout=max(0.0, ends_at - loop.time()),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not done:
            return
        for task in done:
            if (failure := task.exception()) is not None:
                raise failure
        pending -= done
