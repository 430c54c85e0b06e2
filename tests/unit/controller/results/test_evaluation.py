"""Whether an expectation holds."""

import pytest

from sockrig.results.evaluation import evaluate
from sockrig.results.model.flow import CpuResult, DelaySpread, FlowResult, Traffic
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.expectations import parse_expectation
from sockrig.scenario.metrics import METRICS, WORDS
from sockrig.scenario.units import Dimension
from sockrig_wire.histogram import bin_of
from sockrig_wire.model.flows import Histogram, TcpInfo


def flow(group="", **figures):
    return FlowResult(
        **(
            {
                "name": "flow",
                "group": group,
                "kind": "tcp-stream",
                "source": "client",
                "destination": "server",
                "mode": "parallel",
                "workers": 1,
                "duration_seconds": 2.0,
            }
            | figures
        )
    )


def traffic(bits_per_second=0.0, packets=0):
    return Traffic(
        bytes=packets * 100, packets=packets, bits_per_second=bits_per_second, packets_per_second=packets / 2
    )


def cpu(seconds, busy_ratio):
    return CpuResult(
        user_seconds=seconds, system_seconds=seconds, waited_seconds=0.0, wall_seconds=2.0, busy_ratio=busy_ratio
    )


def spread(*figures, uncertainty_seconds=None):
    names = ("min", "p50", "p90", "p99", "p999", "max", "mean")
    seconds = {f"{name}_seconds": figure for name, figure in zip(names, figures, strict=True)}
    return DelaySpread(count=9, uncertainty_seconds=uncertainty_seconds, valid=True, **seconds)


def histogram(name, *values):
    ordered = sorted(values)
    return Histogram(
        name, tuple(bin_of(v) for v in ordered), (1,) * len(values), ordered[0], ordered[-1], float(sum(values))
    )


def step_of(*flows, start_skew_seconds=None, **more):
    return StepResult(name="step", verdict=Verdict.PASSED, flows=flows, start_skew_seconds=start_skew_seconds, **more)


def judged(text, *flows, baseline=None, **of_step):
    return evaluate(parse_expectation(text), step_of(*flows, **of_step), baseline=baseline)


TWO_FLOWS = (
    flow(
        source="slow",
        received=traffic(100e6, packets=900),
        sent=traffic(110e6, packets=1000),
        duration_seconds=1.5,
        reordered_ratio=2 / 900,
        tcp_info=TcpInfo(
            round_trip_seconds=2e-3,
            minimum_round_trip_seconds=1e-3,
            congestion_window=10,
            delivery_rate_bits_per_second=90e6,
        ),
        sender_cpu=cpu(0.5, 0.9),
        receiver_cpu=cpu(0.1, 0.2),
        lost_packets=10,
        loss_ratio=0.01,
        duplicate_packets=1,
        reordered_packets=2,
        late_packets=3,
        corrupt_blocks=4,
        kernel_drops=5,
        failed_connections=6,
        held_connections=60,
        retransmits=7,
        jitter_seconds=1e-6,
        transactions_per_second=300.0,
        connections_per_second=40.0,
        bound="io",
        limited_by="network",
        histograms=(histogram("round_trip", 1000, 1000), histogram("connect_time", 30_000)),
    ),
    flow(
        source="fast",
        received=traffic(300e6, packets=3100),
        sent=traffic(310e6, packets=3000),
        reordered_ratio=0.0,
        one_way_delay=spread(*[1e-3] * 7, uncertainty_seconds=4e-5),
        tcp_info=TcpInfo(
            round_trip_seconds=1e-3,
            minimum_round_trip_seconds=5e-4,
            congestion_window=20,
            delivery_rate_bits_per_second=300e6,
        ),
        sender_cpu=cpu(0.25, 0.5),
        receiver_cpu=cpu(0.1, 0.4),
        lost_packets=0,
        loss_ratio=0.0,
        duplicate_packets=0,
        reordered_packets=0,
        late_packets=0,
        corrupt_blocks=0,
        kernel_drops=0,
        failed_connections=0,
        held_connections=40,
        retransmits=0,
        jitter_seconds=5e-6,
        transactions_per_second=200.0,
        connections_per_second=60.0,
        bound="io",
        limited_by="network",
        histograms=(
            histogram("round_trip", 2000, 100_000),
            histogram("one_way_delay", -400, 200),
            histogram("connect_time", 40_000),
        ),
    ),
)


@pytest.mark.parametrize(
    ("text", "value", "measured"),
    [
        ("throughput >= 400 Mbit/s", 400e6, "400 Mbit/s"),
        ("sent_throughput == 420 Mbit/s", 420e6, "420 Mbit/s"),
        ("loss <= 0.25 %", 10 / 4000, "0.25 %"),
        ("lost == 10", 10, "10"),
        ("duplicates == 1", 1, "1"),
        ("reordered <= 2", 2, "2"),
        ("late < 4", 3, "3"),
        ("corrupt > 3", 4, "4"),
        ("kernel_drops == 5", 5, "5"),
        ("failed_connections == 6", 6, "6"),
        ("held_connections == 100", 100, "100"),
        ("retransmits == 7", 7, "7"),
        ("transactions >= 500/s", 500.0, "500/s"),
        ("connections >= 100/s", 100.0, "100/s"),
        ("jitter <= 5 us", 5e-6, "5 µs"),  # the worst
        ("rtt <= 1 us", 1e-6, "1 µs"),  # the median of 1, 1, 2, 100
        ("rtt.max <= 100 us", 100e-6, "100 µs"),
        ("rtt.mean <= 26 us", 26e-6, "26 µs"),
        ("delay.min < 0 ms", -400e-9, "-400 ns"),
        ("connect_time.max <= 40 us", 40e-6, "40 µs"),
        ("rtt.p75 <= 2 us", 2e-6, "2 µs"),
        ("packets >= 2000 pps", 2000.0, "2 kpps"),
        ("sent_packets == 2 kpps", 2000.0, "2 kpps"),
        ("bytes == 400 KB", 400_000, "400 kB"),
        ("sent_bytes == 400 KB", 400_000, "400 kB"),
        ("duration >= 2 s", 2.0, "2 s"),  # the longest
        ("reordered_ratio == 0.05 %", 2 / 4000, "0.05 %"),
        ("clock_uncertainty <= 40 us", 4e-5, "40 µs"),
        ("round_trips_per_minute == 6e7", 6e7, "60,000,000"),  # of the median of all
        ("tcp_rtt == 2 ms", 2e-3, "2 ms"),
        ("tcp_min_rtt == 0.5 ms", 5e-4, "500 µs"),
        ("cwnd == 30", 30, "30"),
        ("delivery_rate == 390 Mbit/s", 390e6, "390 Mbit/s"),
        ("sender_cpu == 1.5 s", 1.5, "1.5 s"),
        ("receiver_cpu == 400 ms", 0.4, "400 ms"),
        ("sender_busy == 90 %", 0.9, "90 %"),
        ("receiver_busy == 40 %", 0.4, "40 %"),
        ("sum(throughput) == 400 Mbit/s", 400e6, "400 Mbit/s"),
        ("min(throughput) == 100 Mbit/s", 100e6, "100 Mbit/s"),
        ("max(throughput) == 300 Mbit/s", 300e6, "300 Mbit/s"),
        ("mean(throughput) == 200 Mbit/s", 200e6, "200 Mbit/s"),
        ("mean(lost) == 5", 5, "5"),
        ("mean(late) == 1.5", 1.5, "1.5"),
        ("max(loss) == 1 %", 0.01, "1 %"),
        ("mean(loss) == 0.5 %", 0.005, "0.5 %"),
        ("mean(jitter) == 3 us", 3e-6, "3 µs"),
        ("min(rtt.max) == 1 us", 1e-6, "1 µs"),
        ("max(rtt.max) == 100 us", 1e-4, "100 µs"),
        ("each(throughput) >= 100 Mbit/s", 100e6, "100 Mbit/s"),  # the one nearest to what is asked
        ("each(throughput) <= 300 Mbit/s", 300e6, "300 Mbit/s"),
        ("each(bound) == io", "io", "io"),
        ("fairness == 0.8", 0.8, "0.8"),  # (1 + 3)^2 / (2 * (1 + 9))
        ("bound == io", "io", "io"),
        ("limited_by == network", "network", "network"),
    ],
)
def test_every_metric_over_two_flows_worked_by_hand(text, value, measured):
    result = judged(text, *TWO_FLOWS)
    assert result.verdict is Verdict.PASSED
    assert result.measured_value == pytest.approx(value)
    assert result.measured == measured
    assert result.text == text


def test_a_missed_expectation_fails_with_what_was_measured():
    result = judged("throughput >= 1 Gbit/s", *TWO_FLOWS)
    assert (result.verdict, result.measured) == (Verdict.FAILED, "400 Mbit/s")


@pytest.mark.parametrize(
    ("operator", "below", "same", "above"),
    [(">=", 0, 1, 1), ("<=", 1, 1, 0), (">", 0, 0, 1), ("<", 1, 0, 0), ("==", 0, 1, 0)],
)
def test_every_operator_on_either_side_of_the_wanted_value(operator, below, same, above):
    for seconds, holds in ((1.9, below), (2.0, same), (1.3 + 0.7 + 1e-12, same), (2.1, above)):
        verdict = judged(f"start_skew {operator} 2 s", start_skew_seconds=seconds).verdict
        assert verdict is (Verdict.PASSED if holds else Verdict.FAILED)


def test_a_named_flow_is_judged_alone():
    call, bulk = flow("call", received=traffic(1e6)), flow("bulk", received=traffic(9e6))
    assert judged("call.throughput <= 1 Mbit/s", call, bulk).verdict is Verdict.PASSED
    assert judged("throughput <= 1 Mbit/s", call, bulk).verdict is Verdict.FAILED


def test_a_word_must_be_that_of_every_flow():
    result = judged("bound == io", flow(bound="io"), flow(bound="cpu"), flow())
    assert (result.verdict, result.measured) == (Verdict.FAILED, "cpu, io, unclear")


def test_the_start_skew_is_the_steps():
    assert judged("start_skew <= 50 ms", start_skew_seconds=0.01).measured == "10 ms"
    assert judged("start_skew <= 5 ms", start_skew_seconds=0.01).verdict is Verdict.FAILED
    assert judged("start_skew <= 5 ms").measured == "no data: no start skew was measured"


def test_late_workers_and_the_uncertainty_of_the_start_are_the_steps():
    started = {"start_skew_seconds": 0.1, "start_skew_uncertainty_seconds": 0.02, "late_workers": ("a: x, 61 ms",)}
    assert judged("late_workers == 0", **started).measured == "1"
    assert judged("start_skew_uncertainty <= 20 ms", **started).verdict is Verdict.PASSED


CONDITIONS = {
    Dimension.PACKETS_PER_SECOND: ">= 0 pps",
    Dimension.SIZE: ">= 0 B",
    Dimension.TIME: ">= 0 ms",
    Dimension.BITS_PER_SECOND: ">= 0 bit/s",
    Dimension.RATIO: ">= 0 %",
    Dimension.COUNT: ">= 0",
    Dimension.PER_SECOND: ">= 0/s",
}


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_every_metric_without_data_fails_and_says_so(metric):
    text = f"{metric} {CONDITIONS[METRICS[metric].dimension] if metric not in WORDS else f'== {WORDS[metric][0]}'}"
    for flows in (
        (),
        (flow(duration_seconds=None),),
        (flow(duration_seconds=None, problems=("source client gave no result",)),),
    ):
        result = judged(text, *flows)
        assert result.verdict is Verdict.FAILED
        assert result.measured.startswith("no data: ")
        assert result.measured_value is None


def test_missing_data_name_their_reason():
    assert judged("rtt <= 1 s", flow()).measured == "no data: tcp-stream did not measure rtt"
    silent = flow(problems=("source client gave no result",))
    assert judged("rtt <= 1 s", silent).measured == "no data: source client gave no result"
    assert judged("call.rtt <= 1 s", flow("bulk")).measured == "no data: no flow 'call'"


@pytest.mark.parametrize(
    ("which", "seconds"), [("min", 1), ("p50", 2), ("p90", 3), ("p99", 4), ("p999", 5), ("max", 6), ("mean", 7)]
)
def test_a_flow_read_from_a_document_is_judged_by_its_own_figures(which, seconds):
    kept = flow(round_trip=spread(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0))
    assert judged(f"rtt.{which} <= 7 s", kept).measured_value == seconds
    several = judged(f"rtt.{which} <= 7 s", kept, kept)
    assert several.measured == f"no data: rtt.{which} over 2 flows needs histograms, and a result file has none"
    assert judged(f"max(rtt.{which}) <= 7 s", kept, kept).measured_value == seconds


def test_a_document_has_no_other_percentiles_than_its_own():
    kept = flow(round_trip=spread(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0))
    assert judged("rtt.p95 <= 7 s", kept).measured == "no data: rtt.p95 needs histograms, and a result file has none"


def test_loss_of_requests_is_over_all_requests():
    asked = (
        flow(lost_packets=1, loss_ratio=0.01, transactions=99, sent=traffic(packets=120)),
        flow(lost_packets=0, loss_ratio=0.0, transactions=300, sent=traffic(packets=300)),
    )
    assert judged("loss <= 0.25 %", *asked).measured_value == pytest.approx(1 / 400)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("throughput >= 1 Gbit/s", "slow > server with 100 Mbit/s, the lowest of 2"),
        ("throughput <= 1 Mbit/s", "fast > server with 300 Mbit/s, the highest of 2"),
        ("each(throughput) >= 200 Mbit/s", "slow > server, the lowest of 2"),
        ("each(throughput) >= 400 Mbit/s", "slow > server, the lowest of 2; 2 fail"),
        ("min(throughput) >= 200 Mbit/s", "slow > server, the lowest of 2"),
        ("max(rtt.max) <= 1 us", "fast > server, the highest of 2"),
        ("mean(loss) == 0", "slow > server with 1 %, the furthest of 2"),
        ("lost == 0", "slow > server with 10, the furthest of 2"),
        ("fairness >= 0.9", "slow > server with 100 Mbit/s, the lowest of 2"),
        ("bound == cpu", "slow > server is io, 2 of 2 differ"),
        ("delay.max <= 1 ns", "fast > server"),
        ("start_skew <= 1 ms", None),
    ],
)
def test_what_fails_names_the_flow_to_look_at(text, where):
    result = judged(text, *TWO_FLOWS, start_skew_seconds=1.0)
    assert (result.verdict, result.where) == (Verdict.FAILED, where)


def test_flows_between_the_same_ends_are_told_apart():
    one, other = flow("call", name="a", received=traffic(1e6)), flow("bulk", name="b", received=traffic(2e6))
    assert judged("each(throughput) >= 2 Mbit/s", one, other).where.startswith("call client > server, the lowest")
    one, other = flow(name="x (2)", received=traffic(1e6)), flow(name="x", received=traffic(2e6))
    assert judged("each(throughput) >= 2 Mbit/s", one, other).where.startswith("x (2), the lowest")


def test_a_finding_says_where_only_of_what_failed():
    assert judged("throughput >= 1 bit/s", *TWO_FLOWS).finding == "measured 400 Mbit/s"
    assert judged("lost == 0", *TWO_FLOWS).finding == "measured 10 (slow > server with 10, the furthest of 2)"


def test_each_passes_over_flows_whose_kind_has_no_such_metric():
    bulk, probe = flow(kind="tcp-stream"), flow(kind="tcp-rr", histograms=(histogram("round_trip", 1000),))
    assert judged("each(rtt) <= 1 ms", bulk, probe).verdict is Verdict.PASSED
    assert judged("each(rtt) <= 1 ms", bulk).measured == "no data: tcp-stream did not measure rtt"


def test_each_fails_where_one_flow_has_no_data():
    silent = flow(kind="tcp-rr", source="b", problems=("source b gave no result",))
    probe = flow(kind="tcp-rr", histograms=(histogram("round_trip", 1000),))
    result = judged("each(rtt) <= 1 ms", probe, silent)
    assert (result.verdict, result.measured) == (Verdict.FAILED, "no data: source b gave no result")
    assert result.where == "b > server"


BEFORE = step_of(
    flow(name="a", received=traffic(100e6), bound="io"), flow(name="b", received=traffic(10e6), bound="io")
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("throughput >= 95 % of baseline", True),  # 110 Mbit/s before
        ("throughput >= baseline", False),
        ("throughput >= baseline - 5 Mbit/s", True),
        ("throughput >= baseline - 1 Mbit/s", False),
        ("min(throughput) >= 50 % of baseline", True),
        ("each(throughput) >= 95 % of baseline", False),
        ("each(throughput) >= 50 % of baseline", True),
        ("bound == baseline", True),
    ],
)
def test_a_baseline_is_the_same_measure_of_the_earlier_run(text, holds):
    now = (flow(name="a", received=traffic(102e6), bound="io"), flow(name="b", received=traffic(6e6), bound="io"))
    assert judged(text, *now, baseline=BEFORE).verdict is (Verdict.PASSED if holds else Verdict.FAILED)


def test_what_a_baseline_makes_of_the_asked_value_is_told():
    result = judged("throughput >= 90 % of baseline", flow(received=traffic(50e6)), baseline=BEFORE)
    assert (result.asked_value, result.baseline_value) == (pytest.approx(99e6), 110e6)
    assert result.finding == (
        "measured 50 Mbit/s (client > server), asked for at least 99 Mbit/s beside the baseline's 110 Mbit/s"
    )
    assert judged("throughput >= baseline", flow(received=traffic(1.0)), baseline=BEFORE).asked == (
        "at least the baseline's 110 Mbit/s"
    )


def test_each_names_the_flow_that_fell_furthest_below_its_own_baseline():
    now = (flow(name="a", received=traffic(90e6)), flow(name="b", source="weak", received=traffic(5e6)))
    result = judged("each(throughput) >= 95 % of baseline", *now, baseline=BEFORE)
    assert (result.measured, result.where) == ("5 Mbit/s", "weak > server, the lowest of 2; 2 fail")
    assert result.asked == "at least 9.5 Mbit/s beside the baseline's 10 Mbit/s"


def test_what_the_baseline_does_not_have_fails_and_says_so():
    result = judged("loss <= baseline", flow(lost_packets=0, loss_ratio=0.0, sent=traffic(packets=9)), baseline=BEFORE)
    assert result.verdict is Verdict.FAILED
    assert result.asked == "what the baseline does not have: tcp-stream did not measure loss"
    assert judged("throughput >= baseline", flow(received=traffic(1.0))).verdict is Verdict.FAILED
