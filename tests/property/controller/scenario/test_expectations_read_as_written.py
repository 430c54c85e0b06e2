"""Whatever stands in an expectation is read as it was written, or refused with a ValueError and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockrig.scenario.expectations import OfBaseline, Operator, parse_expectation
from sockrig.scenario.metrics import METRICS, WORDS
from sockrig.scenario.units import Dimension, format_quantity

BLANKS = st.sampled_from(["", " ", "  ", "\n "])
FLOW_NAMES = st.from_regex(r"[a-z-][a-z /+:-]{0,8}[a-z]", fullmatch=True)
PERCENTILES = st.sampled_from(["min", "p1", "p50", "p95", "p99.9", "p999", "p99.99", "max", "mean"])
NUMBERS = st.floats(min_value=0, max_value=1e12, allow_subnormal=False)


@st.composite
def measures(draw):
    """A measure's text, and its parts."""
    metric = draw(st.sampled_from(sorted(METRICS)))
    flow = draw(st.none() | FLOW_NAMES)
    percentile = draw(PERCENTILES) if METRICS[metric].many_values else None
    aggregate = draw(st.sampled_from([None, *METRICS[metric].aggregates]))
    text = ".".join(filter(None, (flow, metric, percentile)))
    if aggregate is not None:
        text = f"{aggregate.value}{draw(BLANKS)}({draw(BLANKS)}{text}{draw(BLANKS)})"
    return text, flow, metric, percentile, aggregate


@st.composite
def values(draw, metric):
    """A value's text, and what it means."""
    dimension = METRICS[metric].dimension
    if draw(st.booleans()):
        return draw(baselines(dimension))
    if dimension is Dimension.WORD:
        word = draw(st.sampled_from(WORDS[metric]))
        return word, word
    number = draw(NUMBERS)
    return format_quantity(number, dimension), number


@st.composite
def baselines(draw, dimension):
    forms = ["whole"] if dimension is Dimension.WORD else ["whole", "share", "more", "less"]
    form = draw(st.sampled_from(forms))
    if form == "whole":
        return "baseline", OfBaseline()
    if form == "share":
        percent = draw(st.integers(1, 1000))
        return f"{percent} % of baseline", OfBaseline(share=float(f"{percent}e-2"))
    number = draw(NUMBERS)
    text = format_quantity(number, dimension)
    if form == "more":
        return f"baseline + {text}", OfBaseline(margin=number)
    return f"baseline - {text}", OfBaseline(margin=-number)


@given(st.data(), measures(), st.sampled_from(Operator), BLANKS)
def test_every_part_comes_back(data, measure, operator, blank):
    text, flow, metric, percentile, aggregate = measure
    if METRICS[metric].dimension is Dimension.WORD:
        operator = Operator.EQUAL
    value_text, value = data.draw(values(metric))
    read = parse_expectation(f"{blank}{text}{blank}{operator.value}{blank}{value_text}{blank}")
    assert (read.flow, read.metric, read.aggregate, read.operator) == (flow, metric, aggregate, operator)
    assert (read.value, read.dimension) == (value, METRICS[metric].dimension)
    assert read.percentile == percentile
    assert parse_expectation(read.text) == read


PIECES = [
    *("throughput", "rtt", "loss", "bound", "fairness", "call", "baseline", "of", "each", "min", "sum", "mean"),
    *(".", "(", ")", "p99", "p99.9", "p", " ", "<=", ">=", "==", "=", "<", "+", "-", "%", "5", "0.5", "1e999", "ms"),
    *("Mbit/s", "/s", "io", "sender cpu", "九", "\n", "\x00", "nan", "inf"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join) | st.text(max_size=40))
def test_nonsense_is_refused_with_a_value_error_and_nothing_else(text):
    try:
        read = parse_expectation(text)
    except ValueError:
        return
    assert parse_expectation(read.text) == read


@given(st.sampled_from(sorted(METRICS)), st.text(alphabet="psmx0123456789.", max_size=6))
def test_any_percentile_is_read_or_refused(metric, percentile):
    try:
        read = parse_expectation(f"{metric}.{percentile} <= 1 s")
    except ValueError:
        return
    assert METRICS[metric].many_values
    assert read.percentile == percentile


@pytest.mark.parametrize("length", [1_000, 100_000])
def test_a_long_text_is_answered_in_time(length):
    for piece in ("(", "a.", "baseline ", "5 % of ", "p99."):
        with pytest.raises(ValueError):
            parse_expectation(f"loss <= {piece * length}")
        with pytest.raises(ValueError):
            parse_expectation(f"{piece * length} <= 1 %")
