"""What waits to be said on one session: answers and results in order, progress only while there is room for it."""

import asyncio
from collections import deque

from sockrig_wire.model.flows import Sample
from sockrig_wire.model.reach import ReachCount
from sockrig_wire.model.session import AgentFrame, Event, Pong


class Outbox:
    """A queue of frames between the agent and one session's writer.

    Pongs overtake everything, since a late one would spoil the clock. Samples are dropped, oldest first, when more
    than ``max_samples`` wait; nothing else ever is.
    """

    def __init__(self, *, max_samples: int = 1000) -> None:
        self._urgent: deque[AgentFrame] = deque()
        self._ordered: deque[AgentFrame] = deque()
        self._samples: deque[AgentFrame] = deque(maxlen=max_samples)
        self._filled = asyncio.Event()

    def put(self, frame: AgentFrame) -> None:
        """Add a frame."""
        match frame.body:
            case Pong():
                self._urgent.append(frame)
            case Event(body=Sample() | ReachCount()):
                self._samples.append(frame)
            case _:
                self._ordered.append(frame)
        self._filled.set()

    async def get(self) -> AgentFrame:
        """Wait for the next frame: pongs first, then samples (they are older than the results behind them)."""
        while True:
            for queue in (self._urgent, self._samples, self._ordered):
                if queue:
                    return queue.popleft()
            self._filled.clear()
            await self._filled.wait()
