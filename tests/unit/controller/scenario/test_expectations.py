"""Expectations are read with their flow, metric, percentile, operator and value."""

import pytest

from sockrig.scenario.expectations import Expectation, Operator, parse_expectation
from sockrig.scenario.kinds import CAPACITY, KINDS, METRICS, SPREAD_METRICS, WORDS
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
        ("rtt.p95 <= 5 ms", "rtt has no p95: expected one of min, p50"),
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
    assert set(WORDS) == {metric for metric, dimension in METRICS.items() if dimension is Dimension.WORD}
    assert set(METRICS) >= SPREAD_METRICS
