"""Steps are gone through in the order of the plan, each told once with its number, up to one that ends the run.

Steps that sleep need no agent, so that the run's real parts do all of it.
"""

import asyncio

import pytest

from sockrig.fleet.fleet import Fleet
from sockrig.orchestration.context import RunContext, Unobserved
from sockrig.orchestration.sequence import StepSequence
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.plan import GroupStep, RepeatedStep, SleepStep
from sockrig_wire.model.controller import Notice, StepFinished, StepStarted

LATE = {"deadline_seconds": 0.02}
"""For a sleep that is longer."""


def nap(name, **more):
    return SleepStep(name, 0.001, **more)


def late(name, **more):
    return SleepStep(name, 60.0, **LATE, **more)


def repeated(step, count, **more):
    return RepeatedStep(step.name, step, count, count, None, 0.95, (), **more)


class Observed(Unobserved):
    """What an observer sees of steps: each that begins, and each result."""

    def __init__(self):
        self.seen = []

    def step_begins(self, step):
        self.seen.append(step)

    def step_finished(self, step):
        self.seen.append(step)


class Went:
    """What came of a sequence of steps."""

    def __init__(self, *steps):
        self.events = []
        self.observed = Observed()
        asyncio.run(self._carry_out(steps))

    async def _carry_out(self, steps):
        fleet = Fleet([], controller_id="c", version="0.1.0")
        context = RunContext("run", fleet, (), self.events.append, needed=0, observer=self.observed)
        sequence = StepSequence(context, steps)
        await sequence.carry_out()
        self.results, self.notices = sequence.results, sequence.notices

    @property
    def told(self):
        return [(result.name, result.verdict.value) for result in self.results]

    @property
    def names(self):
        return [result.name for result in self.results]

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


def test_groups_and_repetitions_are_in_the_names():
    went = Went(nap("a"), repeated(GroupStep("g", (nap("b"), repeated(nap("c"), 2))), 2))
    assert went.names == [
        "a",
        "g, 1 of 2 / b",
        "g, 1 of 2 / c, 1 of 2",
        "g, 1 of 2 / c, 2 of 2",
        "g, 1 of 2 / c, 2 repetitions",
        "g, 2 of 2 / b",
        "g, 2 of 2 / c, 1 of 2",
        "g, 2 of 2 / c, 2 of 2",
        "g, 2 of 2 / c, 2 repetitions",
        "g, 2 repetitions",
    ]
    assert [result.repetition for result in went.results] == [None, 1, 1, 2, None, 2, 1, 2, None, None]


def test_an_observer_sees_every_step_begin_with_what_is_known_of_it_and_then_its_result():
    went = Went(repeated(nap("a", variables={"size": "64 B"}), 2))
    begun, finished = went.observed.seen[::2], went.observed.seen[1::2]
    assert finished == went.results
    assert {step.verdict for step in begun} == {Verdict.INTERRUPTED}
    for known in ("name", "variables", "repetition"):
        assert [getattr(step, known) for step in begun] == [getattr(step, known) for step in finished]


def test_every_step_is_told_once_with_its_number_and_how_many_there_are():
    went = Went(nap("a"), repeated(nap("b"), 2))
    assert went.of(StepStarted) == [
        StepStarted(index, 4, name) for index, name in enumerate(["a", "b, 1 of 2", "b, 2 of 2", "b, 2 repetitions"])
    ]
    assert [(event.index, event.name) for event in went.of(StepFinished)] == list(enumerate(went.names))


def test_how_many_there_are_is_a_bound_where_something_is_repeated_until_it_is_known():
    step = RepeatedStep("a", nap("a"), 1, 3, None, 0.95, ())
    assert all(event.at_most and event.count == 4 for event in Went(step).of(StepStarted))


def test_variables_are_in_the_results():
    went = Went(nap("a", variables={"n": "1"}))
    assert went.results[0].variables == {"n": "1"}


def test_an_error_ends_the_run_and_what_is_left_out_is_told():
    went = Went(GroupStep("g", (nap("a"), late("b"), nap("c"))), nap("d"), nap("e"))
    assert went.told == [("g / a", "passed"), ("g / b", "error")]
    assert went.notices == ["the run ended with g / b (error); not carried out: g / c, d, e"]
    assert went.of(Notice) == [Notice("warning", went.notices[0])]


def test_many_that_are_left_out_are_counted():
    went = Went(late("a"), *(nap(f"n{number}") for number in range(9)))
    assert went.notices[0].endswith("not carried out: n0, n1, n2, n3, n4 and 4 more")


def test_a_run_goes_on_after_an_error_where_it_is_to():
    went = Went(late("a", continue_on_failure=True), nap("b"))
    assert went.told == [("a", "error"), ("b", "passed")]
    assert went.notices == []


def test_an_error_in_a_repetition_ends_the_repetitions_too():
    went = Went(repeated(late("a"), 3), nap("b"))
    assert went.told == [("a, 1 of 3", "error"), ("a, 1 repetition", "degraded")]
    assert went.notices == ["the run ended with a, 1 of 3 (error); not carried out: further repetitions of a, b"]


def test_a_deadline_says_whose_it_is_and_how_long():
    (result,) = Went(late("a")).results
    assert result.verdict is Verdict.ERROR
    assert result.problem.startswith("ended after ")
    assert result.problem.endswith("the deadline of a is 20 ms")


def test_the_deadline_of_a_group_ends_the_step_in_it_and_nothing_else_of_it_begins():
    group = GroupStep("g", (SleepStep("a", 60.0, continue_on_failure=True), nap("b")), **LATE)
    went = Went(group, nap("c"))
    assert went.told == [("g / a", "error")]
    assert went.results[0].problem.endswith("the deadline of g is 20 ms")
    assert went.notices == ["the run ended with g / a (error); not carried out: g / b, c"]


def test_after_a_group_that_ran_late_the_run_goes_on_as_the_group_says():
    group = GroupStep("g", (SleepStep("a", 60.0), nap("b")), continue_on_failure=True, **LATE)
    assert Went(group, nap("c")).told == [("g / a", "error"), ("c", "passed")]


def test_the_tightest_deadline_counts():
    inner = GroupStep("inner", (late("a"),), deadline_seconds=60.0)
    (result,) = Went(GroupStep("outer", (inner,), deadline_seconds=30.0)).results
    assert result.problem.endswith("the deadline of outer / inner / a is 20 ms")
    (result,) = Went(
        GroupStep("outer", (GroupStep("inner", (SleepStep("a", 60.0),), deadline_seconds=60.0),), **LATE)
    ).results
    assert result.problem.endswith("the deadline of outer is 20 ms")


@pytest.mark.parametrize("count", [1, 2])
def test_the_deadline_of_repetitions_is_for_all_of_them(count):
    went = Went(repeated(SleepStep("a", 60.0), count, **LATE), nap("b"))
    assert went.told[0] == (f"a, 1 of {count}", "error")
    assert "b" not in went.names
