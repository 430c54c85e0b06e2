"""What is wrong with a scenario, and where: file, line and column."""

from dataclasses import dataclass
from typing import NamedTuple

from sockrig_wire.errors import UsageError

_PROBLEMS_SHOWN = 20


class Position(NamedTuple):
    """A place in a text; line and column count from 1, and 0 means that it is not known.

    ``file_name`` is empty in the scenario's own file, and set in those that it includes.
    """

    line: int = 0
    column: int = 0
    file_name: str = ""


UNKNOWN_POSITION = Position()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and what was expected instead."""

    message: str
    position: Position = UNKNOWN_POSITION


class ScenarioError(UsageError):
    """A scenario that cannot be carried out as it stands; prints one line per problem."""

    def __init__(self, file_name: str, *problems: Problem) -> None:
        ordered = tuple(sorted(problems, key=lambda problem: (problem.position.file_name, problem.position)))
        first, *others = ordered
        lines = [first.message, *(_line(file_name, problem) for problem in others[: _PROBLEMS_SHOWN - 1])]
        if len(ordered) > _PROBLEMS_SHOWN:
            lines.append(f"{file_name}: and {len(ordered) - _PROBLEMS_SHOWN} more problems")
        super().__init__("\n".join(lines), where=place(file_name, first.position))
        self.file_name = file_name
        self.problems = ordered
        self.line, self.column, _ = first.position


def place(file_name: str, position: Position) -> str:
    """``file:line:column``, as far as they are known; ``file_name`` is the scenario's own."""
    file_name = position.file_name or file_name
    return f"{file_name}:{position.line}:{position.column}" if position.line else file_name


def _line(file_name: str, problem: Problem) -> str:
    return f"{place(file_name, problem.position)}: {problem.message}"
