"""How far datagrams were from evenly spaced, from the gaps that the witness saw. Pure."""

import json
import math

from tests.bench.measurement import UnreadableError


def p99_gap_error_seconds(witness_said: str, packets_per_second: int) -> float:
    """99 % of the gaps between datagrams are no further than this from what the rate asks for.

    Raises:
        UnreadableError: the witness saw no traffic.
    """
    document = witness_said.partition("\n")[2]
    gaps: list[int] = json.loads(document)["gaps_nanoseconds"] if document.strip() else []
    if not gaps:
        raise UnreadableError(f"the witness saw nothing: {witness_said.strip()[-200:]!r}")
    asked = 1e9 / packets_per_second
    errors = sorted(abs(gap - asked) for gap in gaps)
    return errors[math.ceil(0.99 * len(errors)) - 1] / 1e9
