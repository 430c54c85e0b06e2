"""From a loaded scenario and real agents to the plan that is carried out, and the plan as text for people.

:func:`expand` decides everything that can be decided before a socket is opened, and refuses what cannot work.
"""

from collections.abc import Sequence

from sockrig.scenario.assignment import assign, placeholder_agents
from sockrig.scenario.calls import CALL_TIMEOUT_SECONDS
from sockrig.scenario.casting import Cast
from sockrig.scenario.dialogue_expansion import expand_dialogue
from sockrig.scenario.document import Path
from sockrig.scenario.errors import Problem, ScenarioError
from sockrig.scenario.flow_expansion import FlowNames, expand_flows
from sockrig.scenario.flow_words import flow_words
from sockrig.scenario.loader import LoadedScenario
from sockrig.scenario.planned import (
    AgentFacts,
    CheckAction,
    FlowPlan,
    FlowStep,
    Plan,
    PlannedCall,
    PlannedStep,
    ReceiveAction,
    SearchStep,
    SocketStep,
)
from sockrig.scenario.requirement import parse_requirement
from sockrig.scenario.search_expansion import expand_search, search_words
from sockrig.scenario.steps import RateSearchStep, SocketsStep, Step, TrafficStep
from sockrig.scenario.units import Dimension, format_quantity, shown

__all__ = [
    "AgentFacts",
    "FlowPlan",
    "FlowStep",
    "Plan",
    "PlannedCall",
    "PlannedStep",
    "SearchStep",
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
    steps: list[PlannedStep] = []
    for index, step in enumerate(loaded.scenario.steps):
        try:
            steps.append(_expand_step(cast, step, step.name or f"step {index + 1}", ("steps", index), names))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(loaded.file_name, *problems)
    return Plan(loaded.scenario.scenario, used, roles, require, tuple(steps))


def describe(plan: Plan) -> str:
    """The whole plan as plain text, one line per call and per flow."""
    lines = [f"scenario: {plan.name}", f"agents:   {len(plan.agents)}, of which {_required(plan)} must stay to the end"]
    lines += [f"  {role}: {', '.join(players)}" for role, players in plan.roles.items()]
    for number, step in enumerate(plan.steps, 1):
        lines += ["", f"{number}. {step.name}"]
        lines += [f"   {line}" for line in _step_lines(step)]
    return "\n".join(lines) + "\n"


def _expand_step(cast: Cast, step: Step, name: str, path: Path, names: FlowNames) -> PlannedStep:
    match step:
        case SocketsStep():
            return expand_dialogue(cast, step, name, path)
        case RateSearchStep():
            return expand_search(cast, step, name, path, names)
        case TrafficStep():
            return expand_flows(cast, step, name, path, names)


def _step_lines(step: PlannedStep) -> list[str]:
    match step:
        case SocketStep():
            width = max(len(call.agent) for call in step.calls)
            return [f"{call.agent:{width}}  {_call_text(call)}" for call in step.calls]
        case FlowStep():
            flows = [f"{flow.source} > {flow.destination}: {flow_words(flow)}" for flow in step.flows]
            return [*flows, *(f"expect {expectation.text}" for expectation in step.expectations)]
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
