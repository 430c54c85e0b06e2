"""The sizes of a flow's packets, as a person writes them: ``64 B``, ``{uniform: [64 B, 1400 B]}``, ``imix``."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Discriminator, Field, StrictInt, Tag, model_validator

from sockrig.scenario.fields import NOT_EMPTY, Size
from sockrig.scenario.part import Part, known_by_key, problem_at
from sockrig_wire.kinds import LARGEST_WEIGHT, MOST_SIZE_SHARES
from sockrig_wire.model.flows import SizeShare
from sockrig_wire.model.sockets import Family

_IMIX: Final = ((7, 64), (4, 594), (1, 1518))
"""Shares of the *simple IMIX* and their Ethernet frames in bytes, check sum included: what testers have long used for
Internet traffic, after packet lengths of 40, 576 and 1500 bytes. RFC 6985 says how such mixes are told apart."""
_ETHERNET_BYTES: Final = 18
"""Header and check sum (IEEE 802.3)."""
IP_AND_UDP_BYTES: Final = {Family.INET: 28, Family.INET6: 48}
"""RFC 791, RFC 8200, RFC 768."""


class UniformSizes(Part):
    """Every size between two, each as likely as the next."""

    uniform: tuple[Size, ...]
    """The smallest and the largest."""

    @model_validator(mode="after")
    def _goes_upwards(self) -> Self:
        if len(self.uniform) != 2 or self.uniform[0] > self.uniform[1]:
            raise problem_at(self, "expected two sizes, the smallest and the largest", "uniform")
        return self

    @property
    def shares(self) -> tuple[SizeShare, ...]:
        """The same, for agents."""
        smallest, largest = self.uniform
        return (SizeShare(smallest, largest),)


class MixedSizes(Part):
    """Several sizes, each with its weight."""

    mix: Annotated[
        dict[Size, Annotated[StrictInt, Field(ge=1, le=LARGEST_WEIGHT)]], Field(max_length=MOST_SIZE_SHARES), NOT_EMPTY
    ]
    """How many of each size, beside the others: ``{64 B: 7, 594 B: 4, 1400 B: 1}``."""

    @property
    def shares(self) -> tuple[SizeShare, ...]:
        """The same, for agents."""
        return tuple(SizeShare(size, size, weight) for size, weight in self.mix.items())


SIZE_KINDS: Mapping[str, type[Part]] = {"uniform": UniformSizes, "mix": MixedSizes}


def _form(value: object) -> str:
    if value == "imix":
        return "<word>"
    return "<shape>" if isinstance(value, (Mapping, Part)) else "<one>"


FlowSize = Annotated[
    Annotated[Literal["imix"], Tag("<word>")]
    | Annotated[Size, Tag("<one>")]
    | Annotated[
        Annotated[
            Annotated[UniformSizes, Tag("<uniform>")] | Annotated[MixedSizes, Tag("<mix>")],
            *known_by_key("a size", SIZE_KINDS),
        ],
        Tag("<shape>"),
    ],
    Discriminator(_form),
]
"""One size, or several."""


def shares_of(
    size: int | str | UniformSizes | MixedSizes | None, *, family: Family, least_bytes: int
) -> tuple[SizeShare, ...]:
    """The shares of a size that is several; nothing for one size.

    Args:
        size: as it was written.
        family: of the flow; of ``imix`` it is frames that have the sizes.
        least_bytes: what a datagram of it needs: frames of ``imix`` that are shorter are as long as that.
    """
    match size:
        case UniformSizes() | MixedSizes():
            return size.shares
        case "imix":
            headers = _ETHERNET_BYTES + IP_AND_UDP_BYTES[family]
            payloads = ((weight, max(least_bytes, frame - headers)) for weight, frame in _IMIX)
            return tuple(SizeShare(payload, payload, weight) for weight, payload in payloads)
    return ()
