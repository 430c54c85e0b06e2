"""Reads a scenario's text: YAML (or JSON) to values with positions, variables put in, the model validated."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import ValidationError

from sockrig.scenario.document import (
    MOST_STEPS,
    ListNode,
    MappingNode,
    Node,
    Path,
    key_position_of,
    plain_value,
    position_of,
    read_document,
)
from sockrig.scenario.errors import Position, Problem, ScenarioError
from sockrig.scenario.model import Scenario
from sockrig.scenario.part import FROM_FILE, MISSING_KEY, UNKNOWN_KEY, is_tag
from sockrig.scenario.variables import substitute

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario, and where each part of it stands in its file."""

    scenario: Scenario
    file_name: str
    root: Node

    def position_of(self, path: Path) -> Position:
        """Where the value at ``path`` begins: ``("steps", 0, "flow", "rate")``."""
        return position_of(self.root, path)

    def problem(self, message: str, *path: str | int) -> Problem:
        """Something wrong with the value at ``path``."""
        return Problem(message, self.position_of(path))


def load_scenario(text: str, *, file_name: str, variables: Mapping[str, str] = _NO_VARIABLES) -> LoadedScenario:
    """Read a scenario.

    Args:
        text: YAML 1.2 or JSON.
        file_name: for messages.
        variables: values in place of the declared ones (``--var``), as they would stand in the file.

    Raises:
        ScenarioError: what is wrong, where, and what was expected.
    """
    root = substitute(read_document(text, file_name), variables, file_name)
    _check_steps(root, file_name)
    try:
        scenario = Scenario.model_validate(plain_value(root), context=FROM_FILE)
    except ValidationError as error:
        problems = (
            _problem(root, details["type"], details["loc"], details["msg"])
            for details in error.errors(include_url=False, include_context=False, include_input=False)
        )
        raise ScenarioError(file_name, *problems) from None
    return LoadedScenario(scenario, file_name, root)


def _check_steps(root: Node, file_name: str) -> None:
    """Refuse too many steps before any of them is looked at."""
    steps = root.entries.get("steps") if isinstance(root, MappingNode) else None
    if steps is not None and isinstance(steps[1], ListNode) and len(steps[1].items) > MOST_STEPS:
        message = f"steps: {len(steps[1].items):,} steps are too many: expected at most {MOST_STEPS:,}"
        raise ScenarioError(file_name, Problem(message, steps[1].items[MOST_STEPS].position))


def _problem(root: Node, kind: str, location: Path, message: str) -> Problem:
    path = tuple(part for part in location if not is_tag(part))
    if kind == UNKNOWN_KEY or "[key]" in location:
        return Problem(message, key_position_of(root, path))
    if kind == MISSING_KEY:
        path = path[:-1]
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    in_list = bool(path) and isinstance(path[-1], int)
    return Problem(f"{key}: {message}" if key and not in_list else message, position_of(root, path))
