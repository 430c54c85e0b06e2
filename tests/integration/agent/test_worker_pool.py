"""The worker pool with real processes over loopback."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from sockrig_agent.workers import nursery
from sockrig_agent.workers.pool import WorkerPool
from sockrig_wire.errors import InterruptedRunError, LimitError, NotFoundError, SockrigError, UsageError
from sockrig_wire.model.failures import ErrorCode
from sockrig_wire.model.flows import (
    Direction,
    FlowPrepared,
    FlowSpec,
    FlowStart,
    Mode,
    PrepareFlow,
    Role,
    Sample,
    StartFlows,
    StopFlows,
    WorkerEndpoint,
    WorkerFailed,
    WorkerResult,
)

RUN = "run-1"
KINDS = ("tcp-stream", "udp-stream", "tcp-rr", "udp-rr", "tcp-connect", "tcp-hold")


@dataclass
class Rigged:
    """A pool and what it told."""

    max_workers: int
    pool: WorkerPool = field(init=False)
    events: list[tuple[str, Sample | WorkerResult | WorkerFailed]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.pool = WorkerPool(max_workers=self.max_workers, on_event=self.happened)

    async def prepare(self, spec: FlowSpec, role: Role, peers: tuple[WorkerEndpoint, ...] = ()) -> FlowPrepared:
        return await self.pool.prepare(
            RUN, PrepareFlow(spec, role, peers), bind_host="127.0.0.1", advertised_host="127.0.0.1"
        )

    async def arm(self, spec: FlowSpec) -> None:
        prepared = await self.prepare(spec, spec.direction.listener)
        await self.prepare(spec, spec.direction.connector, prepared.endpoints)

    def start(self, spec: FlowSpec) -> int:
        at = time.monotonic_ns() + 50_000_000
        self.pool.start(RUN, StartFlows(tuple(FlowStart(spec.name, role, at, at) for role in Role)))
        return at

    async def ends(self, count: int) -> list[WorkerResult | WorkerFailed]:
        """The first ``count`` results and failures."""
        return await self._of((WorkerResult, WorkerFailed), count)

    async def samples(self, count: int) -> list[Sample]:
        return await self._of((Sample,), count)

    def happened(self, run_id: str, event: Sample | WorkerResult | WorkerFailed) -> None:
        self.events.append((run_id, event))
        self._news.set()

    async def _of(self, kinds: tuple[type, ...], count: int) -> list[Any]:
        async with asyncio.timeout(30):
            while len(found := [event for _, event in self.events if isinstance(event, kinds)]) < count:
                self._news.clear()
                await self._news.wait()
        return found

    async def empty(self) -> None:
        """Wait until the worker processes have ended by themselves."""
        async with asyncio.timeout(10):
            await asyncio.gather(*self.pool._watchers)
        assert self.pool.count() == 0
        assert processes() == []


def processes() -> list[BaseProcess]:
    """The worker processes that are not yet reaped; does not reap them, as active_children() would."""
    return list(multiprocessing.process._children)  # type: ignore[attr-defined]


def threads_of(process: BaseProcess) -> int:
    return len(list(Path(f"/proc/{process.pid}/task").iterdir()))


@asynccontextmanager
async def rigged(max_workers: int = 64) -> AsyncIterator[Rigged]:
    rigged = Rigged(max_workers)
    try:
        yield rigged
    finally:
        await rigged.pool.close()
        assert processes() == []


def spec_of(kind: str = "tcp-stream", **fields: Any) -> FlowSpec:
    return FlowSpec(**{"name": "f", "kind": kind, "duration_seconds": 0.3, "drain_seconds": 0.2, **fields})


def test_in_reverse_the_destination_connects_to_the_source() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            spec = spec_of(workers=2, direction=Direction.REVERSE)
            await rig.arm(spec)
            rig.start(spec)
            results = await rig.ends(4)
            assert all(isinstance(r, WorkerResult) and r.error == "" for r in results)
            for worker in (0, 1):
                source, destination = (next(r for r in results if (r.role, r.worker) == (e, worker)) for e in Role)
                assert source.total_bytes == destination.total_bytes > 0
            await rig.empty()

    asyncio.run(scenario())


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_carried_in_either_mode(kind: str, mode: Mode) -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            spec = spec_of(kind, mode=mode, workers=2, rate_packets_per_second=200)
            await rig.arm(spec)
            assert rig.pool.count() == rig.pool.count(RUN) == 4
            assert len(processes()) == (4 if mode is Mode.PARALLEL else 2)
            rig.start(spec)
            results = await rig.ends(4)
            assert {(r.role, r.worker) for r in results} == {(role, worker) for role in Role for worker in (0, 1)}
            for result in results:
                assert isinstance(result, WorkerResult)
                assert result.error == ""
                assert result.total_bytes > 0
            for worker in (0, 1):
                source, destination = (next(r for r in results if (r.role, r.worker) == (e, worker)) for e in Role)
                assert source.total_bytes == destination.total_bytes
            await rig.empty()

    asyncio.run(scenario())


@pytest.mark.parametrize("mode", Mode)
def test_a_worker_is_one_thread_however_many_connections_it_holds(mode: Mode) -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            spec = spec_of("tcp-hold", mode=mode, workers=2, connections=250, interval_seconds=0.1)
            await rig.arm(spec)
            assert rig.pool.connections() == 4 * 250
            rig.start(spec)
            await rig.samples(4)
            control_and_workers = 2 if mode is Mode.PARALLEL else 3
            assert {threads_of(process) for process in processes()} == {control_and_workers}
            results = await rig.ends(4)
            held = [r.held_connections for r in results if isinstance(r, WorkerResult) and r.role is Role.SOURCE]
            assert held == [250, 250]
            await rig.empty()
            assert rig.pool.connections() == 0

    asyncio.run(scenario())


def test_eight_workers_run_at_the_same_time() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            spec = spec_of("udp-stream", workers=8, rate_packets_per_second=400, size_bytes=100)
            await rig.arm(spec)
            at = rig.start(spec)
            results = await rig.ends(16)
            assert all(isinstance(r, WorkerResult) for r in results)
            assert all(r.started_at_nanoseconds >= at for r in results if r.role is Role.SOURCE)
            begun = max(r.started_at_nanoseconds for r in results)
            assert all(r.finished_at_nanoseconds > begun for r in results)

    asyncio.run(scenario())


def test_without_a_fork_server_workers_are_started_from_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "has_fork_server", lambda: False)

    async def scenario() -> None:
        async with rigged() as rig:
            spec = spec_of("udp-rr", rate_packets_per_second=100)
            await rig.arm(spec)
            rig.start(spec)
            assert all(isinstance(end, WorkerResult) and end.transactions for end in await rig.ends(2))

    asyncio.run(scenario())


def test_samples_come_while_it_runs_and_add_up_to_the_result() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            spec = spec_of("udp-stream", rate_packets_per_second=500, interval_seconds=0.1)
            await rig.arm(spec)
            rig.start(spec)
            results = await rig.ends(2)
            for result in results:
                before = [event for _, event in rig.events[: rig.events.index((RUN, result))]]
                samples = [s for s in before if isinstance(s, Sample) and s.role is result.role]
                assert len(samples) >= 2
                assert sum(sample.packets for sample in samples) == result.total_packets
                assert sum(sample.bytes for sample in samples) == result.total_bytes
                assert sum(sample.interval_seconds for sample in samples) == pytest.approx(samples[-1].at_seconds)

    asyncio.run(scenario())


def test_a_stop_ends_flows_early_with_their_results() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            spec = spec_of("tcp-stream", duration_seconds=60, interval_seconds=0.1, rate_bits_per_second=8e6)
            await rig.arm(spec)
            rig.start(spec)
            await rig.samples(2)
            rig.pool.stop(RUN, StopFlows(("another",)))
            rig.pool.stop(RUN, StopFlows())
            results = await rig.ends(2)
            assert all(isinstance(r, WorkerResult) and 0 < r.window_seconds < 30 for r in results)
            await rig.empty()

    asyncio.run(scenario())


def test_a_killed_worker_is_told_and_the_others_go_on() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            spec = spec_of("udp-rr", workers=2, interval_seconds=0.1, duration_seconds=0.5, drain_seconds=0.1)
            await rig.arm(spec)
            rig.start(spec)
            await rig.samples(1)
            victim = next(p for p in processes() if "source" in p.name)
            os.kill(victim.pid, signal.SIGKILL)
            ends = await rig.ends(4)
            (failed,) = (event for event in ends if isinstance(event, WorkerFailed))
            assert failed.flow == "f"
            assert failed.role is Role.SOURCE
            assert failed.error.code is ErrorCode.WORKER
            assert "SIGKILL" in failed.error.what
            assert f"source worker {failed.worker}" in failed.error.where

    asyncio.run(scenario())


def test_a_worker_killed_before_it_is_started_is_told() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            await rig.prepare(spec_of(), Role.DESTINATION)
            (worker,) = processes()
            os.kill(worker.pid, signal.SIGTERM)
            (failed,) = await rig.ends(1)
            assert isinstance(failed, WorkerFailed)
            assert "SIGTERM" in failed.error.what
            await rig.empty()

    asyncio.run(scenario())


def test_closing_a_run_ends_all_its_workers_at_once_and_silently() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            spec = spec_of(workers=2, duration_seconds=60)
            await rig.arm(spec)
            rig.start(spec)
            await rig.prepare(spec_of(name="never started", mode=Mode.CONCURRENT, workers=3), Role.DESTINATION)
            stopped = processes()[0]
            os.kill(stopped.pid, signal.SIGSTOP)
            assert await rig.pool.close_run("another") == 0
            assert await rig.pool.close_run(RUN) == 7
            assert rig.pool.count() == 0
            assert processes() == []
            assert await rig.pool.close_run(RUN) == 0
            assert not [event for _, event in rig.events if not isinstance(event, Sample)]

    asyncio.run(scenario())


def test_closing_a_run_ends_a_prepare_that_is_under_way() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            preparing = asyncio.create_task(rig.prepare(spec_of(workers=4), Role.DESTINATION))
            await asyncio.sleep(0)
            assert await rig.pool.close_run(RUN) == 4
            with pytest.raises(InterruptedRunError):
                await preparing
            assert rig.pool.count() == 0
            assert processes() == []

    asyncio.run(scenario())


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.3])
def test_a_cancelled_prepare_leaves_nothing(seconds: float) -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            silent = WorkerEndpoint("127.0.0.1", 9, 1)  # nobody answers a hello there
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(seconds):
                    await rig.prepare(spec_of("udp-stream"), Role.SOURCE, (silent,))
            assert rig.pool.count() == 0
            assert processes() == []
            await rig.prepare(spec_of(), Role.DESTINATION)

    asyncio.run(scenario())


def test_a_source_that_is_refused_says_so_and_leaves_nothing() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            closed = WorkerEndpoint("127.0.0.1", 9, 1)
            with pytest.raises(SockrigError) as caught:
                await rig.prepare(spec_of(workers=2, mode=Mode.CONCURRENT), Role.SOURCE, (closed, closed))
            assert caught.value.errno_name == "ECONNREFUSED"
            assert "source worker" in caught.value.where
            assert rig.pool.count() == 0
            assert processes() == []

    asyncio.run(scenario())


def test_a_wrong_token_is_refused() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            (endpoint,) = (await rig.prepare(spec_of(), Role.DESTINATION)).endpoints
            stranger = WorkerEndpoint(endpoint.host, endpoint.port, endpoint.token ^ 1)
            with pytest.raises(SockrigError) as caught:
                await rig.prepare(spec_of(), Role.SOURCE, (stranger,))
            assert "token" in caught.value.what
            await rig.prepare(spec_of(), Role.SOURCE, (endpoint,))

    asyncio.run(scenario())


def test_what_cannot_be_meant_is_refused_before_anything_starts() -> None:
    async def scenario() -> None:
        async with rigged(max_workers=3) as rig:
            with pytest.raises(UsageError, match="rate"):
                await rig.prepare(spec_of(rate_bits_per_second=0.0), Role.DESTINATION)
            with pytest.raises(UsageError, match="endpoints"):
                await rig.prepare(spec_of(), Role.SOURCE)
            with pytest.raises(LimitError):
                await rig.prepare(spec_of(workers=4), Role.DESTINATION)
            assert processes() == []
            await rig.prepare(spec_of(), Role.DESTINATION)
            with pytest.raises(UsageError, match="already"):
                await rig.prepare(spec_of(), Role.DESTINATION)
            with pytest.raises(NotFoundError, match="source"):
                rig.start(spec_of())
            assert rig.pool.count() == 1

    asyncio.run(scenario())


def test_a_closed_pool_starts_nothing() -> None:
    async def scenario() -> None:
        async with rigged() as rig:
            await rig.pool.close()
            await rig.pool.warm()
            with pytest.raises(InterruptedRunError):
                await rig.prepare(spec_of(), Role.DESTINATION)

    asyncio.run(scenario())


OWNER = """
import asyncio, multiprocessing, sys
from sockrig_agent.workers import nursery
from sockrig_agent.workers.pool import WorkerPool
from sockrig_wire.model.flows import FlowSpec, PrepareFlow, Role

async def main():
    pool = WorkerPool(max_workers=8, on_event=print)
    spec = FlowSpec(name="f", kind="udp-stream", workers=2, duration_seconds=60)
    await pool.prepare("r", PrepareFlow(spec, Role.DESTINATION), bind_host="127.0.0.1", advertised_host="127.0.0.1")
    print(*(child.pid for child in multiprocessing.active_children()), "numpy" in sys.modules, flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
else:
    raise SystemExit("a worker imported the program that owns the pool")
"""


def test_workers_are_gone_when_their_owner_is_killed_and_never_import_it(tmp_path: Path) -> None:
    program = tmp_path / "owner.py"
    program.write_text(OWNER, encoding="utf-8")
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        *workers, has_numpy = owner.stdout.readline().split()
        assert len(workers) == 2
        assert has_numpy == "False"
        owner.kill()
    until = time.monotonic() + 10
    while any(_lives(pid) for pid in workers):
        assert time.monotonic() < until, "workers outlived their owner"
        time.sleep(0.02)


def _lives(pid: str) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
