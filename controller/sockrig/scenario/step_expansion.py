"""The steps of a scenario as those of a plan: groups, repetitions, and what a step takes from where it stands."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sockrig.scenario.casting import Cast
from sockrig.scenario.document import MOST_STEPS, Path
from sockrig.scenario.errors import Problem, ScenarioError
from sockrig.scenario.expectations import Expectation
from sockrig.scenario.flow_expansion import MOST_FLOWS_OF_RUN
from sockrig.scenario.kinds import metrics_of
from sockrig.scenario.planned import (
    FlowStep,
    GroupStep,
    PlannedStep,
    RepeatedMetric,
    RepeatedStep,
    SingleStep,
    count_flows,
    count_steps,
    single_steps,
)
from sockrig.scenario.repetition import Aim, RepeatUntil, metric_text, parse_aim, parse_metric
from sockrig.scenario.steps import GroupStep as GroupPart
from sockrig.scenario.steps import StepPart
from sockrig.scenario.units import shown

ExpandOne = Callable[[StepPart, str, Path], SingleStep]
"""Makes one step that is no group: of the step as it was written, its name and its path."""

_USUAL_CONFIDENCE = 0.95
_USUAL_METRIC = "throughput"
"""Of repetitions of traffic that expects nothing in numbers: every kind has it."""


def expand_steps(cast: Cast, expand_one: ExpandOne) -> tuple[PlannedStep, ...]:
    """Make the steps of a loaded scenario.

    Raises:
        ScenarioError: the first problem of every step, or all together are too many.
    """
    scenario = cast.loaded.scenario
    expansion = _Expansion(cast, expand_one)
    steps = expansion.steps(scenario.steps, _Frame(("steps",), {}, scenario.continue_on_failure))
    if expansion.problems:
        raise ScenarioError(cast.loaded.file_name, *expansion.problems)
    for count, most, what in (
        (count_steps(*steps).most, MOST_STEPS, "steps"),
        (count_flows(*steps), MOST_FLOWS_OF_RUN, "flows"),
    ):
        if count > most:
            raise cast.error(f"{count:,} {what} with all repetitions: expected at most {most:,} in a run", ("steps",))
    return steps


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a step takes from where it stands."""

    path: Path
    variables: Mapping[str, str]
    continue_on_failure: bool | None


class _Expansion:
    def __init__(self, cast: Cast, expand_one: ExpandOne) -> None:
        self._cast = cast
        self._expand_one = expand_one
        self.problems: list[Problem] = []

    def steps(self, steps: Sequence[StepPart], frame: _Frame) -> tuple[PlannedStep, ...]:
        """All steps of a scenario or a group, without those that are wrong; see :attr:`problems`."""
        planned = []
        for index, step in enumerate(steps):
            try:
                planned.append(self._step(step, index, frame))
            except ScenarioError as error:
                self.problems += error.problems
        return tuple(planned)

    def _step(self, step: StepPart, index: int, frame: _Frame) -> PlannedStep:
        path = (*frame.path, index)
        own = {name: _value_text(value) for name, value in step.vars.items()}
        called = step.name or step.usual_name or f"step {index + 1}"
        name = ", ".join([called, *(f"{key}={shown(value)}" for key, value in own.items())])
        going_on = frame.continue_on_failure if step.continue_on_failure is None else step.continue_on_failure
        variables = {**frame.variables, **own}
        if isinstance(step, GroupPart):
            inner = _Frame((*path, "steps"), variables, going_on)
            body: SingleStep | GroupStep = GroupStep(name, self.steps(step.steps, inner))
        else:
            body = self._expand_one(step, name, path)
        body = replace(body, variables=variables, continue_on_failure=going_on)
        planned = body if step.repeat is None else self._repeated(step.repeat, body, path)
        return replace(planned, deadline_seconds=step.deadline)

    def _repeated(self, repeat: int | RepeatUntil, body: SingleStep | GroupStep, path: Path) -> RepeatedStep:
        aim, confidence = None, _USUAL_CONFIDENCE
        metrics = {(one.step, metric_text(one.metric)): one for one in _metrics(body)}
        if isinstance(repeat, int):
            least = most = repeat
        else:
            least, most, confidence, aim = repeat.least, repeat.most, repeat.confidence, parse_aim(repeat.until)
            aimed = self._aimed(aim, body, path)
            metrics = {(aimed.step, metric_text(aimed.metric)): aimed, **metrics}
        return RepeatedStep(
            body.name,
            body,
            least,
            most,
            aim,
            confidence,
            tuple(metrics.values()),
            variables=body.variables,
            continue_on_failure=body.continue_on_failure,
        )

    def _aimed(self, aim: Aim, body: SingleStep | GroupStep, path: Path) -> RepeatedMetric:
        """The one step whose traffic tells the aim's metric."""
        tellers = [name for name, step in _traffic(body) if _tells(step, aim.metric)]
        if len(tellers) == 1:
            return RepeatedMetric(tellers[0], aim.metric)
        if tellers:
            problem = f"{len(tellers)} steps tell that ({', '.join(tellers)}): name a flow, such as FLOW.METRIC"
        else:
            problem = "no traffic here tells that: expected a metric of a flow in this step"
        raise self._cast.error(f"{aim.text}: {problem}", (*path, "repeat", "until"))


def _traffic(body: SingleStep | GroupStep) -> Iterator[tuple[str, FlowStep]]:
    """The steps of traffic in what is repeated; what is repeated within it tells its own summary."""
    for name, step in single_steps(body, repeated=False):
        if isinstance(step, FlowStep):
            yield name, step


def _metrics(body: SingleStep | GroupStep) -> Iterator[RepeatedMetric]:
    """What the steps of traffic are expected to be, in numbers; of one that is expected nothing, the usual."""
    for name, step in _traffic(body):
        numbers = {}
        for expectation in step.expectations:
            try:
                numbers[metric_text(expectation)] = parse_metric(metric_text(expectation))
            except ValueError:
                continue  # a word has no mean
        for metric in numbers.values() or [parse_metric(_USUAL_METRIC)]:
            yield RepeatedMetric(name, metric)


def _tells(step: FlowStep, metric: Expectation) -> bool:
    kinds = {flow.spec.kind for flow in step.flows if metric.flow in {None, flow.group}}
    return any(metric.metric in metrics_of(kind) for kind in kinds)


def _value_text(value: str | bool | float) -> str:
    """As it would stand in a file."""
    return str(value).lower() if isinstance(value, bool) else str(value)
