"""What runs in a worker process: a thread per worker, and the control thread that listens to the agent.

The control thread hands orders to the workers, reads their counters for samples and passes on what they report; it
ends the process at once when the agent's end of the pipe has gone, however the agent came to its end.
"""

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Final

from sockrig_agent.traffic.engine import Assignment
from sockrig_agent.traffic.orders import NANOSECONDS, Timetable
from sockrig_agent.traffic.sampling import Sampler, Samplers
from sockrig_agent.traffic.worker import Prepared, Worker
from sockrig_agent.workers.pipe import BlockingPipe
from sockrig_wire.model.flows import FlowStart, StopFlows, WorkerFailed, WorkerResult

_ORPHANED: Final = 70
"""Exit code of a worker whose agent has gone; nobody is left to see it."""


def main(channel: socket.socket, assignments: Sequence[Assignment]) -> None:
    """Carry out the assignments, one thread each; returns when all have reported their end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt at the terminal is the agent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    control = _Control(BlockingPipe(channel), [Worker(a, alone=len(assignments) == 1) for a in assignments])
    try:
        control.serve()
    except (EOFError, OSError):
        os._exit(_ORPHANED)  # no thread is asked: each may be within a system call
    finally:
        control.close()


class _Control:
    """The control thread."""

    def __init__(self, pipe: BlockingPipe, workers: Sequence[Worker]) -> None:
        self._pipe = pipe
        self._workers = {worker.assignment.worker: worker for worker in workers}
        self._samplers = Samplers({})
        self._reports: SimpleQueue[Prepared | WorkerResult | WorkerFailed] = SimpleQueue()
        self._reported, self._one_reported = socket.socketpair()

    def serve(self) -> None:
        """Until every worker has ended.

        Raises:
            EOFError: the agent has gone.
            OSError: the same, noticed in sending.
        """
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        poll.register(self._reported, select.POLLIN)
        for worker in self._workers.values():
            threading.Thread(target=worker.live, args=(self._report,), daemon=True).start()
        while self._workers:
            ready = [descriptor for descriptor, _ in poll.poll(self._timeout_milliseconds())]
            self._pipe.send(*self._samplers.take(time.monotonic_ns()))
            if self._reported.fileno() in ready:
                for _ in self._reported.recv(256):
                    self._pass_on(self._reports.get())
            if self._pipe.fileno() in ready:
                self._obey(self._pipe.receive())

    def close(self) -> None:
        """Close the pipe and the bell."""
        for sock in (self._pipe, self._reported, self._one_reported):
            sock.close()

    def _report(self, report: Prepared | WorkerResult | WorkerFailed) -> None:
        """In a worker's thread: leave a report, and ring."""
        self._reports.put(report)
        self._one_reported.send(b".")

    def _pass_on(self, report: Prepared | WorkerResult | WorkerFailed) -> None:
        if not isinstance(report, Prepared):
            del self._workers[report.worker]
            self._pipe.send(*self._samplers.finish(report.worker, time.monotonic_ns()))
        self._pipe.send(report)

    def _obey(self, order: FlowStart | StopFlows) -> None:
        if isinstance(order, FlowStart):
            self._samplers = Samplers({number: _sampler(worker, order) for number, worker in self._workers.items()})
        for worker in self._workers.values():
            if isinstance(order, StopFlows):
                worker.orders.give_stop()
            else:
                worker.orders.give_start(order)

    def _timeout_milliseconds(self) -> int | None:
        at = self._samplers.wait_until()
        return None if at is None else max(0, -((time.monotonic_ns() - at) * 1000 // NANOSECONDS))


def _sampler(worker: Worker, start: FlowStart) -> Sampler:
    timetable = Timetable.of(worker.assignment.spec, start)
    return Sampler(worker.assignment, worker.counters, timetable, worker.connection)
