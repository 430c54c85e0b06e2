"""Expectations over any flows are judged as a plain reading of them says, value by value."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig.results.evaluation import evaluate
from sockrig.results.model.flow import FlowResult, Traffic
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.expectations import parse_expectation
from sockrig_wire.histogram import bin_of
from sockrig_wire.model.flows import Histogram

SMALL = st.integers(0, 2_000)
"""Nanoseconds that have bins of their own, so that percentiles are exact."""


@st.composite
def flows(draw):
    """Some flows of two names, of which some have no figures."""
    count = draw(st.integers(1, 5))
    return [_flow(draw, number) for number in range(count)]


def _flow(draw, number):
    lost = draw(st.none() | st.integers(0, 50))
    sent = draw(st.integers(50, 200))
    times = draw(st.lists(SMALL, max_size=8))
    bits = draw(st.none() | st.integers(0, 1000))
    return FlowResult(
        name=f"flow {number}",
        group=draw(st.sampled_from(["call", "bulk"])),
        kind="udp-stream",
        source=f"s{number}",
        destination="d",
        mode="parallel",
        workers=1,
        duration_seconds=1.0,
        sent=Traffic(bytes=0, packets=sent, bits_per_second=0.0, packets_per_second=0.0),
        received=None
        if bits is None
        else Traffic(bytes=0, packets=0, bits_per_second=float(bits), packets_per_second=0.0),
        lost_packets=lost,
        loss_ratio=None if lost is None else lost / sent,
        histograms=(_histogram(times),) if times else (),
    )


def _histogram(times):
    counts = Counter(bin_of(time) for time in times)
    bins = tuple(sorted(counts))
    return Histogram(
        "one_way_delay", bins, tuple(counts[one] for one in bins), min(times), max(times), float(sum(times))
    )


def _times(flow):
    return [
        bin for one in flow.histograms for bin, count in zip(one.bins, one.counts, strict=True) for _ in range(count)
    ]


def _percentile(values, percent):
    """The smallest value that so many percent do not exceed."""
    ordered = sorted(values)
    return next(value for rank, value in enumerate(ordered, 1) if Fraction(rank, len(ordered)) * 100 >= percent)


OF_ONE = {
    "throughput": lambda flow: None if flow.received is None else flow.received.bits_per_second,
    "lost": lambda flow: flow.lost_packets,
    "loss": lambda flow: flow.loss_ratio,
    "delay.p75": lambda flow: _percentile(_times(flow), 75) / 1e9 if _times(flow) else None,
}
UNITS = {"throughput": " bit/s", "lost": "", "loss": "", "delay.p75": " ns"}
HOLDS = {
    ">=": lambda value, wanted: value >= wanted,
    "<=": lambda value, wanted: value <= wanted,
    ">": lambda value, wanted: value > wanted,
    "<": lambda value, wanted: value < wanted,
    "==": lambda value, wanted: value == wanted,
}


def _whole(metric, meant):
    """What the metric is over all of them, from first principles."""
    if metric == "delay.p75":
        times = [time for flow in meant for time in _times(flow)]
        return _percentile(times, 75) / 1e9 if times else None
    if metric == "loss":
        counted = [flow for flow in meant if flow.lost_packets is not None]
        return (
            sum(flow.lost_packets for flow in counted) / sum(flow.sent.packets for flow in counted) if counted else None
        )
    told = [value for flow in meant if (value := OF_ONE[metric](flow)) is not None]
    return sum(told) if told else None


def _aggregated(aggregate, metric, meant):
    if aggregate is None:
        return _whole(metric, meant)
    told = [value for flow in meant if (value := OF_ONE[metric](flow)) is not None]
    return (
        {"sum": sum, "min": min, "max": max, "mean": lambda told: sum(told) / len(told)}[aggregate](told)
        if told
        else None
    )


def _expectations():
    allowed = {"throughput": "sum min max mean each", "lost": "sum min max mean each", "loss": "min max mean each"}
    allowed["delay.p75"] = "min max each"
    return st.sampled_from(sorted(OF_ONE)).flatmap(
        lambda metric: st.tuples(st.just(metric), st.sampled_from([None, *allowed[metric].split()]))
    )


def _step(flows):
    return StepResult(name="step", verdict=Verdict.PASSED, flows=tuple(flows))


@given(flows(), _expectations(), st.sampled_from([None, "call"]), st.sampled_from(sorted(HOLDS)), st.data())
def test_an_expectation_holds_where_a_plain_reading_says_so(flows, what, group, operator, data):
    metric, aggregate = what
    meant = [flow for flow in flows if group in {None, flow.group}]
    own = [OF_ONE[metric](flow) for flow in meant]
    whole = None if aggregate == "each" else _aggregated(aggregate, metric, meant)
    candidates = [value for value in (*own, whole) if value is not None]
    wanted = data.draw(st.sampled_from([*candidates, 0.0, 0.5, 25.0]))
    left = f"{group}.{metric}" if group else metric
    left = f"{aggregate}({left})" if aggregate else left
    text = f"{left} {operator} {wanted * 1e9 if 'delay' in metric else wanted!r}{UNITS[metric]}"
    result = evaluate(parse_expectation(text), _step(flows))
    asked = parse_expectation(text).value
    if aggregate == "each":
        holds = bool(meant) and all(value is not None and _compare(operator, value, asked) for value in own)
    else:
        holds = whole is not None and _compare(operator, whole, asked)
        assert result.measured_value == (None if whole is None else pytest.approx(whole))
    assert result.verdict is (Verdict.PASSED if holds else Verdict.FAILED)


def _compare(operator, value, wanted):
    if value == pytest.approx(wanted, rel=1e-9, abs=0):
        return "=" in operator
    return HOLDS[operator](value, wanted)


@given(flows(), st.sampled_from(["throughput", "lost", "loss", "delay.p75"]), st.sampled_from(["<=", ">="]))
def test_a_run_is_as_good_as_itself(flows, metric, operator):
    """Whatever was measured holds beside itself as the baseline, over the flows and for each of them."""
    step = _step(flows)
    for left in (metric, f"min({metric})", f"max({metric})"):
        result = evaluate(parse_expectation(f"{left} {operator} baseline"), step, baseline=step)
        assert result.verdict is (Verdict.FAILED if result.measured_value is None else Verdict.PASSED)
    own = [OF_ONE[metric](flow) for flow in flows]
    each = evaluate(parse_expectation(f"each({metric}) {operator} baseline"), step, baseline=step)
    assert each.verdict is (Verdict.FAILED if None in own else Verdict.PASSED)


@given(flows())
def test_who_is_named_has_the_figure_that_is_told(flows):
    result = evaluate(parse_expectation("min(throughput) >= 1 Gbit/s"), _step(flows))
    slowest = min((flow.received.bits_per_second for flow in flows if flow.received), default=None)
    if slowest is None:
        assert result.where is None
        return
    named = next(flow for flow in flows if result.where.startswith(f"{flow.source} > d"))
    assert named.received.bits_per_second == slowest == result.measured_value
