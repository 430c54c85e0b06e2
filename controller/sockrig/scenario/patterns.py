"""When packets leave, as a person writes it: ``poisson``, ``{burst: 10, gap: 10ms}``, ``{on: 1s, off: 500ms}``."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StrictInt, Tag

from sockrig.scenario.fields import Phase
from sockrig.scenario.part import Part, known_by_key, tag_of_form
from sockrig_wire.kinds import MOST_BURST_PACKETS
from sockrig_wire.model import flows


class BurstPattern(Part):
    """So many packets at once, again and again; the gap makes the rate."""

    burst: Annotated[StrictInt, Field(ge=1, le=MOST_BURST_PACKETS)]
    """Packets, or requests, of each worker."""
    gap: Phase
    """From the beginning of one burst to that of the next."""

    def planned(self) -> flows.BurstPattern:
        """The same, for agents."""
        return flows.BurstPattern(self.burst, self.gap)


class OnOffPattern(Part):
    """Traffic in phases: at the rate, or without one as fast as it goes, and then nothing."""

    on: Phase
    """How long it goes."""
    off: Phase
    """How long nothing goes after it."""

    def planned(self) -> flows.OnOffPattern:
        """The same, for agents."""
        return flows.OnOffPattern(self.on, self.off)


PATTERN_KINDS: Mapping[str, type[Part]] = {"burst": BurstPattern, "on": OnOffPattern}

Pattern = Annotated[
    Annotated[Literal["constant", "poisson"], Tag("<word>")]
    | Annotated[
        Annotated[
            Annotated[BurstPattern, Tag("<burst>")] | Annotated[OnOffPattern, Tag("<on>")],
            *known_by_key("a pattern", PATTERN_KINDS),
        ],
        Tag("<shape>"),
    ],
    tag_of_form({str: "<word>", object: "<shape>"}),
]
"""At even distances, at random ones, in bursts or in phases."""


def planned_pattern(pattern: str | BurstPattern | OnOffPattern) -> flows.Pattern:
    """The pattern, for agents."""
    if isinstance(pattern, str):
        return flows.PoissonPattern() if pattern == "poisson" else flows.ConstantPattern()
    return pattern.planned()
