"""What is told of a run to have it recorded. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from sockrig.results.model.run import RunResult
from sockrig_wire.model.controller import AgentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBeginning:
    """What is known of a run before anything of it is opened.

    ``included`` are the texts of the files that the scenario includes, ``variables`` those that were given, and
    ``baseline`` is the id of the earlier run that it is compared with.
    """

    run_id: str
    name: str
    source: str
    scenario: str
    included: Mapping[str, str]
    variables: Mapping[str, str]
    agents: tuple[AgentStatus, ...]
    baseline: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended; without a document it could not begin or was interrupted, and ``problem`` says why."""

    verdict: str
    duration_seconds: float
    document: RunResult | None = None
    problem: str | None = None
