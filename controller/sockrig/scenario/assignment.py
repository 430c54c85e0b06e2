"""Which agent plays which role.

The most particular wish is served first, over all roles: agents that are named, then agents whose own name is the
role's (``clients``, ``clients-1``), then roles that ask for labels, then the rest in order. An agent plays one role.
Roles with ``count: rest`` first get the least that they need like the others, and at the end whoever is left.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from sockrig.scenario.errors import Problem, ScenarioError
from sockrig.scenario.fields import MOST_AGENTS
from sockrig.scenario.loader import LoadedScenario
from sockrig.scenario.model import AgentRole
from sockrig.scenario.planned import AgentFacts
from sockrig.scenario.suggestions import did_you_mean


def assign(loaded: LoadedScenario, agents: Sequence[AgentFacts]) -> Mapping[str, tuple[str, ...]]:
    """Put agents into roles.

    Raises:
        ScenarioError: there are too few, or a named one is not there or does not fit.
    """
    roles = loaded.scenario.roles
    free = {agent.name: agent for agent in agents}
    players: dict[str, list[str]] = {name: [] for name in roles}
    problems = [problem for name, role in roles.items() for problem in _named_problems(loaded, name, role, free)]
    if problems:
        raise ScenarioError(loaded.file_name, *problems)

    def fill(fits: Callable[[str, AgentRole, AgentFacts], bool], most: Callable[[AgentRole], int] = _least) -> None:
        for name, role in roles.items():
            for agent in tuple(free.values()):
                if len(players[name]) < most(role) and _has_labels(role, agent) and fits(name, role, agent):
                    players[name].append(agent.name)
                    del free[agent.name]

    for name, role in roles.items():
        for agent_name in role.names:
            players[name].append(agent_name)
            del free[agent_name]
    fill(lambda name, _, agent: agent.name == name, _most)
    fill(lambda name, _, agent: re.fullmatch(rf"{re.escape(name)}-[0-9]+", agent.name) is not None, _most)
    fill(lambda _, role, __: bool(role.labels))
    fill(lambda _, __, ___: True)
    fill(lambda _, role, __: bool(role.labels), _most)
    fill(lambda _, __, ___: True, _most)
    _check_enough(loaded, players, len(agents))
    return {name: tuple(chosen) for name, chosen in players.items()}


def placeholder_agents(loaded: LoadedScenario) -> tuple[AgentFacts, ...]:
    """Agents that would fill every role, for looking at a plan without any."""
    placeholders = []
    for name, role in loaded.scenario.roles.items():
        unnamed = role.size - len(role.names)
        numbered = [name] if role.size == 1 else [f"{name}-{number}" for number in range(1, unnamed + 1)]
        placeholders += [
            AgentFacts(agent, role.labels, capabilities=()) for agent in (*role.names, *numbered[:unnamed])
        ]
    return tuple({agent.name: agent for agent in placeholders}.values())


def _least(role: AgentRole) -> int:
    return role.size


def _most(role: AgentRole) -> int:
    return MOST_AGENTS if role.takes_rest else role.size


def _has_labels(role: AgentRole, agent: AgentFacts) -> bool:
    return all(agent.labels.get(key) == value for key, value in role.labels.items())


def _named_problems(
    loaded: LoadedScenario, name: str, role: AgentRole, agents: Mapping[str, AgentFacts]
) -> list[Problem]:
    problems = []
    for index, agent_name in enumerate(role.names):
        path = ("agents", name, "names", index)
        if agent_name not in agents:
            there = f"{did_you_mean(agent_name, agents)}agents here: {', '.join(agents) or 'none'}"
            problems.append(loaded.problem(f"there is no agent {agent_name!r}; {there}", *path))
        elif not _has_labels(role, agents[agent_name]):
            labels = ", ".join(f"{key}={value}" for key, value in role.labels.items())
            problems.append(loaded.problem(f"agent {agent_name!r} has not the labels of its role: {labels}", *path))
    return problems


def _check_enough(loaded: LoadedScenario, players: Mapping[str, list[str]], agents: int) -> None:
    roles = loaded.scenario.roles
    lacking = []
    for name, role in roles.items():
        missing = role.size - len(players[name])
        if missing > 0:
            labels = ", ".join(f"{key}={value}" for key, value in role.labels.items())
            lacking.append(f"{name} lacks {missing}" + (f" with {labels}" if labels else ""))
    if lacking:
        needed = sum(role.size for role in roles.values())
        or_more = " or more" if any(role.takes_rest for role in roles.values()) else ""
        message = f"the scenario needs {needed}{or_more} agents, and there are {agents}: {', '.join(lacking)}"
        raise ScenarioError(loaded.file_name, loaded.problem(message, "agents"))
