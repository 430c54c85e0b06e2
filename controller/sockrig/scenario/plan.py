"""From a loaded scenario and real agents to the plan that is carried out, and the plan as text for people.

:func:`expand` decides everything that can be decided before a socket is opened, and refuses what cannot work.
"""

from collections.abc import Iterator, Sequence

from sockrig.scenario.assignment import assign, placeholder_agents
from sockrig.scenario.calls import CALL_TIMEOUT_SECONDS
from sockrig.scenario.casting import Cast
from sockrig.scenario.dialogue_expansion import expand_dialogue
from sockrig.scenario.document import Path
from sockrig.scenario.errors import Problem, ScenarioError
from sockrig.scenario.fields import listed
from sockrig.scenario.flow_expansion import FlowNames, expand_flows
from sockrig.scenario.flow_words import flow_words
from sockrig.scenario.loader import LoadedScenario
from sockrig.scenario.planned import (
    AgentFacts,
    BarrierStep,
    CheckAction,
    FlowPlan,
    FlowStep,
    GroupStep,
    Plan,
    PlannedCall,
    PlannedStep,
    ReachCell,
    ReachExpectation,
    ReachStep,
    ReceiveAction,
    RepeatedStep,
    SearchStep,
    SingleStep,
    SleepStep,
    SocketStep,
)
from sockrig.scenario.reach_expansion import expand_reach, reach_lines
from sockrig.scenario.requirement import parse_requirement
from sockrig.scenario.search_expansion import expand_search, search_words
from sockrig.scenario.step_expansion import expand_steps
from sockrig.scenario.steps import BarrierStep as BarrierPart
from sockrig.scenario.steps import RateSearchStep, SocketsStep, StepPart, TrafficStep
from sockrig.scenario.steps import ReachStep as ReachPart
from sockrig.scenario.steps import SleepStep as SleepPart
from sockrig.scenario.units import Dimension, format_quantity, shown

__all__ = [
    "AgentFacts",
    "BarrierStep",
    "FlowPlan",
    "FlowStep",
    "GroupStep",
    "Plan",
    "PlannedCall",
    "PlannedStep",
    "ReachCell",
    "ReachExpectation",
    "ReachStep",
    "RepeatedStep",
    "SearchStep",
    "SingleStep",
    "SleepStep",
    "SocketStep",
    "describe",
    "expand",
    "placeholder_agents",
]


def expand(loaded: LoadedScenario, agents: Sequence[AgentFacts]) -> Plan:
    """Put agents into the roles and write out every call and every flow.

    Args:
        loaded: the scenario.
        agents: those that are there; their order is the order of choice.

    Raises:
        ScenarioError: there are too few agents, or a step cannot be meant; it names the first problem of every step.
    """
    roles = assign(loaded, agents)
    cast = Cast(loaded, roles, {agent.name: agent for agent in agents})
    used = tuple(agent for players in roles.values() for agent in players)
    problems: list[Problem] = []
    require = parse_requirement(loaded.scenario.require)
    if require.needed(len(used)) > len(used):
        message = f"{loaded.scenario.require} agents are more than the {len(used)} of the scenario"
        problems.append(loaded.problem(message, "require"))
    names = FlowNames()
    steps: tuple[PlannedStep, ...] = ()
    try:
        steps = expand_steps(cast, lambda step, name, path: _expand_step(cast, step, name, path, names))
    except ScenarioError as error:
        problems += error.problems
    if problems:
        raise ScenarioError(loaded.file_name, *problems)
    return Plan(loaded.scenario.scenario, used, roles, require, steps)


def describe(plan: Plan) -> str:
    """The whole plan as plain text, one line per call and per flow."""
    lines = [f"scenario: {plan.name}", f"agents:   {len(plan.agents)}, of which {_required(plan)} must stay to the end"]
    lines += [f"  {role}: {', '.join(players)}" for role, players in plan.roles.items()]
    for number, step in enumerate(plan.steps, 1):
        lines += ["", *_numbered(str(number), step)]
    return "\n".join(lines) + "\n"


def _expand_step(cast: Cast, step: StepPart, name: str, path: Path, names: FlowNames) -> SingleStep:
    match step:
        case SocketsStep():
            return expand_dialogue(cast, step, name, path)
        case RateSearchStep():
            return expand_search(cast, step, name, path, names)
        case TrafficStep():
            return expand_flows(cast, step, name, path, names)
        case ReachPart(reach=reach):
            return expand_reach(cast, reach, name, path)
        case SleepPart():
            return SleepStep(name, step.sleep)
        case BarrierPart():
            return BarrierStep(name, _awaited(cast, step, path), step.timeout)
    raise TypeError(step)


def _awaited(cast: Cast, step: BarrierPart, path: Path) -> tuple[str, ...]:
    """The agents of a barrier; ``all`` is everybody, unless it is a role."""
    references = () if step.barrier is None else listed(step.barrier)
    if not references or (references == ("all",) and "all" not in cast.roles):
        return tuple(agent for players in cast.roles.values() for agent in players)
    named = (agent for index, text in enumerate(references) for agent in cast.players(text, (*path, "barrier", index)))
    return tuple(dict.fromkeys(named))


def _numbered(number: str, step: PlannedStep) -> list[str]:
    """A step with its number and, under it, what it does; the steps of a group have numbers of their own."""
    body = step.step if isinstance(step, RepeatedStep) else step
    heading = ", ".join([step.name, *_limits(step)])
    if isinstance(body, GroupStep):
        inner = [line for index, one in enumerate(body.steps, 1) for line in _numbered(f"{number}.{index}", one)]
    else:
        inner = [line for line in _step_lines(body) if line != step.name]
    return [f"{number}. {heading}", *(f"   {line}" for line in inner)]


def _limits(step: PlannedStep) -> Iterator[str]:
    if isinstance(step, RepeatedStep):
        yield f"{step.most} times" if step.aim is None else f"{step.least} to {step.most} times, until {step.aim.text}"
    if step.deadline_seconds is not None:
        yield f"at most {_time(step.deadline_seconds)}"
    if step.continue_on_failure is not None:
        yield "the run goes on whatever becomes of it" if step.continue_on_failure else "the run ends if it fails"


def _step_lines(step: SingleStep) -> list[str]:
    match step:
        case SleepStep():
            return [f"sleep {_time(step.seconds)}"]
        case BarrierStep():
            return [f"wait for {', '.join(step.agents)}, at most {_time(step.timeout_seconds)}"]
        case SocketStep():
            width = max(len(call.agent) for call in step.calls)
            return [f"{call.agent:{width}}  {_call_text(call)}" for call in step.calls]
        case FlowStep():
            flows = [f"{flow.source} > {flow.destination}: {flow_words(flow)}" for flow in step.flows]
            return [*flows, *(f"expect {expectation.text}" for expectation in step.expectations)]
        case ReachStep():
            return reach_lines(step)
        case SearchStep():
            return [*search_words(step), *(f"expect {expectation.text}" for expectation in step.expectations)]


def _required(plan: Plan) -> str:
    needed = plan.require.needed(len(plan.agents))
    return "all" if needed == len(plan.agents) else str(needed)


def _call_text(call: PlannedCall) -> str:
    text = call.text
    match call.action:
        case ReceiveAction(expected=bytes() as data, encoding=encoding):
            text += f", expect {_data_text(data, encoding)}"
        case CheckAction(expected=expected):
            text += f", expect {expected}"
    if call.expected_error:
        text += f", expect {call.expected_error}"
    return text if call.timeout_seconds == CALL_TIMEOUT_SECONDS else f"{text}, within {_time(call.timeout_seconds)}"


def _data_text(data: bytes, encoding: str) -> str:
    if not data:
        return "the end"
    try:
        return shown(data.decode(encoding)) if encoding else f"{data.hex()} (hex)"
    except ValueError:
        return f"{data.hex()} (hex)"


def _time(seconds: float) -> str:
    return format_quantity(seconds, Dimension.TIME)
