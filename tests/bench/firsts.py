"""How tightly senders began, from the first datagram of each that the witness saw. Pure."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

from tests.bench.measurement import UnreadableError


def first_spread_seconds(witness_said: str, addresses: Sequence[str]) -> float:
    """Between the first datagrams of the first and of the last of these senders.

    Raises:
        UnreadableError: the witness did not see all of them.
    """
    document = witness_said.partition("\n")[2]
    firsts: dict[str, int] = json.loads(document)["firsts_nanoseconds"] if document.strip() else {}
    missing = [address for address in addresses if address not in firsts]
    if missing:
        raise UnreadableError(f"the witness saw nothing from {len(missing)} of {len(addresses)}: {', '.join(missing)}")
    stamps = [firsts[address] for address in addresses]
    return (max(stamps) - min(stamps)) / 1e9


@dataclass(frozen=True, slots=True)
class Spreads:
    """Several runs' spreads in short, in seconds: the nearest rank for p90."""

    runs: int
    median_seconds: float
    p90_seconds: float
    max_seconds: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self | None:
        """None of none."""
        if not seconds:
            return None
        ordered = sorted(seconds)
        p90 = ordered[math.ceil(0.9 * len(ordered)) - 1]
        return cls(len(ordered), median(ordered), p90, ordered[-1])
