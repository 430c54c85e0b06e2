"""Carries a flow between two threads of this process: an engine needs nothing else."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import Queue
from typing import Any

import pytest

from sockrig_agent.traffic.engine import Assignment
from sockrig_agent.traffic.validation import check
from sockrig_agent.traffic.worker import Prepared, Worker
from sockrig_wire.model.flows import Direction, FlowSpec, FlowStart, Role, WorkerEndpoint, WorkerFailed, WorkerResult
from sockrig_wire.model.sockets import Family

PATIENCE_SECONDS = 20
HOSTS = {Family.INET: "127.0.0.1", Family.INET6: "::1"}


@dataclass(slots=True)
class Running:
    """A worker in its thread."""

    worker: Worker
    reports: "Queue[Prepared | WorkerResult | WorkerFailed]" = field(default_factory=Queue)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self.worker.live, args=(self.reports.put,), daemon=True)
        self.thread.start()

    def prepared(self) -> WorkerEndpoint | None:
        report = self.reports.get(timeout=PATIENCE_SECONDS)
        assert isinstance(report, Prepared), report
        return report.endpoint

    def start(self, at: int, *, peer_at: int | None = None) -> None:
        assignment = self.worker.assignment
        start = FlowStart(assignment.spec.name, assignment.role, at, at if peer_at is None else peer_at)
        self.worker.orders.give_start(start)

    def result(self) -> WorkerResult:
        report = self.reports.get(timeout=PATIENCE_SECONDS)
        assert isinstance(report, WorkerResult), report
        self.thread.join(PATIENCE_SECONDS)
        return report


class Rigging:
    """Makes workers, and stops those that a test left behind."""

    def __init__(self) -> None:
        self._running: list[Running] = []

    def spec(self, kind: str, **fields: Any) -> FlowSpec:
        spec = FlowSpec(**{"name": "f", "kind": kind, "duration_seconds": 0.2, "drain_seconds": 0.2, **fields})
        check(spec)
        return spec

    def destination(self, spec: FlowSpec, peer: WorkerEndpoint | None = None) -> Running:
        return self._run(spec, Role.DESTINATION, peer)

    def source(self, spec: FlowSpec, peer: WorkerEndpoint | None = None) -> Running:
        return self._run(spec, Role.SOURCE, peer)

    def pair(self, spec: FlowSpec) -> tuple[Running, Running]:
        """Source and destination, both armed."""
        listener = self._run(spec, spec.direction.listener)
        connector = self._run(spec, spec.direction.connector, listener.prepared())
        connector.prepared()
        return (connector, listener) if spec.direction is Direction.FORWARD else (listener, connector)

    def carry(self, kind: str, **fields: Any) -> tuple[WorkerResult, WorkerResult]:
        """The whole flow; the results of source and destination."""
        source, destination = self.pair(self.spec(kind, **fields))
        at = soon()
        source.start(at)
        destination.start(at)
        return source.result(), destination.result()

    def close(self) -> None:
        for running in self._running:
            running.worker.orders.give_stop()
            running.thread.join(PATIENCE_SECONDS)

    def _run(self, spec: FlowSpec, role: Role, peer: WorkerEndpoint | None = None) -> Running:
        host = HOSTS[spec.family]
        running = Running(Worker(Assignment(spec, role, 0, host, host, peer), alone=False))
        self._running.append(running)
        return running


def soon() -> int:
    """A T that is not yet."""
    return time.monotonic_ns() + 30_000_000


@pytest.fixture
def rigging() -> Iterator[Rigging]:
    rigging = Rigging()
    yield rigging
    rigging.close()


@pytest.fixture(params=[Family.INET, Family.INET6], ids=["ipv4", "ipv6"])
def family(request: pytest.FixtureRequest) -> Family:
    if request.param is Family.INET6:
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
                sock.bind(("::1", 0))
        except OSError:
            pytest.skip("this host has no ::1")
    return request.param


@pytest.fixture
def in_a_moment() -> Callable[[], int]:
    return soon
