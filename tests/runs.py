"""Runs made by hand for reports: one with everything that a report must stand, and one small as most are."""

from datetime import UTC, datetime
from math import sin

from tests.searches import searched

from sockrig.results.distribution import distribution_of
from sockrig.results.model.flow import CpuResult, DelaySpread, FlowResult, IntervalResult, Traffic, WorkerFigures
from sockrig.results.model.reach import ReachResult, ReachVerdict
from sockrig.results.model.run import AgentResult, LoadLatency, RunResult
from sockrig.results.model.step import ExpectationResult, SocketCallResult, StepResult
from sockrig.results.model.verdict import Verdict
from sockrig_wire.histogram import bin_of, spread_of
from sockrig_wire.model.flows import Histogram, TcpInfo

SCRIPT = "<script>document.title='owned'</script>"
HOSTILE = (SCRIPT, '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "\x1b[2J\u202egnp.exe", "&lt;b&gt;", "' onload='x")
LONG = "a-name-that-nobody-would-write-but-somebody-did-and-it-has-to-fit-a-page-of-400-pixels-without-a-break"
NAMES = ("müller-straße", "交换机-上海-一号", LONG, *HOSTILE)

_CPU = CpuResult(user_seconds=0.3, system_seconds=1.4, waited_seconds=0.2, wall_seconds=2.0, busy_ratio=0.85)


def _traffic(bits_per_second: float) -> Traffic:
    return Traffic(
        bytes=int(bits_per_second / 4),
        packets=4000,
        bits_per_second=bits_per_second,
        packets_per_second=bits_per_second / 12_000,
    )


def _delays(median: int, *, uncertainty_seconds: float | None = None, valid: bool = True) -> DelaySpread:
    values = sorted(round(median * (1 + 0.4 * sin(number)) * (1 + (number % 97 == 0) * 9)) for number in range(2000))
    counts: dict[int, int] = {}
    for value in values:
        counts[bin_of(value)] = counts.get(bin_of(value), 0) + 1
    bins = tuple(sorted(counts))
    histogram = Histogram("", bins, tuple(counts[one] for one in bins), values[0], values[-1], float(sum(values)))
    spread = spread_of(histogram)
    return DelaySpread(
        count=spread.count,
        min_seconds=spread.minimum / 1e9,
        p50_seconds=spread.p50 / 1e9,
        p90_seconds=spread.p90 / 1e9,
        p99_seconds=spread.p99 / 1e9,
        p999_seconds=spread.p999 / 1e9,
        max_seconds=spread.maximum / 1e9,
        mean_seconds=spread.mean / 1e9,
        uncertainty_seconds=uncertainty_seconds,
        valid=valid,
        distribution=distribution_of(histogram),
    )


def _intervals(rate: float, number: int, *, transactions: float | None = None) -> tuple[IntervalResult, ...]:
    return tuple(
        IntervalResult(
            at_seconds=0.5 * (slot + 1),
            interval_seconds=0.5,
            measured=slot >= 2,
            complete=slot != 5,
            sent=_traffic(rate),
            received=_traffic(rate * (1 + 0.2 * sin(slot + number))),
            transactions_per_second=None if transactions is None else transactions * (1 + 0.1 * sin(slot + number)),
            retransmits=slot % 3,
            tcp_round_trip_seconds=0.0004 * (1 + 0.3 * sin(slot)),
            congestion_window=40 + slot,
            delivery_rate_bits_per_second=rate * 1.2,
        )
        for slot in range(12)
    )


def flow(source: str, destination: str, number: int = 0, **more: object) -> FlowResult:
    """A TCP stream, unless it is said otherwise."""
    rate = 9.4e9 / (number + 1)
    info = TcpInfo(
        retransmits=3,
        round_trip_seconds=0.0005,
        minimum_round_trip_seconds=0.0002,
        congestion_window=80,
        delivery_rate_bits_per_second=rate,
        busy_seconds=1.9,
        receive_window_limited_seconds=0.2,
        send_buffer_limited_seconds=0.0,
    )
    figures: dict[str, object] = {
        "name": f"flow {number} {source} > {destination}",
        "group": "",
        "kind": "tcp-stream",
        "source": source,
        "destination": destination,
        "mode": "parallel",
        "workers": 1,
        "duration_seconds": 5.0,
        "sent": _traffic(rate),
        "received": _traffic(rate),
        "retransmits": 3,
        "limited_by": ("sender cpu", "network", "receive window")[number % 3],
        "bound": "cpu",
        "mode_advice": "parallel suits: the busier end computed for 85 % of its time",
        "offloads": ("gro", "gso"),
        "sender_cpu": _CPU,
        "receiver_cpu": _CPU,
        "intervals": _intervals(rate, number),
        "worker_results": (
            WorkerFigures(
                agent=source,
                role="source",
                worker=0,
                window_seconds=5.0,
                bytes=10**9,
                packets=10**5,
                lost_packets=None,
                transactions=None,
                connections=None,
                cpu=_CPU,
                tcp_info=info,
                offloads=("gso",),
                rate_limited=False,
                clock="kernel",
                error=None,
            ),
        ),
        "definitions": {"received": "payload-over-window", "sent": "payload-over-window"},
    }
    return FlowResult(**{**figures, **more})  # type: ignore[arg-type]


def _datagrams(source: str, destination: str, number: int, *, valid: bool = True) -> FlowResult:
    delays = _delays(84_000 * (number + 1), uncertainty_seconds=40e-6 if valid else 300e-6, valid=valid)
    return flow(
        source,
        destination,
        number,
        kind="udp-stream",
        lost_packets=4,
        loss_ratio=0.001,
        duplicate_packets=0,
        jitter_seconds=12.4e-6,
        one_way_delay=delays,
        retransmits=None,
        worker_results=(),
        definitions={"one_way_delay": "rfc7679-corrected-clocks"},
    )


def _asking(source: str, destination: str, number: int) -> FlowResult:
    return flow(
        source,
        destination,
        number,
        kind="tcp-rr",
        transactions=48_000,
        transactions_per_second=9_600.0,
        round_trip=_delays(41_000 * (number + 1)),
        intervals=_intervals(1e6, number, transactions=9_600.0),
        limited_by=None,
    )


def _expectation(text: str, measured: str, verdict: Verdict) -> ExpectationResult:
    asked = "at least" + text.partition(">=")[2]
    where = None if verdict is Verdict.PASSED else "a > b"
    return ExpectationResult(text=text, verdict=verdict, measured=measured, asked=asked, where=where)


_REACHED = tuple(ReachVerdict)


def _mesh() -> tuple[ReachResult, ...]:
    hosts = (*NAMES[:5], *(f"edge-{number}" for number in range(7)))
    return tuple(
        ReachResult(
            source=source,
            destination=destination,
            protocol=protocol,
            port=port,
            verdict=verdict,
            expected="allow",
            met=None if verdict is ReachVerdict.INVALID else verdict is ReachVerdict.OPEN,
            detail="ICMP administratively prohibited (type 3, code 13) from 10.0.0.2"
            if verdict is ReachVerdict.REJECTED
            else "",
        )
        for protocol, port in (("tcp", 22), ("udp", 53))
        for row, source in enumerate(hosts)
        for column, destination in enumerate(hosts)
        if source != destination
        for verdict in [_REACHED[(row * column) % 7 if row % 4 == 3 else 0]]
    )


def run_of_everything() -> RunResult:
    """All that a page must stand: every kind of step, 64 flows, every verdict, hostile and long names."""
    many = tuple(flow(f"leaf-{number}", "hub", number % 9, name=f"many {number}") for number in range(64))
    steps = (
        StepResult(
            name="bulk",
            verdict=Verdict.FAILED,
            duration_seconds=6.2,
            start_skew_seconds=120e-6,
            start_skew_uncertainty_seconds=80e-6,
            flows=tuple(flow(name, "hub", number) for number, name in enumerate(NAMES[:8])),
            expectations=(
                _expectation("throughput >= 20 Gbit/s", "18.8 Gbit/s", Verdict.FAILED),
                _expectation("fairness >= 0.9", "0.93", Verdict.PASSED),
            ),
        ),
        StepResult(
            name=f"calls of {LONG}",
            verdict=Verdict.DEGRADED,
            flows=(_datagrams("müller-straße", "hub", 0), _datagrams("交换机-上海-一号", "hub", 1, valid=False)),
            start_skew_seconds=90e-6,
            start_skew_uncertainty_seconds=80e-6,
            late_workers=("leaf-1: flow worker 0, 61.0 ms after T", "leaf-2: flow worker 0, 71.0 ms after T"),
            problem=f"agent {SCRIPT} is lost: no heartbeat for 10 s",
        ),
        StepResult(
            name="questions", verdict=Verdict.PASSED, flows=tuple(_asking(NAMES[n], "hub", n) for n in range(3))
        ),
        StepResult(name="many at once", verdict=Verdict.PASSED, flows=many),
        StepResult(
            name="how much fits",
            verdict=Verdict.PASSED,
            search=searched((100, 5000), (76, 0), (80, 20)),
            duration_seconds=9,
        ),
        StepResult(name="who may talk", verdict=Verdict.FAILED, reach=_mesh()),
        StepResult(
            name="dialogue",
            verdict=Verdict.FAILED,
            sockets=(
                SocketCallResult(on="hub", call="open udp, bind :0 as inbox", result="127.0.0.2:40712"),
                SocketCallResult(on=NAMES[0], call="send '我是要发送的数据' from outbox to inbox", result="24 bytes"),
                SocketCallResult(
                    on="hub",
                    call="receive inbox, max 1024",
                    result=f"got {SCRIPT!r} and {'x' * 300}, asked '我是要发送的数据'",
                    verdict=Verdict.FAILED,
                ),
            ),
        ),
    )
    return RunResult(
        run_id="r-7f3a",
        name=f"a call under load, {SCRIPT} & Grüße 你好",
        scenario=f"bench {SCRIPT}.yaml",
        scenario_text=f"scenario: {SCRIPT}\n\tagents: {{hub: {{}}}}\n# \u202e{'long ' * 80}\n",
        controller_version="0.1.0",
        verdict=Verdict.FAILED,
        started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        duration_seconds=42.42,
        agents=tuple(
            AgentResult(
                name=name,
                agent_id=f"id-{number}",
                version="0.1.0",
                verdict=Verdict.DEGRADED if name == SCRIPT else Verdict.PASSED,
                clock_offset_seconds=-0.00213 * number,
                clock_uncertainty_seconds=20e-6 * number,
                problem="no heartbeat for 10 s" if name == SCRIPT else None,
            )
            for number, name in enumerate(("hub", *NAMES))
        ),
        start_skew_seconds=120e-6,
        start_skew_uncertainty_seconds=80e-6,
        steps=steps,
        latency_under_load=(
            LoadLatency(
                probe="probe",
                kind="udp-rr",
                source=SCRIPT,
                destination="hub",
                idle_step="idle",
                step="both ways",
                idle_round_trip_seconds=1e-3,
                round_trip_seconds=40e-3,
                growth_ratio=40.0,
                idle_round_trips_per_minute=60_000.0,
                round_trips_per_minute=1_500.0,
            ),
        ),
        notices=(f"a note about {SCRIPT}",),
    )


def run_of_one_flow() -> RunResult:
    """What most people look at: one flow, and it passed."""
    return RunResult(
        run_id="r-1",
        name="tcp-rr from a to b",
        verdict=Verdict.PASSED,
        started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        duration_seconds=6.0,
        agents=tuple(
            AgentResult(name=name, agent_id=name, version="0.1.0", verdict=Verdict.PASSED) for name in ("a", "b")
        ),
        steps=(StepResult(name="tcp-rr", verdict=Verdict.PASSED, flows=(_asking("a", "b", 0),)),),
    )
