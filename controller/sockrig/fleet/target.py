"""What a controller is told of an agent before it has ever answered. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentAddress:
    """Where to dial an agent, what to call it, and the labels that the inventory gives it."""

    name: str
    address: str
    labels: Mapping[str, str]
