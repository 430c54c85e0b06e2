"""One worker process as the agent sees it: armed or failed, what it reports, and how it came to its end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from sockrig_agent.traffic.engine import Assignment
from sockrig_agent.traffic.worker import Prepared
from sockrig_agent.workers import nursery
from sockrig_agent.workers.pipe import AsyncPipe
from sockrig_wire.errors import InterruptedRunError, SockrigError, WorkerError, exception_of
from sockrig_wire.failures import error_of
from sockrig_wire.model.flows import FlowStart, Sample, StopFlows, WorkerEndpoint, WorkerFailed, WorkerResult

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Report = Callable[[Sample | WorkerResult | WorkerFailed], None]

_END_SECONDS: Final = 1.0
"""How long a process may take to end once it has closed its pipe, before SIGKILL."""


class SupervisedProcess:
    """A worker process and its workers, from the start to the certain end. Made within the running loop.

    Args:
        assignments: one per worker in the process.
        report: gets samples, results and failures of armed workers.
        starter: an executor of one thread that starts and reaps processes; multiprocessing's books are not made for
            two.
    """

    def __init__(self, assignments: Sequence[Assignment], report: Report, starter: ThreadPoolExecutor) -> None:
        self._living = {assignment.worker: assignment for assignment in assignments}
        self._report = report
        self._starter = starter
        self._loop = asyncio.get_running_loop()
        self._process: BaseProcess | None = None
        self._pipe: AsyncPipe | None = None
        self._endpoints: dict[int, WorkerEndpoint | None] = {}
        self._armed: asyncio.Future[None] = self._loop.create_future()
        self._armed.add_done_callback(_look_at)
        self._ending = False
        self._life = asyncio.create_task(self._live(tuple(assignments)), name="worker process")

    @property
    def living(self) -> int:
        """How many of its workers have not reported their end."""
        return len(self._living)

    async def armed(self) -> dict[int, WorkerEndpoint | None]:
        """Wait until all workers are prepared; the endpoints of destinations.

        Raises:
            SockrigError: a worker could not be prepared, the process ended, or it was told to.
        """
        await asyncio.shield(self._armed)
        return self._endpoints

    def order(self, order: FlowStart | StopFlows) -> None:
        """Pass an order on; into the void where the process has ended."""
        if self._pipe is not None:
            self._pipe.send(order)

    async def ended(self) -> None:
        """Wait until the process is gone."""
        await asyncio.shield(self._life)

    async def end(self) -> None:
        """End the process whatever it does, and return when it is gone; nothing more is reported."""
        self._ending = True
        if self._process is not None:
            self._process.kill()  # it holds nothing but sockets and memory, and may not be listening
        await self.ended()

    async def _live(self, assignments: tuple[Assignment, ...]) -> None:
        ours, theirs = socket.socketpair()
        try:
            process = await self._loop.run_in_executor(self._starter, nursery.start, theirs, assignments)
        except (OSError, EOFError) as failure:  # EOFError: the fork server died over it
            ours.close()
            self._end_workers(WorkerError(f"the system starts no worker process: {failure}"))
            return
        finally:
            theirs.close()
        self._process = process
        if self._ending:
            process.kill()
        self._pipe = await AsyncPipe.over(ours)
        try:
            while True:
                self._take(await self._pipe.receive())
        except EOFError:
            self._pipe.close()
        self._end_workers(_why_it_ended(await self._exit_code(process)))

    def _take(self, report: Prepared | Sample | WorkerResult | WorkerFailed) -> None:
        if self._ending:
            return
        if isinstance(report, Prepared):
            self._endpoints[report.worker] = report.endpoint
            if len(self._endpoints) == len(self._living) and not self._armed.done():
                self._armed.set_result(None)
        elif isinstance(report, WorkerFailed) and not self._armed.done():
            self._armed.set_exception(exception_of(report.error))
        else:
            if not isinstance(report, Sample):
                self._living.pop(report.worker, None)
            self._report(report)

    def _end_workers(self, reason: SockrigError) -> None:
        """The process is gone: whoever still waits for one of its workers is told why."""
        if not self._armed.done():
            closed = InterruptedRunError("the run was closed while its workers were being prepared")
            self._armed.set_exception(closed if self._ending else reason)
        elif not self._ending:
            for number, assignment in self._living.items():
                name, role = assignment.spec.name, assignment.role
                where = f"flow {name!r}, {role.name.lower()} worker {number}"
                self._report(WorkerFailed(name, role, number, error_of(reason, where=where)))
        self._living.clear()

    async def _exit_code(self, process: "BaseProcess") -> int | None:
        gone = asyncio.Event()
        self._loop.add_reader(process.sentinel, gone.set)
        try:
            async with asyncio.timeout(_END_SECONDS):
                await gone.wait()
        except TimeoutError:
            process.kill()
            await gone.wait()
        finally:
            self._loop.remove_reader(process.sentinel)
            self._process = None
        return await self._loop.run_in_executor(self._starter, _reap, process)


def _reap(process: "BaseProcess") -> int | None:
    process.join()
    code = process.exitcode
    process.close()
    return code


def _why_it_ended(exit_code: int | None) -> WorkerError:
    if exit_code is not None and exit_code < 0:
        try:
            name = signal.Signals(-exit_code).name
        except ValueError:
            name = f"signal {-exit_code}"
        what = f"the worker process was killed by {name}"
    else:
        what = f"the worker process ended with exit code {exit_code} before its work was done"
    return WorkerError(what, next="See the agent's log and the kernel's (out of memory?), then run it again.")


def _look_at(armed: asyncio.Future[None]) -> None:
    """Whoever waited may have given up: a failure that nobody awaits is none to complain about."""
    if not armed.cancelled():
        armed.exception()
