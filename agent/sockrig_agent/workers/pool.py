"""All worker processes of the agent: whose they are, how many, and that none is left when its run is closed.

Nothing here loads numpy: an idle agent stays small, and traffic never shares its process.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from sockrig_agent.traffic.engine import Assignment
from sockrig_agent.traffic.kinds import connections_of
from sockrig_agent.traffic.validation import check
from sockrig_agent.workers import nursery
from sockrig_agent.workers.supervised import SupervisedProcess
from sockrig_wire.errors import BarrierTimeoutError, InterruptedRunError, LimitError, NotFoundError, UsageError
from sockrig_wire.model.flows import (
    FlowPrepared,
    FlowSpec,
    Mode,
    PrepareFlow,
    Role,
    Sample,
    StartFlows,
    StopFlows,
    WorkerFailed,
    WorkerResult,
)

OnEvent = Callable[[str, Sample | WorkerResult | WorkerFailed], None]

_PREPARE_SECONDS: Final = 30.0
"""The longest that workers may take to be ready: a source tries for 5 s, the rest is for a crowded machine."""

_Key = tuple[str, str, Role]
"""A run, a flow in it, and the end of it that is carried here."""


@dataclass(frozen=True, slots=True)
class _FlowEnd:
    """One end of one flow on this agent; ``connections`` are those that each of its workers holds."""

    processes: tuple[SupervisedProcess, ...]
    connections: int

    @property
    def living(self) -> int:
        """Workers that have not reported their end."""
        return sum(process.living for process in self.processes)

    async def end(self) -> None:
        """End all of its processes, at the same time."""
        await asyncio.gather(*(process.end() for process in self.processes))


class WorkerPool:
    """Starts, orders and ends workers. Made and used within one running loop.

    Args:
        max_workers: the most that may live at once, of all runs.
        on_event: called in the loop with a run's samples, results and failures.
    """

    def __init__(self, *, max_workers: int, on_event: OnEvent) -> None:
        self._max_workers = max_workers
        self._on_event = on_event
        self._ends: dict[_Key, _FlowEnd] = {}
        self._watchers: set[asyncio.Task[None]] = set()
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker-starter")
        self._closed = False

    async def warm(self) -> None:
        """Start the fork server, which loads the traffic layer in its own process; cheap to call again."""
        if not self._closed:
            await asyncio.get_running_loop().run_in_executor(self._starter, nursery.warm)

    async def cool(self) -> None:
        """End the fork server, unless a worker lives; the next warm or prepare brings a new one."""
        if not self._closed and not self.count():
            await asyncio.get_running_loop().run_in_executor(self._starter, nursery.cool)

    async def prepare(self, run_id: str, order: PrepareFlow, *, bind_host: str, advertised_host: str) -> FlowPrepared:
        """Start the workers of one end of a flow, and return when all are armed.

        Workers that listen (a destination's; in reverse a source's) are bound, and their endpoints are returned; the
        others are connected and have shown the token. On failure or cancellation all of its processes are gone when
        this ends.

        Args:
            run_id: whose they are.
            order: the flow and the end.
            bind_host: the agent's own address; empty binds to all.
            advertised_host: the host that endpoints tell.

        Raises:
            UsageError: the flow cannot be carried, or this end of it is already there.
            LimitError: it would be more workers than the agent allows.
            SockrigError: a worker could not be prepared.
        """
        key = (run_id, order.spec.name, order.role)
        self._check(key, order)
        end = self._start_processes(run_id, _assignments(order, bind_host, advertised_host), order.spec)
        self._ends[key] = end
        try:
            async with asyncio.timeout(_PREPARE_SECONDS) as limit:
                armed = await asyncio.gather(*(process.armed() for process in end.processes))
        except BaseException as failure:
            await asyncio.shield(self._end(key, end))
            if isinstance(failure, TimeoutError) and limit.expired():
                late = f"the workers were not ready within {_PREPARE_SECONDS:g} s"
                raise BarrierTimeoutError(late, where=f"flow {order.spec.name!r}") from None
            raise
        self._watch(key, end)
        endpoints = {number: endpoint for process in armed for number, endpoint in process.items()}
        return FlowPrepared(tuple(endpoint for _, endpoint in sorted(endpoints.items()) if endpoint is not None))

    def start(self, run_id: str, order: StartFlows) -> None:
        """Tell T to these flow ends.

        Raises:
            NotFoundError: one of them is not here; none is started then.
        """
        found = [(flow, self._ends.get((run_id, flow.flow, flow.role))) for flow in order.flows]
        for flow, end in found:
            if end is None:
                raise NotFoundError(
                    f"run {run_id} has no {flow.role.name.lower()} of a flow {flow.flow!r} here",
                    next="It was not prepared, or it has already ended.",
                )
        for flow, end in found:
            for process in end.processes if end else ():
                process.order(flow)

    def stop(self, run_id: str, order: StopFlows) -> None:
        """End these flows (none named: all of the run) early; their results come as at the ordinary end."""
        for (run, flow, _), end in self._ends.items():
            if run == run_id and (not order.flows or flow in order.flows):
                for process in end.processes:
                    process.order(order)

    async def close_run(self, run_id: str) -> int:
        """End all workers of a run; how many were still at work."""
        ends = [(key, end) for key, end in self._ends.items() if key[0] == run_id]
        living = sum(end.living for _, end in ends)
        await asyncio.gather(*(self._end(key, end) for key, end in ends))
        return living

    async def close(self) -> None:
        """End all workers, and the fork server; harmless the second time."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(*(self._end(key, end) for key, end in tuple(self._ends.items())))
        await asyncio.gather(*self._watchers)
        await asyncio.get_running_loop().run_in_executor(self._starter, nursery.cool)
        self._starter.shutdown()

    def count(self, run_id: str | None = None) -> int:
        """How many workers are there, of one run or of all."""
        return sum(end.living for key, end in self._ends.items() if run_id in (None, key[0]))

    def connections(self) -> int:
        """How many connections all workers that are there hold, of kinds that hold many."""
        return sum(end.living * end.connections for end in self._ends.values())

    def _check(self, key: _Key, order: PrepareFlow) -> None:
        check(order.spec)
        where = f"flow {order.spec.name!r}"
        if self._closed:
            raise InterruptedRunError("the agent is stopping", where=where)
        if (there := self._ends.get(key)) and there.living:
            raise UsageError(f"its {order.role.name.lower()} is already there", where=where)
        if order.role is not order.spec.direction.listener and len(order.peers) != order.spec.workers:
            raise UsageError(
                f"{order.spec.workers} {order.role.name.lower()} workers need as many endpoints, "
                f"not {len(order.peers)}",
                where=where,
            )
        if self.count() + order.spec.workers > self._max_workers:
            raise LimitError(
                f"{order.spec.workers} more workers would be more than this agent's {self._max_workers}",
                where=where,
                next="Ask for fewer, or start the agent with a larger --max-workers.",
            )

    def _start_processes(self, run_id: str, assignments: Sequence[Assignment], spec: FlowSpec) -> _FlowEnd:
        groups = [(a,) for a in assignments] if spec.mode is Mode.PARALLEL else [tuple(assignments)]

        def report(event: Sample | WorkerResult | WorkerFailed) -> None:
            self._on_event(run_id, event)

        processes = tuple(SupervisedProcess(group, report, self._starter) for group in groups)
        return _FlowEnd(processes, connections_of(spec))

    def _watch(self, key: _Key, end: _FlowEnd) -> None:
        """Forget the flow end when its processes have ended by themselves."""
        watcher = asyncio.create_task(self._forget_when_ended(key, end), name=f"watch {key[1]}")
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    async def _forget_when_ended(self, key: _Key, end: _FlowEnd) -> None:
        for process in end.processes:
            await process.ended()
        self._forget(key, end)

    async def _end(self, key: _Key, end: _FlowEnd) -> None:
        await end.end()
        self._forget(key, end)

    def _forget(self, key: _Key, end: _FlowEnd) -> None:
        if self._ends.get(key) is end:
            del self._ends[key]


def _assignments(order: PrepareFlow, bind_host: str, advertised_host: str) -> tuple[Assignment, ...]:
    listens = order.role is order.spec.direction.listener
    peers = (None,) * order.spec.workers if listens else order.peers
    return tuple(
        Assignment(order.spec, order.role, worker, bind_host, advertised_host, peer)
        for worker, peer in enumerate(peers)
    )
