"""What one tool reached in one trial. Pure."""

from dataclasses import dataclass
from enum import Enum


class Quantity(Enum):
    """What is measured, in base units; the value says whether more of it is better."""

    BITS_PER_SECOND = "bit/s"
    PACKETS_PER_SECOND = "packets/s"
    CONNECTIONS_PER_SECOND = "connections/s"
    SECONDS = "s"
    RATIO = "ratio"

    @property
    def more_is_better(self) -> bool:
        """Rates are to be high; times and errors are to be low."""
        return self not in {Quantity.SECONDS, Quantity.RATIO}


class UnreadableError(Exception):
    """A tool's output does not hold the figure; the message says what was there instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a tool says of itself.

    ``carried_bytes`` is the payload that arrived, None where CPU per byte would mean nothing. ``cpu_seconds`` is of
    both ends together, None where the tool does not tell, so that it is taken from its processes.
    """

    value: float
    carried_bytes: float | None = None
    cpu_seconds: float | None = None
    bound: str | None = None
    limited_by: str | None = None
    offloads: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One tool, once; without a reading where it failed, and ``problem`` says why."""

    tool: str
    round: int
    commands: tuple[str, ...]
    reading: Reading | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached against one tool: our figure over theirs.

    Args:
        against: the tool's name, :data:`BEST` for the best of all peers, or :data:`ASKED` for what was asked for, where
            the bound is on our figure itself.
        bound: the ratio (of :data:`ASKED`: the figure), at least where more is better, at most where less is.
    """

    against: str
    bound: float


OURS = "sockrig"
CEILING = "bare loop"
"""The kernel and the interpreter with nothing measured: no peer, but what there is to reach."""
BEST = "best of all"
ASKED = "asked"
