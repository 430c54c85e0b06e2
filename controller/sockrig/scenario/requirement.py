"""``require``: how many agents must stay until the end for the run to be whole."""

import math
from dataclasses import dataclass

from sockrig.scenario.units import Dimension, parse_quantity, shown

_EXPECTED = "expected all, a number of agents, or a percentage such as 80 %"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A number of agents, or a share of all of them from 0 to 1; exactly one is set."""

    count: int | None = None
    ratio: float | None = None

    def needed(self, agents: int) -> int:
        """How many of so many agents must stay."""
        if self.count is not None:
            return self.count
        # Decimal percentages are no exact floats: 0.07 * 100 is more than 7.
        return math.ceil(round((self.ratio or 0.0) * agents, 9))


def parse_requirement(value: str | int) -> Requirement:
    """Read ``all``, ``3`` or ``80 %``.

    Raises:
        ValueError: it is none of them.
    """
    if value == "all":
        return Requirement(ratio=1.0)
    try:
        quantity = parse_quantity(str(value))
    except ValueError:
        raise ValueError(f"{shown(value)} is no requirement: {_EXPECTED}") from None
    if quantity.dimension is Dimension.RATIO and 0 <= quantity.value <= 1:
        return Requirement(ratio=quantity.value)
    if quantity.dimension is Dimension.COUNT and quantity.value == int(quantity.value) >= 1:
        return Requirement(count=int(quantity.value))
    raise ValueError(f"{shown(value)} is no requirement: {_EXPECTED}")
