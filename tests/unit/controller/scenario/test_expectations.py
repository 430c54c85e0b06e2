"""Expectations are read with their flow, metric, percentile, operator and value."""

import pytest

from sockrig.scenario.expectations import Expectation, OfBaseline, Operator, parse_expectation
from sockrig.scenario.kinds import KINDS
from sockrig.scenario.metrics import CAPACITY, METRICS, WORDS, Aggregate, percent_of
from sockrig.scenario.units import Dimension


def test_a_metric_is_compared_with_a_value_in_base_units():
    assert parse_expectation(" throughput  >=  200 Mbit/s ") == Expectation(
        "throughput >= 200 Mbit/s", None, "throughput", None, Operator.AT_LEAST, 200e6, Dimension.BITS_PER_SECOND
    )


def test_a_flow_and_a_percentile_may_stand_around_the_metric():
    expectation = parse_expectation("slow call.rtt.p99<50ms")
    assert (expectation.flow, expectation.metric, expectation.percentile) == ("slow call", "rtt", "p99")
    assert (expectation.operator, expectation.value) == (Operator.LESS, 0.05)


def test_a_flow_may_be_named_like_a_metric():
    assert parse_expectation("loss.loss == 0").flow == "loss"


def test_a_spread_without_a_percentile_means_its_median():
    assert parse_expectation("rtt <= 5 ms").percentile == "p50"
    assert parse_expectation("throughput > 1 bit/s").percentile is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("loss <= 0.5 %", 0.005),
        ("loss <= 0.005", 0.005),
        ("fairness >= 0.5", 0.5),
        ("duplicates == 0", 0.0),
        ("transactions >= 500/s", 500.0),
        ("start_skew <= 50 ms", 0.05),
        ("delay.min >= -1 ms", -0.001),
        ("bound == io", "io"),
        ("limited_by == sender cpu", "sender cpu"),
        ("limited_by == sender_cpu", "sender cpu"),
    ],
)
def test_values_suit_their_metric(text, value):
    assert parse_expectation(text).value == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not an expectation: expected METRIC OPERATOR VALUE"),
        ("loss", "is not an expectation"),
        ("loss = 1", "is not an expectation"),
        ("loss <= 1 <= 2", "is not an expectation"),
        ("<= 5 ms", "unknown metric ''"),
        ("thruput >= 1 bit/s", "unknown metric thruput; did you mean 'throughput'? known are throughput,"),
        ("call.thruput >= 1 bit/s", "unknown metric"),
        ("rtt.p0 <= 5 ms", "rtt has no p0: expected min, mean, max or a percentile such as p50, p95, p99.9"),
        ("rtt.p123 <= 5 ms", "rtt has no p123"),
        ("call.los.p99 <= 5 ms", "unknown metric p99"),
        ("each throughput >= 1 bit/s", "unknown metric each throughput; write each(throughput)"),
        ("mn(loss) <= 1 %", "mn(loss) cannot be read; did you mean 'min'? expected METRIC, or one of sum(...), min"),
        ("min(loss <= 1 %", "min(loss cannot be read"),
        ("min(max(loss)) <= 1 %", "cannot be read"),
        ("sum(loss) <= 1 %", "loss has no sum: expected mean(...), min(...), max(...), each(...)"),
        ("mean(rtt.p99) <= 1 s", "percentiles are not averaged: expected rtt.p99 over all flows, or max(rtt.p99) of"),
        ("min(fairness) >= 0.5", "fairness is one figure of the flows together"),
        ("each(start_skew) <= 1 s", "start_skew is one figure of the flows together"),
        ("max(bound) == io", "bound has no max: expected each(...)"),
        (
            "throughput >= baseline - 5 %",
            "expected a bit rate such as 50 Mbit/s; for a part of the baseline write 95 %",
        ),
        ("throughput >= 0 % of baseline", "0 % of baseline: expected a positive part of it such as 95 %"),
        ("throughput >= 5 ms of baseline", "expected a positive part"),
        ("loss <= 5 % of the baseline", "expected baseline, 95 % of baseline, or baseline + and a value"),
        ("loss <= 5 % of baseline + 1 %", "is not read"),
        ("bound == 90 % of baseline", "bound is a word: compare it with baseline as it is"),
        ("bound >= baseline", "bound is a word: compare it with =="),
        ("loss.p99 <= 5 %", "loss has one value and no p99"),
        ("loss <= 5 ms", "loss cannot be compared with 5 ms: expected a ratio such as 0.5 %"),
        ("throughput >= 100", "throughput cannot be compared with 100: expected a bit rate such as 50 Mbit/s"),
        ("throughput >= 100 pps", "expected a bit rate"),
        ("transactions >= 5", "expected a number per second such as 200/s"),
        ("lost <= 1 %", "expected a plain number"),
        ("bound >= io", "bound is a word: compare it with =="),
        ("bound == disk", "bound is never disk: expected one of io, cpu"),
    ],
)
def test_what_cannot_hold_is_refused_with_what_was_expected(text, message):
    with pytest.raises(ValueError) as caught:
        parse_expectation(text)
    assert message in str(caught.value)


def test_every_metric_belongs_to_a_kind_and_every_word_is_known():
    assert {metric for kind in KINDS.values() for metric in kind.metrics} | {CAPACITY} == set(METRICS)
    assert set(WORDS) == {name for name, metric in METRICS.items() if metric.dimension is Dimension.WORD}


@pytest.mark.parametrize(
    ("text", "aggregate", "flow", "metric", "percentile"),
    [
        ("min(throughput) >= 1 bit/s", Aggregate.MIN, None, "throughput", None),
        ("each ( call.loss ) <= 1 %", Aggregate.EACH, "call", "loss", None),
        ("max(slow call.rtt.p99.9) <= 1 s", Aggregate.MAX, "slow call", "rtt", "p99.9"),
        ("mean(jitter) <= 1 ms", Aggregate.MEAN, None, "jitter", None),
        ("sum(cwnd) >= 10", Aggregate.SUM, None, "cwnd", None),
        ("each(bound) == io", Aggregate.EACH, None, "bound", None),
    ],
)
def test_figures_of_single_flows_stand_in_brackets(text, aggregate, flow, metric, percentile):
    read = parse_expectation(text)
    assert (read.aggregate, read.flow, read.metric, read.percentile) == (aggregate, flow, metric, percentile)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("throughput >= baseline", OfBaseline()),
        ("throughput >= 95 % of baseline", OfBaseline(share=0.95)),
        ("rtt.p99 <= 1.1 of baseline", OfBaseline(share=1.1)),
        ("loss <= baseline + 0.5 %", OfBaseline(margin=0.005)),
        ("throughput >= baseline-5 Mbit/s", OfBaseline(margin=-5e6)),
        ("limited_by == baseline", OfBaseline()),
    ],
)
def test_what_is_wanted_may_be_what_an_earlier_run_measured(text, value):
    assert parse_expectation(text).value == value


@pytest.mark.parametrize(
    ("name", "percent"),
    [
        ("min", 0.0),
        ("p50", 50.0),
        ("p9", 9.0),
        ("p95", 95.0),
        ("p99.95", 99.95),
        ("p999", 99.9),
        ("p9999", 99.99),
        ("max", 100.0),
        ("mean", None),
    ],
)
def test_any_percentile_has_a_name(name, percent):
    assert percent_of(name) == percent


@pytest.mark.parametrize("name", ["p0", "p00", "p100", "p998", "99", "p", "p50.", "p9_9", "median", "P99", "p९९"])
def test_what_is_no_percentile_is_refused(name):
    with pytest.raises(ValueError, match="expected min, mean, max or a percentile"):
        percent_of(name)
