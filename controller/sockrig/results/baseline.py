"""An earlier run that expectations are compared with: what of it is sent to a controller, and whether it will do. Pure.

Of the result document only the figures of whole flows travel, with their histograms where there are any, so that
percentiles over several flows stay exact.
"""

import zlib
from collections.abc import Iterator
from dataclasses import replace

from sockrig.results.document import from_json, to_json_with_histograms
from sockrig.results.evaluation import measure, measure_flow
from sockrig.results.model.flow import FlowResult
from sockrig.results.model.run import RunResult
from sockrig.results.model.step import StepResult
from sockrig.results.step_names import unnumbered
from sockrig.scenario.errors import Problem, ScenarioError
from sockrig.scenario.expectations import Expectation, OfBaseline
from sockrig.scenario.kinds import metrics_of
from sockrig.scenario.metrics import Aggregate
from sockrig.scenario.planned import FlowStep, Plan, SearchStep, single_steps
from sockrig_wire.errors import UsageError

HOW_TO_GIVE = "give one with --baseline RUN (a result file or a run of the past), or as baseline: RUN in the scenario"
_LARGEST_BYTES = 64 * 1024 * 1024
"""Of a baseline when it is unpacked; ten thousand flows take about a quarter of it."""
_GZIP = 16 + zlib.MAX_WBITS
"""zlib's argument for the format of RFC 1952."""


def write_baseline(run: RunResult) -> bytes:
    """What a controller is sent of a run: JSON, gzipped (RFC 1952), without the course of flows and single workers."""
    steps = tuple(
        replace(step, reach=(), sockets=(), flows=tuple(_without_details(flow) for flow in step.flows))
        for step in run.steps
    )
    packing = zlib.compressobj(wbits=_GZIP)
    return packing.compress(to_json_with_histograms(replace(run, steps=steps))) + packing.flush()


def read_baseline(packed: bytes) -> RunResult:
    """The run that :func:`write_baseline` wrote.

    Raises:
        UsageError: it is no such thing, or too large.
    """
    unpacking = zlib.decompressobj(wbits=_GZIP)
    try:
        text = unpacking.decompress(packed, _LARGEST_BYTES)
    except zlib.error:
        raise UsageError("the baseline is not a gzipped result document") from None
    if not unpacking.eof:
        raise UsageError(f"the baseline is cut off, or larger than {_LARGEST_BYTES // 1024**2} MiB")
    return from_json(text)


def step_of(run: RunResult, name: str) -> StepResult | None:
    """The step of that name; where one of the two was repeated and the other not, the first that is else the same."""
    named = steps_of(run, name)
    return named[0] if named else None


def steps_of(run: RunResult, name: str) -> tuple[StepResult, ...]:
    """All steps of that name; where there are none, those that have it but for the number of a repetition."""
    named = tuple(step for step in run.steps if step.name == name)
    plain = unnumbered(name)
    return named or tuple(step for step in run.steps if unnumbered(step.name) == plain and step.flows)[:1]


def check_baseline(plan: Plan, baseline: RunResult | None, *, file_name: str) -> None:
    """Refuse a plan that asks for what its baseline does not have, before anything is opened for it.

    Raises:
        ScenarioError: an expectation is beside a baseline and there is none, or it lacks the step, flow or figure.
    """
    problems = [
        Problem(f"{expectation.text}: {missing}", expectation.position)
        for name, step in single_steps(*plan.steps)
        if isinstance(step, FlowStep | SearchStep)
        for expectation in step.expectations
        if isinstance(expectation.value, OfBaseline)
        for missing in _missing(expectation, step, name, baseline)
    ]
    if problems:
        raise ScenarioError(file_name, *(problems if baseline else problems[:1]))


def _missing(
    expectation: Expectation, step: FlowStep | SearchStep, name: str, baseline: RunResult | None
) -> Iterator[str]:
    if baseline is None:
        yield f"there is no baseline: {HOW_TO_GIVE}"
        return
    named = steps_of(baseline, name)
    run = f"the baseline (run {baseline.run_id})"
    if len(named) != 1:
        there = ", ".join(repr(earlier.name) for earlier in baseline.steps) or "none"
        yield f"{run} has {len(named) or 'no'} steps named {name!r}, and one is needed; it has {there}"
        return
    if expectation.aggregate is not Aggregate.EACH:
        found = [measure(expectation, named[0])]
    else:
        flows = [
            flow
            for flow in step.flows
            if expectation.flow in {None, flow.group} and expectation.metric in metrics_of(flow.spec.kind)
        ]
        found = [measure_flow(expectation, named[0], flow.spec.name) for flow in flows]
    yield from dict.fromkeys(f"{run} has no such figure: {one.missing}" for one in found if one.value is None)


def _without_details(flow: FlowResult) -> FlowResult:
    return replace(flow, intervals=(), worker_results=(), definitions={})
