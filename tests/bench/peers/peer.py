"""What it takes to measure with another tool: two commands, and how to read what they say. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.measurement import Reading

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One trial: where the server is, on which free ports, and for how many whole seconds."""

    host: str
    port: int
    data_port: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Said:
    """What both ends wrote to stdout and stderr."""

    client: str
    server: str


Read = Callable[[Said], Reading]
"""Finds the figure in what both ends said; raises UnreadableError where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another tool, used in one way.

    Args:
        name: in the table, with the flags that matter.
        program: has to be in the path.
        server: the command of the end that receives or answers, which then listens on ``port``.
        client: the command of the other end.
        read: finds the figure in what they said.
        ends_by_itself: the server ends after one client; else it is interrupted.
        flag: has to be in the program's ``--help``, "" where nothing special is used.
    """

    name: str
    program: str
    server: Callable[[Setting], Command]
    client: Callable[[Setting], Command]
    read: Read
    ends_by_itself: bool = False
    flag: str = ""
