"""A search as a plan: its flows between agents, its goals and its limits; and the plan in words."""

from collections.abc import Iterator

from sockrig.scenario.casting import Cast
from sockrig.scenario.document import Path
from sockrig.scenario.fields import listed
from sockrig.scenario.flow_expansion import FlowNames, expand_flows
from sockrig.scenario.flow_words import flow_words
from sockrig.scenario.goal import GoalPart, planned_goal
from sockrig.scenario.planned import SearchStep
from sockrig.scenario.steps import RateSearchStep
from sockrig.scenario.units import Dimension, format_quantity
from sockrig.search.goals import SearchGoal
from sockrig.search.strategy import SearchLimits


def expand_search(cast: Cast, step: RateSearchStep, name: str, path: Path, names: FlowNames) -> SearchStep:
    """Make the plan of a search.

    Args:
        cast: who plays which role.
        step: the step as it was written.
        name: of the step.
        path: where the step stands.
        names: of all flows in the run; those made here are added.

    Raises:
        ScenarioError: as of a step of flows.
    """
    flows = expand_flows(cast, step, name, path, names)
    search = step.search
    goals: tuple[str | GoalPart, ...] = listed(search.goal)
    return SearchStep(
        name=name,
        flows=flows.flows,
        goals=tuple(planned_goal(goal) for goal in goals),
        limits=SearchLimits(
            least_load=search.rate.load(search.rate.from_),
            most_load=search.rate.load(search.rate.to),
            most_trials=search.most,
            most_seconds=search.within,
        ),
        in_packets=search.rate.in_packets,
        expectations=flows.expectations,
    )


def search_words(step: SearchStep) -> Iterator[str]:
    """A line for every flow, for the range and for every goal."""
    for flow in step.flows:
        yield f"{flow.source} > {flow.destination}: {flow_words(flow, searched=True)}"
    unit = Dimension.PACKETS_PER_SECOND if step.in_packets else Dimension.BITS_PER_SECOND
    least, most = (format_quantity(load, unit) for load in (step.limits.least_load, step.limits.most_load))
    each = " each" if len(step.flows) > 1 else ""
    bound = f"at most {step.limits.most_trials} trials in {_time(step.limits.most_seconds)}"
    yield f"search from {least} to {most}{each}, {bound}"
    for goal in step.goals:
        yield f"goal {goal.name}: {goal_words(goal)}"


def goal_words(goal: SearchGoal) -> str:
    """All values of a goal."""
    words = [f"trials of {_time(goal.final_trial_seconds)}"]
    if goal.initial_trial_seconds < goal.final_trial_seconds:
        words.append(f"the first of {_time(goal.initial_trial_seconds)}")
    words.append(f"{_time(goal.duration_sum_seconds)} of them at a rate")
    words.append(f"at most {_share(goal.loss_ratio)} lost" if goal.loss_ratio else "nothing lost")
    if goal.exceed_ratio:
        words[-1] += f", but for {_share(goal.exceed_ratio)} of the time"
    words.append(f"bounds within {_share(goal.width_ratio)}")
    return ", ".join(words)


def _time(seconds: float) -> str:
    return format_quantity(seconds, Dimension.TIME)


def _share(ratio: float) -> str:
    return format_quantity(ratio, Dimension.RATIO)
