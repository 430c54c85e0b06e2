"""The scenario as a person writes it, in YAML or in Python.

What a field means stands under it, and becomes its description in the JSON Schema. What one mapping alone can show to
be wrong is refused here; what needs the agents, in :mod:`sockrig.scenario.plan`.
"""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StrictStr, Tag, model_validator

from sockrig.scenario.document import MOST_STEPS
from sockrig.scenario.fields import MOST_AGENTS, NOT_EMPTY, AgentCount, Name, RoleCount, Title
from sockrig.scenario.part import Part, checked, problem_at, tag_of_form
from sockrig.scenario.requirement import parse_requirement
from sockrig.scenario.steps import Step
from sockrig.scenario.steps.step import Value


class AgentRole(Part):
    """A role that agents play in the scenario."""

    count: RoleCount | None = None
    """How many agents; without it 1, or as many as there are names. ``rest``: all that no other role takes."""
    least: AgentCount | None = None
    """Of ``count: rest``, how many there must be; without it 1."""
    labels: Mapping[StrictStr, StrictStr] = Field(default_factory=dict)
    """Labels that an agent must have to play it."""
    names: tuple[StrictStr, ...] = ()
    """Agents that are to play it, by name."""

    @model_validator(mode="after")
    def _names_fit_count(self) -> Self:
        if len(set(self.names)) < len(self.names):
            raise problem_at(self, "an agent is named twice", "names")
        if isinstance(self.count, int) and len(self.names) > self.count:
            raise problem_at(self, f"{len(self.names)} names for a count of {self.count}", "names")
        if self.least is not None and not self.takes_rest:
            raise problem_at(self, "least goes with count: rest; else count says it", "least")
        return self

    @property
    def takes_rest(self) -> bool:
        """Whether it is played by all agents that no other role takes."""
        return self.count == "rest"

    @property
    def size(self) -> int:
        """How many agents it needs: all that it takes, or of the rest the least."""
        return self.count if isinstance(self.count, int) else max(self.least or 1, len(self.names))


Role = Annotated[AgentRole, BeforeValidator(lambda value: {} if value is None else value)]
Roles = Annotated[
    Annotated[Mapping[Name, Role], NOT_EMPTY, Tag("<mapping>")] | Annotated[tuple[Name, ...], NOT_EMPTY, Tag("<list>")],
    tag_of_form({list: "<list>", tuple: "<list>", object: "<mapping>"}),
]


class Scenario(Part):
    """Who takes part, and what they do, step by step."""

    scenario: Title
    """The scenario's name."""
    description: Title | None = None
    """What it is for, in a line."""
    agents: Roles
    """The roles: a mapping of names to what they need, or a list of names."""
    vars: Mapping[StrictStr, Value | None] = Field(default_factory=dict)
    """Variables and their values; nothing where a value must be given."""
    require: Annotated[StrictStr | StrictInt, checked(parse_requirement)] = "all"
    """How many agents must stay until the end: all, a number, or a percentage."""
    baseline: StrictStr | None = None
    """The earlier run that expectations are compared with: a result file, beside this file, or a run that is stored."""
    continue_on_failure: StrictBool | None = None
    """True: whatever becomes of a step, the next one follows while enough agents are left. False: the run ends also
    where an expectation fails. Without it, an error ends the run, and an expectation that fails does not."""
    steps: Annotated[tuple[Step, ...], Field(max_length=MOST_STEPS), NOT_EMPTY]
    """What is done, in order."""

    @property
    def roles(self) -> Mapping[str, AgentRole]:
        """The roles with what they need."""
        if isinstance(self.agents, tuple):
            return {name: AgentRole() for name in self.agents}
        return self.agents

    @model_validator(mode="after")
    def _roles_fit_together(self) -> Self:
        if isinstance(self.agents, tuple) and len(set(self.agents)) < len(self.agents):
            raise problem_at(self, "a role is named twice", "agents")
        if sum(role.size for role in self.roles.values()) > MOST_AGENTS:
            raise problem_at(self, f"too many agents: expected at most {MOST_AGENTS}", "agents")
        players: dict[str, str] = {}
        for name, role in self.roles.items():
            for agent in role.names:
                if agent in players:
                    message = f"agent {agent!r} cannot play both {players[agent]} and {name}"
                    raise problem_at(self, message, "agents", name, "names")
                players[agent] = name
        return self
