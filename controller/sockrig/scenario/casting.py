"""The agents that a scenario's references stand for, once they are in their roles."""

from collections.abc import Mapping
from dataclasses import dataclass

from sockrig.scenario.document import Path
from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import LoadedScenario
from sockrig.scenario.planned import AgentFacts
from sockrig.scenario.references import parse_role_reference
from sockrig.scenario.suggestions import did_you_mean


@dataclass(frozen=True, slots=True)
class Cast:
    """A loaded scenario with the players of its roles."""

    loaded: LoadedScenario
    roles: Mapping[str, tuple[str, ...]]
    agents: Mapping[str, AgentFacts]

    def error(self, message: str, path: Path) -> ScenarioError:
        """Something wrong with the value at ``path``."""
        return ScenarioError(self.loaded.file_name, self.loaded.problem(message, *path))

    def players(self, reference: str, path: Path) -> tuple[str, ...]:
        """The agents that a role's reference stands for.

        Raises:
            ScenarioError: there is no such role, or it has no such index.
        """
        parsed = parse_role_reference(reference)
        if parsed.role not in self.roles:
            known = f"{did_you_mean(parsed.role, self.roles)}roles here: {', '.join(self.roles)}"
            raise self.error(f"there is no role {parsed.role!r}; {known}", path)
        players = self.roles[parsed.role]
        if parsed.index is None:
            return players
        if parsed.index >= len(players):
            last = f"{parsed.role}[{len(players) - 1}]"
            raise self.error(f"there is no {reference}: the last is {last}", path)
        return (players[parsed.index],)

    def player(self, reference: str, path: Path) -> str:
        """The one agent that a role's reference stands for.

        Raises:
            ScenarioError: as :meth:`players`, or it stands for several.
        """
        players = self.players(reference, path)
        if len(players) > 1:
            raise self.error(f"{reference} is {len(players)} agents: say which, such as {reference}[0]", path)
        return players[0]
