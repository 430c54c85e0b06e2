"""Whether an expectation holds."""

import pytest

from sockrig.results.evaluation import evaluate
from sockrig.results.model import DelaySpread, FlowResult, Traffic, Verdict
from sockrig.scenario.expectations import parse_expectation
from sockrig.scenario.kinds import METRICS, WORDS
from sockrig.scenario.units import Dimension
from sockrig_wire.histogram import bin_of
from sockrig_wire.model.flows import Histogram


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
    return Traffic(bytes=0, packets=packets, bits_per_second=bits_per_second, packets_per_second=0.0)


def histogram(name, *values):
    ordered = sorted(values)
    return Histogram(
        name, tuple(bin_of(v) for v in ordered), (1,) * len(values), ordered[0], ordered[-1], float(sum(values))
    )


def judged(text, *flows, start_skew_seconds=None):
    return evaluate(parse_expectation(text), flows, start_skew_seconds=start_skew_seconds)


TWO_FLOWS = (
    flow(
        received=traffic(100e6),
        sent=traffic(110e6, packets=1000),
        lost_packets=10,
        loss_ratio=0.01,
        duplicate_packets=1,
        reordered_packets=2,
        late_packets=3,
        corrupt_blocks=4,
        kernel_drops=5,
        failed_connections=6,
        retransmits=7,
        jitter_seconds=1e-6,
        transactions_per_second=300.0,
        connections_per_second=40.0,
        bound="io",
        limited_by="network",
        histograms=(histogram("round_trip", 1000, 1000), histogram("connect_time", 30_000)),
    ),
    flow(
        received=traffic(300e6),
        sent=traffic(310e6, packets=3000),
        lost_packets=0,
        loss_ratio=0.0,
        duplicate_packets=0,
        reordered_packets=0,
        late_packets=0,
        corrupt_blocks=0,
        kernel_drops=0,
        failed_connections=0,
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
        ("retransmits == 7", 7, "7"),
        ("transactions >= 500/s", 500.0, "500/s"),
        ("connections >= 100/s", 100.0, "100/s"),
        ("jitter <= 5 us", 5e-6, "5 µs"),  # the worst
        ("rtt <= 1 us", 1e-6, "1 µs"),  # the median of 1, 1, 2, 100
        ("rtt.max <= 100 us", 100e-6, "100 µs"),
        ("rtt.mean <= 26 us", 26e-6, "26 µs"),
        ("delay.min < 0 ms", -400e-9, "-400 ns"),
        ("connect_time.max <= 40 us", 40e-6, "40 µs"),
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


CONDITIONS = {
    Dimension.TIME: ">= 0 ms",
    Dimension.BITS_PER_SECOND: ">= 0 bit/s",
    Dimension.RATIO: ">= 0 %",
    Dimension.COUNT: ">= 0",
    Dimension.PER_SECOND: ">= 0/s",
}


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_every_metric_without_data_fails_and_says_so(metric):
    text = f"{metric} {CONDITIONS[METRICS[metric]] if metric not in WORDS else f'== {WORDS[metric][0]}'}"
    for flows in ((), (flow(),), (flow(problems=("source client gave no result",)),)):
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
    spread = DelaySpread(
        count=9,
        min_seconds=1.0,
        p50_seconds=2.0,
        p90_seconds=3.0,
        p99_seconds=4.0,
        p999_seconds=5.0,
        max_seconds=6.0,
        mean_seconds=7.0,
        uncertainty_seconds=None,
        valid=True,
    )
    assert judged(f"rtt.{which} <= 7 s", flow(round_trip=spread)).measured_value == seconds
    assert judged(f"rtt.{which} <= 7 s", flow(round_trip=spread), flow(round_trip=spread)).measured_value is None


def test_loss_of_requests_is_over_all_requests():
    asked = (
        flow(lost_packets=1, loss_ratio=0.01, transactions=99, sent=traffic(packets=120)),
        flow(lost_packets=0, loss_ratio=0.0, transactions=300, sent=traffic(packets=300)),
    )
    assert judged("loss <= 0.25 %", *asked).measured_value == pytest.approx(1 / 400)
