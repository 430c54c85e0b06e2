"""One run that has something of everything, made from workers' reports as a real one is."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sockrig.results.evaluation import evaluate
from sockrig.results.merging import FlowFacts, flow_result
from sockrig.results.model.flow import FlowResult
from sockrig.results.model.reach import ReachResult
from sockrig.results.model.run import AgentResult, RunResult
from sockrig.results.model.step import SocketCallResult, StartLateness, StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.expectations import parse_expectation
from sockrig_wire.histogram import bin_of
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.flows import CpuUse, FlowSpec, Histogram, Mode, Role, TcpInfo, WorkerFailed, WorkerResult


def _histogram(name: str, *values: int) -> Histogram:
    counts = Counter(bin_of(value) for value in values)
    bins = tuple(sorted(counts))
    return Histogram(name, bins, tuple(counts[one] for one in bins), min(values), max(values), float(sum(values)))


def _flow(kind: str, source: str, *workers: WorkerResult, group: str = "", failed: bool = False) -> FlowResult:
    name = f"{group or kind} {source} > server"
    failure = WorkerFailed(name, Role.SOURCE, 0, Error(ErrorCode.WORKER, "killed by SIGSEGV"))
    facts = FlowFacts(
        name=name,
        group=group,
        kind=kind,
        source=source,
        destination="server",
        mode=Mode.PARALLEL,
        workers=1,
        spec=FlowSpec(name=name, kind=kind, duration_seconds=2.0),
        clock_uncertainty_seconds=40e-6,
    )
    return flow_result(facts, [replace(one, flow=name) for one in workers], (), [failure] if failed else ())


def _worker(role: Role, **figures: object) -> WorkerResult:
    return WorkerResult(
        flow="",
        role=role,
        worker=0,
        started_at_nanoseconds=0,
        finished_at_nanoseconds=2_000_000_000,
        window_seconds=2.0,
        **figures,
    )


def _step(name: str, flows: tuple[FlowResult, ...], *expectations: str) -> StepResult:
    measured = StepResult(
        name=name,
        verdict=Verdict.PASSED,
        duration_seconds=2.6,
        start_skew_seconds=120e-6,
        start_skew_uncertainty_seconds=80e-6,
        flows=flows,
    )
    judged = tuple(evaluate(parse_expectation(text), measured) for text in expectations)
    passed = all(one.verdict is Verdict.PASSED for one in judged)
    return replace(measured, verdict=Verdict.PASSED if passed else Verdict.FAILED, expectations=judged)


def _bulk(source: str, bytes: int) -> FlowResult:
    return _flow(
        "tcp-stream",
        source,
        _worker(Role.SOURCE, bytes=bytes, packets=90, cpu=CpuUse(0.2, 1.75, 0, 2), tcp_info=TcpInfo(retransmits=3)),
        _worker(Role.DESTINATION, bytes=bytes - 1_000_000, packets=90, cpu=CpuUse(0.1, 1.2, 0.1, 2)),
    )


def _paced(source: str, delay_nanoseconds: int) -> FlowResult:
    return _flow(
        "udp-stream",
        source,
        _worker(Role.SOURCE, bytes=800_000, packets=4000, cpu=CpuUse(0.02, 0.04, 0.01, 2), rate_limited=True),
        _worker(
            Role.DESTINATION,
            bytes=799_200,
            packets=3996,
            duplicate_packets=0,
            reordered_packets=2,
            jitter_seconds=12.4e-6,
            histograms=(_histogram("one_way_delay", *([delay_nanoseconds] * 9), delay_nanoseconds * 4),),
            cpu=CpuUse(0.02, 0.04, 0.01, 2),
        ),
        group="call",
    )


def _asking(source: str) -> FlowResult:
    return _flow(
        "tcp-rr",
        source,
        _worker(
            Role.SOURCE,
            bytes=64,
            packets=1,
            transactions=48_210,
            lost_packets=0,
            histograms=(_histogram("round_trip", *([41_000] * 98), 180_000, 190_000),),
            cpu=CpuUse(0.3, 0.6, 0.01, 2),
        ),
        _worker(Role.DESTINATION, cpu=CpuUse(0.3, 0.6, 0.01, 2)),
    )


_DIALOGUE = (
    SocketCallResult(on="server", call="open udp, bind :0 as inbox", result="bound to 127.0.0.2:40712"),
    SocketCallResult(on="client-1", call="send '我是要发送的数据' from outbox to inbox", result="24 bytes"),
    SocketCallResult(
        on="server",
        call="receive inbox, max 1024",
        result="received 'hello\x1b[2J\n', expected '我是要发送的数据'",
        verdict=Verdict.FAILED,
    ),
)

_PROBES = (
    ReachResult(
        source="client-1", destination="server", protocol="tcp", port=22, verdict="open", expected="allow", met=True
    ),
    ReachResult(
        source="client-2",
        destination="server",
        protocol="udp",
        port=53,
        verdict="rejected",
        expected="allow",
        met=False,
        detail="ICMP port unreachable (type 3, code 3) from 10.0.0.2",
    ),
)


@pytest.fixture
def run() -> RunResult:
    """A run whose steps ended in every way."""
    silent = _flow("tcp-stream", "client-1", failed=True)
    return RunResult(
        run_id="r-7f3a",
        name="a call under load",
        scenario="together.yaml",
        verdict=Verdict.ERROR,
        started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        duration_seconds=12.42,
        agents=(
            AgentResult(
                name="server",
                agent_id="5c1e",
                version="0.1.0",
                verdict=Verdict.PASSED,
                clock_offset_seconds=-0.00213,
                clock_uncertainty_seconds=20e-6,
                clock_drift_ppm=3.14159,
                clock_drift_uncertainty_ppm=0.2,
            ),
            AgentResult(
                name="client-1",
                agent_id="77aa",
                version="0.1.0",
                verdict=Verdict.PASSED,
                clock_offset_seconds=0.00004,
                clock_uncertainty_seconds=20e-6,
            ),
            AgentResult(
                name="client-2",
                agent_id="",
                version="",
                verdict=Verdict.DEGRADED,
                problem="no heartbeat for 10 s",
            ),
        ),
        start_skew_seconds=120e-6,
        start_skew_uncertainty_seconds=80e-6,
        start_lateness=StartLateness(
            median_seconds=70e-6,
            max_seconds=140e-6,
            latest_agent="client-2",
            by_agent={"client-1": 70e-6, "client-2": 140e-6},
        ),
        late_workers=(),
        steps=(
            _step(
                "bulk",
                (_bulk("client-1", 2_352_000_000), _bulk("client-2", 1_100_000_000)),
                "throughput >= 200 Mbit/s",
                "fairness >= 0.9",
            ),
            _step(
                "paced datagrams",
                (_paced("client-1", 84_200), _paced("client-2", 31_000)),
                "loss <= 0.5 %",
                "call.duplicates == 0",
                "start_skew <= 50 ms",
            ),
            _step("questions and answers", (_asking("client-1"),), "transactions >= 500/s", "rtt.p99 <= 50 ms"),
            StepResult(name="who may talk", verdict=Verdict.FAILED, reach=_PROBES),
            StepResult(name="udp, from any free port and back", verdict=Verdict.FAILED, sockets=_DIALOGUE),
            StepResult(
                name="again",
                verdict=Verdict.ERROR,
                flows=(silent,),
                problem="; ".join(silent.problems),
                late_workers=("client-1: flow worker 0, 61.0 ms after T",),
            ),
        ),
        notices=("the agents' clocks were measured twice only",),
    )
