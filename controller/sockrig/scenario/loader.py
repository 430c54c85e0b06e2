"""Reads a scenario's text: YAML (or JSON) to values with positions, variables put in, the model validated.

What stands for several steps (a matrix, another file's steps) is written out before; see
:mod:`sockrig.scenario.unfolding`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import ValidationError

from sockrig.scenario.document import Node, Path, key_position_of, plain_value, position_of, read_document
from sockrig.scenario.errors import Position, Problem, ScenarioError
from sockrig.scenario.model import Scenario
from sockrig.scenario.part import FROM_FILE, MISSING_KEY, UNKNOWN_KEY, is_tag
from sockrig.scenario.suggestions import did_you_mean
from sockrig.scenario.unfolding import Inclusion, unfold

_NOTHING: Mapping[str, str] = MappingProxyType({})


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


def load_scenario(
    text: str, *, file_name: str, variables: Mapping[str, str] = _NOTHING, included: Mapping[str, str] = _NOTHING
) -> LoadedScenario:
    """Read a scenario.

    Args:
        text: YAML 1.2 or JSON.
        file_name: for messages.
        variables: values in place of the declared ones (``--var``), as they would stand in the file.
        included: the texts of the files that it includes, by their names as seen from its own folder.

    Raises:
        ScenarioError: what is wrong, where, and what was expected.
    """

    def read(name: str) -> str:
        if name not in included:
            raise ValueError("its text was not sent along")
        return included[name]

    unfolded = unfold(read_document(text, file_name), file_name=file_name, variables=variables, read=read)
    parts = [(one, _validated(one.root, one.file_name)) for one in unfolded.inclusions]
    scenario = _validated(unfolded.root, file_name)
    if misfits := [problem for part, theirs in parts for problem in _misfits(part, theirs, scenario, file_name)]:
        raise ScenarioError(file_name, *misfits)
    return LoadedScenario(scenario, file_name, unfolded.root)


def _validated(root: Node, file_name: str) -> Scenario:
    try:
        return Scenario.model_validate(plain_value(root), context=FROM_FILE)
    except ValidationError as error:
        problems = (
            _problem(root, details["type"], details["loc"], details["msg"])
            for details in error.errors(include_url=False, include_context=False, include_input=False)
        )
        raise ScenarioError(file_name, *problems) from None


def _misfits(part: Inclusion, theirs: Scenario, ours: Scenario, file_name: str) -> Iterator[Problem]:
    """Roles of an included file that the scenario does not have, or not with so many agents."""
    for index, (name, role) in enumerate(theirs.roles.items()):
        place = key_position_of(part.root, ("agents", index if isinstance(theirs.agents, tuple) else name))
        if name not in ours.roles:
            known = f"{did_you_mean(name, ours.roles)}roles there: {', '.join(ours.roles)}"
            yield Problem(f"{file_name}, which includes this, has no role {name!r}; {known}", place)
        elif ours.roles[name].size < role.size:
            there = ours.roles[name].size
            yield Problem(f"{name} is {role.size} agents here, and {there} in {file_name}, which includes this", place)


def _problem(root: Node, kind: str, location: Path, message: str) -> Problem:
    path = tuple(part for part in location if not is_tag(part))
    if kind == UNKNOWN_KEY or "[key]" in location:
        return Problem(message, key_position_of(root, path))
    if kind == MISSING_KEY:
        path = path[:-1]
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    in_list = bool(path) and isinstance(path[-1], int)
    return Problem(f"{key}: {message}" if key and not in_list else message, position_of(root, path))
