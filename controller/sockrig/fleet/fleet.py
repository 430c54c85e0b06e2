"""All agents of one controller, dialled at once and kept for as long as the controller lives."""

import asyncio
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from sockrig.fleet.link import AgentLink
from sockrig.fleet.target import AgentAddress
from sockrig_wire.errors import NotFoundError, UsageError


class Fleet:
    """Links by agent name; use as an async context manager."""

    def __init__(self, targets: Iterable[AgentAddress], *, controller_id: str, version: str) -> None:
        self._links: dict[str, AgentLink] = {}
        for target in targets:
            if target.name in self._links:
                raise UsageError(f"two agents are named {target.name!r}", where="the inventory", next="Rename one.")
            self._links[target.name] = AgentLink(target, controller_id, version)
        self._keepers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin to dial every agent."""
        self._keepers = [asyncio.create_task(link.keep(), name=f"link to {link.name}") for link in self.links]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every session."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    @property
    def links(self) -> Sequence[AgentLink]:
        """Every agent, in the order of the inventory."""
        return tuple(self._links.values())

    def link(self, name: str) -> AgentLink:
        """The agent of this name.

        Raises:
            NotFoundError: there is none.
        """
        if name in self._links:
            return self._links[name]
        known = ", ".join(self._links) or "none"
        raise NotFoundError(f"no agent is named {name!r}", next=f"Known here: {known}.")

    async def settled(self, timeout_seconds: float) -> None:
        """Wait until every agent is ready or known not to be, or the timeout."""
        await asyncio.gather(*(link.settled(timeout_seconds) for link in self._links.values()))
