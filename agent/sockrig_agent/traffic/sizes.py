"""The sizes of datagrams that are not all alike: drawn at random from shares with weights."""

import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sockrig_agent.traffic.engine import Assignment
from sockrig_wire.model.flows import SizeShare

_DOMAIN: Final = 5
"""Sets these random numbers apart from those of a flow's pattern."""


def mean_bytes(shares: Sequence[SizeShare]) -> float:
    """The mean of the sizes."""
    weights = sum(share.weight for share in shares)
    return sum(share.weight * (share.least_bytes + share.most_bytes) / 2 for share in shares) / weights


class SizeDraw:
    """Draws sizes, one after the other; the same ones each time, and other ones for each worker and flow."""

    def __init__(self, assignment: Assignment) -> None:
        shares = assignment.spec.sizes
        weights = np.array([share.weight for share in shares], np.float64)
        self._bounds = np.cumsum(weights) / weights.sum()
        self._least = np.array([share.least_bytes for share in shares], np.int64)
        self._most = np.array([share.most_bytes for share in shares], np.int64)
        self._random = np.random.default_rng((zlib.crc32(assignment.spec.name.encode()), assignment.worker, _DOMAIN))

    def draw(self, count: int) -> NDArray[np.int64]:
        """The next ``count`` sizes."""
        chosen = np.searchsorted(self._bounds, self._random.random(count), "right")
        return self._random.integers(self._least[chosen], self._most[chosen], endpoint=True)
