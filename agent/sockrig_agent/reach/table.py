"""The reach of all runs on this agent: who listens, who probes, and that nothing of it outlives its run."""

import asyncio
import contextlib
import resource
from collections.abc import Callable
from pathlib import Path

from sockrig_agent.reach.batch import probe_all
from sockrig_agent.reach.listener import ReachListener
from sockrig_agent.sockets.addresses import BindHosts
from sockrig_wire.errors import LimitError, UsageError
from sockrig_wire.model.reach import OpenReach, ProbeReach, ReachOpened, ReachProbed, ReachSeen
from sockrig_wire.reach import AT_ONCE, LEAST_AT_ONCE, MOST_ATTEMPTS, MOST_PROBES

_LONGEST_TIMEOUT_SECONDS = 300.0
_KEPT_DESCRIPTORS = 64
"""For sessions, workers and logs."""
_DESCRIPTORS = Path("/proc/self/fd")
_LARGEST_PORT = 65_535


class ReachTable:
    """Listeners and probes by run; make it inside the loop that it is used in.

    It keeps these rules: a run listens once at a time; listeners, connections and probes under way are never more than
    ``max_sockets`` together with what is open ``elsewhere``, nor than the process has descriptors for; what belongs to
    a run ends with it.
    """

    def __init__(self, *, max_sockets: int, elsewhere: Callable[[], int], bind_hosts: BindHosts) -> None:
        self._max_sockets = max_sockets
        self._elsewhere = elsewhere
        self._bind_hosts = bind_hosts
        self._listeners: dict[str, ReachListener] = {}
        self._probing: dict[str, dict[asyncio.Task[object], int]] = {}
        """By run: who probes, and how many sockets are set aside for it."""

    def open(self, run_id: str, order: OpenReach) -> ReachOpened:
        """Listen; a port that cannot be had is told, and keeps no other from being listened on.

        Raises:
            UsageError: the run listens already, or a port or the number of nonces is not possible.
            LimitError: there are not so many sockets left.
        """
        _check(
            all(0 < port.port <= _LARGEST_PORT for port in order.ports)
            and sum(len(port.nonces) for port in order.ports) <= MOST_PROBES,
            f"ports are 1 to {_LARGEST_PORT}, and nonces at most {MOST_PROBES:,}",
        )
        _check(run_id not in self._listeners, "this run listens already")
        if len(order.ports) > self._room():
            raise self._lack(f"{len(order.ports)} ports to listen on")
        listener = ReachListener(order, self._bind_hosts, self._room)
        self._listeners[run_id] = listener
        return ReachOpened(listener.ports)

    async def close_listener(self, run_id: str) -> ReachSeen:
        """Listen no more, and tell what was seen; nothing where the run did not listen."""
        listener = self._listeners.get(run_id)
        if listener is None:
            return ReachSeen((), (), half_open_known=True)
        seen = await listener.seen()
        if self._listeners.pop(run_id, None) is not None:  # the run may have been closed meanwhile
            listener.close()
        return seen

    async def probe(self, run_id: str, order: ProbeReach, on_count: Callable[[int], None]) -> ReachProbed:
        """Send all probes and wait for the last of them.

        Raises:
            UsageError: a figure of the order is not possible.
            LimitError: there are too few sockets left for it.
            asyncio.CancelledError: the run was closed meanwhile.
        """
        _check(
            len(order.probes) <= MOST_PROBES
            and 0 < order.timeout_seconds <= _LONGEST_TIMEOUT_SECONDS
            and 1 <= order.attempts <= MOST_ATTEMPTS
            and 0 <= order.spacing_seconds <= 1
            and all(0 < probe.port <= _LARGEST_PORT for probe in order.probes),
            f"at most {MOST_PROBES:,} probes to ports 1 to {_LARGEST_PORT}, a timeout of at most "
            f"{_LONGEST_TIMEOUT_SECONDS:g} s, 1 to {MOST_ATTEMPTS} attempts and a spacing of 0 to 1 s",
        )
        at_once = min(AT_ONCE, len(order.probes), self._room())
        if at_once < min(LEAST_AT_ONCE, len(order.probes)):
            raise self._lack(f"{min(LEAST_AT_ONCE, len(order.probes))} probes at once")
        task: asyncio.Task[object] | None = asyncio.current_task()
        assert task is not None
        mine = self._probing.setdefault(run_id, {})
        mine[task] = at_once
        try:
            return ReachProbed(await probe_all(order, self._bind_hosts, at_once=at_once, on_count=on_count))
        finally:
            mine.pop(task)
            if not mine:
                self._probing.pop(run_id, None)

    def close_run(self, run_id: str) -> int:
        """End all that belongs to the run; how many sockets that were."""
        open_sockets = self.count(run_id)
        for task in tuple(self._probing.get(run_id, ())):
            task.cancel()
        if listener := self._listeners.pop(run_id, None):
            listener.close()
        return open_sockets

    def close(self) -> None:
        """End all that belongs to any run."""
        for run_id in {*self._listeners, *self._probing}:
            self.close_run(run_id)

    def count(self, run_id: str | None = None) -> int:
        """How many sockets the run has, or all runs together; of probes those that are set aside for them."""
        runs = {*self._listeners, *self._probing} if run_id is None else {run_id}
        listening = sum(len(self._listeners[run]) for run in runs if run in self._listeners)
        return listening + sum(sum(self._probing[run].values()) for run in runs if run in self._probing)

    def _room(self) -> int:
        return min(self._max_sockets - self._elsewhere() - self.count(), _free_descriptors())

    def _lack(self, what: str) -> LimitError:
        return LimitError(
            f"{what} are more than the {max(0, self._room())} sockets that are left "
            f"(the agent has at most {self._max_sockets}, and {_soft_limit()} descriptors)",
            where="max_sockets",
            next="Ask for fewer ports, end other runs on this agent, or raise its --max-sockets and `ulimit -n`.",
        )


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise UsageError(f"this order of reach is not possible: {what}", where="reach")


def _soft_limit() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if soft == resource.RLIM_INFINITY else soft


def _free_descriptors() -> int:
    """How many more descriptors this process may open, less a reserve."""
    used = 0
    with contextlib.suppress(OSError):
        used = sum(1 for _ in _DESCRIPTORS.iterdir())
    return _soft_limit() - used - _KEPT_DESCRIPTORS
