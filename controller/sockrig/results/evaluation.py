"""Whether an expectation holds, of this step alone or beside a baseline's, and which flow is to name. Pure.

What each metric is stands in :mod:`sockrig.results.measuring`. A metric without data fails its expectation and says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isclose
from operator import itemgetter
from statistics import fmean
from types import MappingProxyType

from sockrig.results import quantities
from sockrig.results.measuring import OF_STEP, Value, has_spread, of_flow, of_step, over_flows
from sockrig.results.model.flow import FlowResult
from sockrig.results.model.step import ExpectationResult, StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.search import capacity_for
from sockrig.scenario.expectations import Expectation, OfBaseline, Operator
from sockrig.scenario.kinds import metrics_of
from sockrig.scenario.metrics import CAPACITY, METRICS, Aggregate, Whole
from sockrig.scenario.units import Dimension

_HELD_BY_EQUALS = frozenset({Operator.AT_LEAST, Operator.AT_MOST, Operator.EQUAL})
_UPWARDS = frozenset({Operator.AT_LEAST, Operator.MORE})
_ROUNDING = 1e-9
"""Relative difference up to which two values are equal: what sums of floats lose, and far below any measurement."""

_SHOW: Mapping[Dimension, Callable[[float], str]] = MappingProxyType(
    {
        Dimension.TIME: quantities.time,
        Dimension.BITS_PER_SECOND: quantities.bit_rate,
        Dimension.PACKETS_PER_SECOND: quantities.packet_rate,
        Dimension.SIZE: quantities.size,
        Dimension.RATIO: quantities.share,
        Dimension.COUNT: lambda number: (
            quantities.count(number) if number == int(number) else quantities.significant(number)
        ),
        Dimension.PER_SECOND: quantities.event_rate,
    }
)
_IN_WORDS: Mapping[Operator, str] = MappingProxyType(
    {
        Operator.AT_LEAST: "at least",
        Operator.AT_MOST: "at most",
        Operator.MORE: "more than",
        Operator.LESS: "less than",
        Operator.EQUAL: "exactly",
    }
)
_AGGREGATE: Mapping[Aggregate, Callable[[Sequence[float]], float]] = MappingProxyType(
    {Aggregate.SUM: sum, Aggregate.MIN: min, Aggregate.MAX: max, Aggregate.MEAN: fmean}
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A value, or why there is none."""

    value: Value | None
    missing: str = ""


def evaluate(expectation: Expectation, step: StepResult, *, baseline: StepResult | None = None) -> ExpectationResult:
    """Judge one expectation on a step.

    Args:
        expectation: what must hold.
        step: what was measured; its flows are judged that bear the name which the expectation gives, or all.
        baseline: the same step of an earlier run, for an expectation that is beside a baseline.
    """
    if expectation.aggregate is Aggregate.EACH:
        return _judge_each(expectation, step, baseline)
    found = measure(expectation, step)
    if found.value is None:
        return _without_data(expectation, found.missing)
    wanted = _wanted(expectation, _of_baseline(expectation, baseline))
    return _result(expectation, found.value, wanted, _where(expectation, _meant(expectation, step), wanted))


def measure(expectation: Expectation, step: StepResult) -> Measured:
    """What the expectation is about, over all flows that it means; of ``each`` over the flows together."""
    name = expectation.metric
    if name in OF_STEP:
        return Measured(of_step(name, step), "no start skew was measured")
    if name == CAPACITY:
        return _capacity(expectation, step)
    flows = _meant(expectation, step)
    if not flows:
        return Measured(None, f"no flow {expectation.flow!r}" if expectation.flow else "no flows")
    missing = _why_missing(expectation, flows)
    if expectation.aggregate is None or expectation.aggregate is Aggregate.EACH:
        return Measured(over_flows(name, expectation.percentile, flows), missing)
    own = [of_flow(name, expectation.percentile, flow) for flow in flows]
    told = [value for value in own if isinstance(value, (int, float))]
    return Measured(_AGGREGATE[expectation.aggregate](told) if told else None, missing)


def _capacity(expectation: Expectation, step: StepResult) -> Measured:
    if step.search is None:
        return Measured(None, "no search")
    return Measured(capacity_for(expectation, step.search), step.search.goals[0].irregular or "no bound was found")


def measure_flow(expectation: Expectation, step: StepResult, flow_name: str) -> Measured:
    """The same of one flow alone, by its name in the run."""
    flow = next((flow for flow in step.flows if flow.name == flow_name), None)
    if flow is None:
        return Measured(None, f"no flow {flow_name!r}")
    return _of_one(expectation, flow)


def _of_one(expectation: Expectation, flow: FlowResult) -> Measured:
    return Measured(of_flow(expectation.metric, expectation.percentile, flow), _why_missing(expectation, [flow]))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked; no value where the baseline has none."""

    value: Value | None
    baseline: Value | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class _FlowJudged:
    flow: FlowResult
    found: Measured
    wanted: _Wanted
    holds: bool
    distance: float
    """How far beyond what is asked, in parts of it; the worst flow has the largest."""


def _judge_each(expectation: Expectation, step: StepResult, baseline: StepResult | None) -> ExpectationResult:
    flows = [flow for flow in _meant(expectation, step) if _tells(expectation, flow)]
    if not flows:
        return _without_data(expectation, measure(expectation, step).missing)
    judged = [_judge_flow(expectation, flow, baseline) for flow in flows]
    worst = max(judged, key=lambda one: (not one.holds, one.distance))
    where = _label(worst.flow, flows)
    if len(flows) > 1:
        failing = sum(not one.holds for one in judged)
        where += f", {_extreme(expectation)} of {len(flows)}" + (f"; {failing} fail" if failing > 1 else "")
    if worst.found.value is None:
        return _without_data(expectation, worst.found.missing, where=_label(worst.flow, flows))
    return _result(expectation, worst.found.value, worst.wanted, where)


def _judge_flow(expectation: Expectation, flow: FlowResult, baseline: StepResult | None) -> _FlowJudged:
    found = _of_one(expectation, flow)
    of_baseline = None
    if isinstance(expectation.value, OfBaseline):
        of_baseline = (
            Measured(None, "there is none") if baseline is None else measure_flow(expectation, baseline, flow.name)
        )
    wanted = _wanted(expectation, of_baseline)
    holds = found.value is not None and wanted.value is not None and _holds(expectation, found.value, wanted.value)
    return _FlowJudged(flow, found, wanted, holds, _distance(expectation.operator, found.value, wanted.value))


def _meant(expectation: Expectation, step: StepResult) -> list[FlowResult]:
    return [flow for flow in step.flows if expectation.flow is None or flow.group == expectation.flow]


def _tells(expectation: Expectation, flow: FlowResult) -> bool:
    """Whether a flow is to have the metric: among others, some kinds have none."""
    if expectation.metric in metrics_of(flow.kind):
        return True
    return of_flow(expectation.metric, expectation.percentile, flow) is not None


def _of_baseline(expectation: Expectation, baseline: StepResult | None) -> Measured | None:
    if not isinstance(expectation.value, OfBaseline):
        return None
    return Measured(None, "there is none") if baseline is None else measure(expectation, baseline)


def _wanted(expectation: Expectation, baseline: Measured | None) -> _Wanted:
    asked = expectation.value
    if not isinstance(asked, OfBaseline):
        return _Wanted(asked)
    if baseline is None or baseline.value is None:
        return _Wanted(None, missing=baseline.missing if baseline else "")
    if isinstance(baseline.value, str):
        return _Wanted(baseline.value, baseline.value)
    return _Wanted(baseline.value * asked.share + asked.margin, baseline.value)


def _result(expectation: Expectation, value: Value, wanted: _Wanted, where: str | None) -> ExpectationResult:
    holds = wanted.value is not None and _holds(expectation, value, wanted.value)
    return ExpectationResult(
        text=expectation.text,
        verdict=Verdict.PASSED if holds else Verdict.FAILED,
        measured=_shown(expectation, value),
        measured_value=_plain(value),
        where=where,
        asked=_asked(expectation, wanted),
        asked_value=_plain(wanted.value),
        baseline_value=_plain(wanted.baseline),
    )


def _plain(value: Value | None) -> Value | None:
    """A count is a number like the others in the document."""
    return float(value) if isinstance(value, (int, float)) else value


def _without_data(expectation: Expectation, missing: str, where: str | None = None) -> ExpectationResult:
    return ExpectationResult(text=expectation.text, verdict=Verdict.FAILED, measured=f"no data: {missing}", where=where)


def _asked(expectation: Expectation, wanted: _Wanted) -> str | None:
    if not isinstance(expectation.value, OfBaseline):
        return None
    if wanted.value is None or wanted.baseline is None:
        return f"what the baseline does not have: {wanted.missing}"
    of_baseline = f"the baseline's {_shown(expectation, wanted.baseline)}"
    if wanted.value == wanted.baseline:
        return f"{_IN_WORDS[expectation.operator]} {of_baseline}"
    return f"{_IN_WORDS[expectation.operator]} {_shown(expectation, wanted.value)} beside {of_baseline}"


def _holds(expectation: Expectation, value: Value, wanted: Value) -> bool:
    if isinstance(value, str) or isinstance(wanted, str):
        return value == wanted
    if isclose(value, wanted, rel_tol=_ROUNDING):
        return expectation.operator in _HELD_BY_EQUALS
    if expectation.operator in _UPWARDS:
        return value > wanted
    return expectation.operator in {Operator.AT_MOST, Operator.LESS} and value < wanted


def _distance(operator: Operator, value: Value | None, wanted: Value | None) -> float:
    if value is None or wanted is None:
        return inf
    if isinstance(value, str) or isinstance(wanted, str):
        return 0.0 if value == wanted else 1.0
    beyond = value - wanted
    scale = abs(wanted) or 1.0
    if operator is Operator.EQUAL:
        return abs(beyond) / scale
    return (-beyond if operator in _UPWARDS else beyond) / scale


def _where(expectation: Expectation, flows: Sequence[FlowResult], wanted: _Wanted) -> str | None:
    """The flow at which the value is found or, of a figure of several flows, the one furthest from what is asked."""
    if METRICS[expectation.metric].whole is Whole.SAME:
        return _where_words_differ(expectation, flows, wanted)
    name = "throughput" if expectation.metric == "fairness" else expectation.metric  # unfair is to whom little is left
    own = [
        (value, flow)
        for flow in flows
        if isinstance(value := of_flow(name, expectation.percentile, flow), (int, float))
    ]
    if not own:
        return None
    if expectation.aggregate is Aggregate.MIN:
        value, flow = min(own, key=itemgetter(0))
    elif expectation.aggregate is Aggregate.MAX:
        value, flow = max(own, key=itemgetter(0))
    else:
        asked = wanted.value if isinstance(wanted.value, (int, float)) else 0.0
        value, flow = max(own, key=lambda one: _distance(expectation.operator, one[0], asked))
    label = _label(flow, flows)
    if len(own) == 1:
        return label
    if expectation.aggregate not in {Aggregate.MIN, Aggregate.MAX}:
        shown = quantities.bit_rate(value) if expectation.metric == "fairness" else _shown(expectation, value)
        label += f" with {shown}"
    return f"{label}, {_extreme(expectation)} of {len(own)}"


def _where_words_differ(expectation: Expectation, flows: Sequence[FlowResult], wanted: _Wanted) -> str | None:
    other = [flow for flow in flows if of_flow(expectation.metric, None, flow) != wanted.value]
    if not other:
        return None
    word = of_flow(expectation.metric, None, other[0]) or "unclear"
    return _label(other[0], flows) + (f" is {word}, {len(other)} of {len(flows)} differ" if len(flows) > 1 else "")


def _extreme(expectation: Expectation) -> str:
    """What the flow to name is among the others."""
    if expectation.aggregate is Aggregate.MIN:
        return "the lowest"
    if expectation.aggregate is Aggregate.MAX:
        return "the highest"
    if METRICS[expectation.metric].dimension is Dimension.WORD:
        return "one"
    if expectation.operator is Operator.EQUAL:
        return "the furthest"
    return "the lowest" if expectation.operator in _UPWARDS else "the highest"


def _label(flow: FlowResult, among: Sequence[FlowResult]) -> str:
    """Its two ends; with the name that the scenario gave it, or its whole name, where that is needed to tell it."""
    ends = f"{flow.source} > {flow.destination}"
    alike = [other for other in among if (other.source, other.destination) == (flow.source, flow.destination)]
    if len(alike) == 1:
        return ends
    return f"{flow.group} {ends}" if sum(other.group == flow.group for other in alike) == 1 else flow.name


def _shown(expectation: Expectation, value: Value) -> str:
    if isinstance(value, str):
        return value
    if expectation.metric == "fairness":
        return quantities.significant(value)
    return shown_in(expectation.dimension, value)


def shown_in(dimension: Dimension, value: float) -> str:
    """A value in the base unit of its dimension, for people."""
    return _SHOW[dimension](value)


def _why_missing(expectation: Expectation, flows: Sequence[FlowResult]) -> str:
    problems = [problem for flow in flows for problem in flow.problems]
    if problems:
        return problems[0]
    if METRICS[expectation.metric].many_values and any(has_spread(expectation.metric, flow) for flow in flows):
        over = "" if len(flows) == 1 else f" over {len(flows)} flows"
        return f"{expectation.measure}{over} needs histograms, and a result file has none"
    return f"{', '.join(sorted({flow.kind for flow in flows}))} did not measure {expectation.metric}"
