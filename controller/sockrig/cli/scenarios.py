"""``sockrig scenarios``: the scenarios that come with Sockrig, and the text of one, to copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sockrig.cli.output import print_result
from sockrig.orchestration.timing import longest_seconds
from sockrig.scenario import packaged
from sockrig.scenario.assignment import placeholder_agents
from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import FlowStep, expand
from sockrig.scenario.planned import single_steps

_WHAT_NEXT = "Run one: sockrig run quick --local 2. Copy one: sockrig scenarios show quick > mine.yaml"


@dataclass(frozen=True, slots=True)
class PackagedScenario:
    """What a person wants to know before running one.

    ``agents`` is the least number of them; ``more_agents``: it takes all that are there. ``duration_seconds`` is that
    of its traffic, with its variables as they are.
    """

    name: str
    description: str
    agents: int
    more_agents: bool
    duration_seconds: float
    variables: Mapping[str, str | bool | int | float | None]


def list_scenarios(*, json: bool) -> int:
    """Print what there is; returns the exit code."""
    if json:
        from pydantic import TypeAdapter  # noqa: PLC0415 - the table needs none

        print_result(TypeAdapter(list[PackagedScenario]).dump_json(_all(), indent=2).decode())
        return 0
    from rich.table import Table  # noqa: PLC0415 - a document needs no rich

    from sockrig.cli.rendering import print_rendered  # noqa: PLC0415

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading in ("name", "agents", "takes", "what for", "--var"):
        table.add_column(heading, overflow="fold")
    for each in _all():
        agents = f"{each.agents}{' or more' if each.more_agents else ''}"
        variables = ", ".join(f"{name}={value}" for name, value in each.variables.items())
        table.add_row(
            each.name, agents, str(timedelta(seconds=round(each.duration_seconds))), each.description, variables
        )
    print_rendered(table, "", _WHAT_NEXT)
    return 0


def print_scenario(name: str) -> int:
    """Print the text of one; returns the exit code.

    Raises:
        NotFoundError: there is none of that name.
    """
    print_result(packaged.text(name))
    return 0


def _all() -> list[PackagedScenario]:
    return [_packaged(name) for name in packaged.names()]


def _packaged(name: str) -> PackagedScenario:
    try:
        loaded = load_scenario(packaged.text(name), file_name=name)
        plan = expand(loaded, placeholder_agents(loaded))
    except ScenarioError as error:  # one that this version cannot read does not hide the others
        return PackagedScenario(name, str(error), 0, more_agents=False, duration_seconds=0.0, variables={})
    roles = loaded.scenario.roles.values()
    return PackagedScenario(
        name=name,
        description=loaded.scenario.description or loaded.scenario.scenario,
        agents=sum(role.size for role in roles),
        more_agents=any(role.takes_rest for role in roles),
        duration_seconds=sum(
            longest_seconds([flow.spec for flow in step.flows])
            for _, step in single_steps(*plan.steps)
            if isinstance(step, FlowStep)
        ),
        variables=loaded.scenario.vars,
    )
