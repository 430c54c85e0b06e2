"""What is wrong with a scenario, and where: file, line and column."""

from dataclasses import dataclass
from typing import NamedTuple

from sockrig_wire.errors import UsageError

_PROBLEMS_SHOWN = 20


class Position(NamedTuple):
    """A place in a text; line and column count from 1, and 0 means that it is not known."""

    line: int = 0
    column: int = 0


UNKNOWN_POSITION = Position()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and what was expected instead."""

    message: str
    position: Position = UNKNOWN_POSITION


class ScenarioError(UsageError):
    """A scenario that cannot be carried out as it stands; prints one line per problem."""

    def __init__(self, file_name: str, *problems: Problem) -> None:
        ordered = tuple(sorted(problems, key=lambda problem: problem.position))
        first, *others = ordered
        lines = [first.message, *(_line(file_name, problem) for problem in others[: _PROBLEMS_SHOWN - 1])]
        if len(ordered) > _PROBLEMS_SHOWN:
            lines.append(f"{file_name}: and {len(ordered) - _PROBLEMS_SHOWN} more problems")
        super().__init__("\n".join(lines), where=_place(file_name, first.position))
        self.file_name = file_name
        self.problems = ordered
        self.line, self.column = first.position


def _place(file_name: str, position: Position) -> str:
    return f"{file_name}:{position.line}:{position.column}" if position.line else file_name


def _line(file_name: str, problem: Problem) -> str:
    return f"{_place(file_name, problem.position)}: {problem.message}"
