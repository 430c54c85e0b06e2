"""A run's hold on its agents: opened on all at once, and closed on all that still answer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sockrig.fleet.link import AgentLink
from sockrig_wire.errors import LostError, SockrigError
from sockrig_wire.model.session import CloseRun, Event, OpenRun, RunClosed

DEFAULT_GRACE_SECONDS = 10.0
"""How long agents keep what a run opened when they no longer hear its controller."""

CLOSE_TIMEOUT_SECONDS = 3.0
"""How long the end of a run waits for an agent; one that does not answer is left to its grace."""

OPEN_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Closed:
    """What the end of a run found still open, and whom it could not ask."""

    sockets: int
    workers: int
    lost_agents: tuple[str, ...]


class RunLease:
    """A run's hold on agents: opened on all at once, closed on all that answer."""

    def __init__(self, run_id: str, links: Sequence[AgentLink]) -> None:
        self._run_id = run_id
        self._links = tuple(links)
        self._opened: list[AgentLink] = []
        self.closed: Closed | None = None

    async def open(self, listener: Callable[[str, Event | LostError], None]) -> None:
        """Open the run on every agent.

        Raises:
            SockrigError: an agent is not ready or refuses.
        """
        for link in self._links:
            link.require_ready()
        for link in self._links:
            self._opened.append(link)
            link.listen(self._run_id, lambda event, name=link.name: listener(name, event))  # type: ignore[misc]
        order = OpenRun(DEFAULT_GRACE_SECONDS)
        await asyncio.gather(
            *(link.command(self._run_id, order, deadline_seconds=OPEN_TIMEOUT_SECONDS) for link in self._links)
        )

    async def close(self) -> Closed:
        """Close the run everywhere; never raises, never waits longer than its timeout."""
        answers = await asyncio.gather(*(self._close_on(link) for link in self._opened))
        for link in self._opened:
            link.unlisten(self._run_id)
        lost = tuple(link.name for link, answer in zip(self._opened, answers, strict=True) if answer is None)
        found = [answer for answer in answers if answer is not None]
        self.closed = Closed(sum(one.sockets for one in found), sum(one.workers for one in found), lost)
        self._opened = []
        return self.closed

    async def _close_on(self, link: AgentLink) -> RunClosed | None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                answer = await link.command(self._run_id, CloseRun(), deadline_seconds=CLOSE_TIMEOUT_SECONDS)
        except (SockrigError, OSError):
            return None
        return answer if isinstance(answer, RunClosed) else None


async def surely_closed(lease: RunLease) -> None:
    """Close the lease to the end, however often the caller is cancelled meanwhile; then be cancelled.

    Raises:
        asyncio.CancelledError: the caller was cancelled.
    """
    closing = asyncio.ensure_future(lease.close())
    cancelled = False
    while not closing.done():
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
