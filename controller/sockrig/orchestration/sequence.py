"""The steps of a run in order: groups, repetitions, what is left out, and what ends the run before its last step."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from sockrig.orchestration.context import RunContext
from sockrig.orchestration.deadlines import usual_deadline_seconds
from sockrig.orchestration.steps.dispatch import carry_out
from sockrig.results import quantities
from sockrig.results.model.step import StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.results.reach import reach_summary
from sockrig.results.repetition import goes_on, summary_step
from sockrig.results.search import capacity_words
from sockrig.scenario.plan import FlowStep, GroupStep, PlannedStep, RepeatedStep, SearchStep, SingleStep
from sockrig.scenario.planned import WITHIN, count_steps, single_steps
from sockrig_wire.model.controller import Notice, StepFinished, StepStarted

_MOST_NAMED = 5
"""Steps that were left out and are named; of more, the rest is counted."""


@dataclass(frozen=True, slots=True)
class _Deadline:
    """The tightest of those that enclose a step: when it is over, on the loop's clock, and whose it is."""

    at: float = math.inf
    words: str = ""

    def tightened(self, step: PlannedStep, name: str) -> Self:
        """The step's own, where that is earlier."""
        if step.deadline_seconds is None:
            return self
        at = asyncio.get_running_loop().time() + step.deadline_seconds
        return self if self.at <= at else type(self)(at, _of(name, step.deadline_seconds))

    @property
    def over(self) -> bool:
        return asyncio.get_running_loop().time() >= self.at


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a step stands while the run goes through it.

    Attributes:
        within: what its name begins with.
        number: what its name ends with: ``, 2 of 5``.
        plain: its groups within the innermost repetition, as the plan names them.
        repetitions: the numbers of the repetitions that it is in, the outermost first.
        measured: the steps of the innermost repetition so far, by their plain names.
        deadline: of its groups.
    """

    within: str = ""
    number: str = ""
    plain: str = ""
    repetitions: tuple[int, ...] = ()
    measured: dict[str, StepResult] = field(default_factory=dict)
    deadline: _Deadline = _Deadline()


class StepSequence:
    """Carries out steps one after the other.

    Args:
        context: the run.
        steps: what to do.

    Attributes:
        results: of all steps so far, in order.
        notices: what a reader should know beside them.
    """

    def __init__(self, context: RunContext, steps: Sequence[PlannedStep]) -> None:
        self._context = context
        self._steps = steps
        self._count = count_steps(*steps)
        self._left_out: list[str] = []
        self.results: list[StepResult] = []
        self.notices: list[str] = []
        for _, step in single_steps(*steps):
            if isinstance(step, FlowStep | SearchStep):
                for flow in step.flows:
                    context.flow_names.unique(flow.spec.name)

    async def carry_out(self) -> None:
        """Go through the steps, up to one that ends the run; what is left out then is told."""
        if await self._in_order(self._steps, _Frame()):
            return
        named = ", ".join(self._left_out[:_MOST_NAMED])
        if more := self._left_out[_MOST_NAMED:]:
            named += f" and {len(more)} more"
        if named:
            notice = f"{self._why_ended()}; not carried out: {named}"
            self.notices.append(notice)
            self._context.emit(Notice("warning", notice))

    async def _in_order(self, steps: Sequence[PlannedStep], frame: _Frame) -> bool:
        """Whether the run goes on after these steps."""
        for index, step in enumerate(steps):
            if not await self._one(step, frame):
                self._left_out += [frame.within + left.name for left in steps[index + 1 :]]
                return False
        return True

    async def _one(self, step: PlannedStep, frame: _Frame) -> bool:
        match step:
            case GroupStep():
                return await self._group(step, frame)
            case RepeatedStep():
                return await self._repeated(step, frame)
        return await self._single(step, frame)

    async def _group(self, step: GroupStep, frame: _Frame) -> bool:
        name = frame.within + step.name + frame.number
        deadline = frame.deadline.tightened(step, name)
        inner = replace(
            frame,
            within=name + WITHIN,
            number="",
            plain=frame.plain + step.name + WITHIN,
            deadline=deadline,
        )
        went_on = await self._in_order(step.steps, inner)
        return self._after(step, frame, deadline, went_on=went_on)

    async def _repeated(self, step: RepeatedStep, frame: _Frame) -> bool:
        name = frame.within + step.name + frame.number
        deadline = frame.deadline.tightened(step, name)
        at_most = "" if step.least == step.most else "at most "
        repetitions: list[dict[str, StepResult]] = []
        went_on = True
        while went_on and goes_on(step, repetitions):
            number = len(repetitions) + 1
            repetitions.append({})
            inner = replace(
                frame,
                number=f"{frame.number}, {number} of {at_most}{step.most}",
                plain="",
                repetitions=(*frame.repetitions, number),
                measured=repetitions[-1],
                deadline=deadline,
            )
            went_on = await self._one(step.step, inner)
        if not went_on and goes_on(step, repetitions):
            self._left_out.append(f"further repetitions of {name}")
        summary = summary_step(step, name, repetitions)
        self._begin(replace(summary, verdict=Verdict.INTERRUPTED))
        self._finish(summary, frame)
        if went_on:
            return self._goes_on(step, summary.verdict)
        return self._after(step, frame, deadline, went_on=False)

    async def _single(self, step: SingleStep, frame: _Frame) -> bool:
        name = frame.within + step.name + frame.number
        repetition = frame.repetitions[-1] if frame.repetitions else None
        begun = StepResult(name=name, verdict=Verdict.INTERRUPTED, variables=step.variables, repetition=repetition)
        self._begin(begun)
        deadline = frame.deadline.tightened(step, name)
        left_seconds = deadline.at - asyncio.get_running_loop().time()
        usual_seconds = usual_deadline_seconds(step)
        if left_seconds > usual_seconds:
            deadline, left_seconds = _Deadline(), usual_seconds
        if left_seconds > 0:
            named = self._named_anew(replace(step, name=name), frame.repetitions)
            words = deadline.words or "the longest that it may take"
            result = await carry_out(named, self._context, deadline_seconds=left_seconds, deadline=words)
        else:
            result = StepResult(name=name, verdict=Verdict.ERROR, problem=f"not begun: {deadline.words}")
        self._finish(replace(result, variables=step.variables, repetition=repetition), frame, frame.plain + step.name)
        going_on = self._goes_on(step, result.verdict)
        if going_on and result.verdict is Verdict.ERROR:
            await self._context.stop_flows()
        return going_on and not frame.deadline.over

    def _after(self, step: GroupStep | RepeatedStep, frame: _Frame, deadline: _Deadline, *, went_on: bool) -> bool:
        """Whether the run goes on after a step of several that has ended, in its time or at its deadline."""
        if went_on or not deadline.over or frame.deadline.over:
            return went_on
        return self._goes_on(step, Verdict.ERROR)

    def _goes_on(self, step: PlannedStep, verdict: Verdict) -> bool:
        if not self._context.enough_left:
            return False
        if verdict is Verdict.ERROR:
            return step.continue_on_failure is True
        return verdict is not Verdict.FAILED or step.continue_on_failure is not False

    def _named_anew(self, step: SingleStep, repetitions: Sequence[int]) -> SingleStep:
        """From the second repetition on flows have other names than before, so that nothing of before counts now."""
        if not isinstance(step, FlowStep | SearchStep) or all(number == 1 for number in repetitions):
            return step
        number = ".".join(str(number) for number in repetitions)
        unique = self._context.flow_names.unique
        flows = tuple(
            replace(flow, spec=replace(flow.spec, name=unique(f"{flow.spec.name} #{number}"))) for flow in step.flows
        )
        return replace(step, flows=flows)

    def _begin(self, step: StepResult) -> None:
        """A step begins, of whose result so much is known."""
        self._context.observer.step_begins(step)
        count = self._count
        at_most = count.least < count.most
        self._context.emit(StepStarted(len(self.results), count.most, step.name, at_most=at_most))

    def _finish(self, result: StepResult, frame: _Frame, plain: str = "") -> None:
        self._context.observer.step_finished(result)
        self._context.emit(StepFinished(len(self.results), result.name, result.verdict.value, summary_words(result)))
        self.results.append(result)
        if plain:
            frame.measured[plain] = result

    def _why_ended(self) -> str:
        if not self._context.enough_left:
            return "too few agents were left"
        # A summary of repetitions that were broken off is no reason, but a consequence.
        last = next(one for one in reversed(self.results) if not one.repetitions or one.verdict is not Verdict.DEGRADED)
        return f"the run ended with {last.name} ({last.verdict})"


def summary_words(result: StepResult) -> str:
    """A step's result in one line."""
    if result.problems:
        return "; ".join(result.problems)
    failed = [one for one in result.expectations if one.verdict is not Verdict.PASSED]
    if failed:
        return "; ".join(f"{one.text}: {one.finding}" for one in failed)
    broken = [call for call in result.sockets if call.verdict is not Verdict.PASSED]
    if broken:
        return f"{broken[0].call} on {broken[0].on}: {broken[0].result}"
    if result.repetitions is not None:
        return "; ".join(f"{one.metric}: {one.text}" for one in result.repetitions.figures) or "all carried out"
    if result.search is not None:
        return capacity_words(result.search)
    if result.reach:
        return reach_summary(result.reach)
    if not result.sockets and not result.flows:
        return quantities.time(result.duration_seconds or 0.0)
    what, count = ("call", len(result.sockets)) if result.sockets else ("flow", len(result.flows))
    return f"{count} {what}{'' if count == 1 else 's'}"


def _of(name: str, seconds: float) -> str:
    return f"the deadline of {name} is {quantities.time(seconds)}"
