"""What has come of a flow step so far, and whether more is to come. Pure.

Every worker of every flow ends in exactly one way: with a result, with a failure, or lost with its agent. Samples are
kept as they come; they are all that is left of a lost worker.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sockrig.scenario.plan import FlowPlan
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.flows import Role, Sample, WorkerFailed, WorkerResult
from sockrig_wire.model.session import EventBody


@dataclass(frozen=True, slots=True)
class WorkerKey:
    """One worker of a step."""

    flow: str
    role: Role
    worker: int


class Collected:
    """The results, failures and samples of a step's flows."""

    def __init__(self, flows: Sequence[FlowPlan]) -> None:
        self._agents = {
            WorkerKey(flow.spec.name, role, worker): agent
            for flow in flows
            for role, agent in ((Role.SOURCE, flow.source), (Role.DESTINATION, flow.destination))
            for worker in range(flow.spec.workers)
        }
        self._missing = set(self._agents)
        self._results: list[WorkerResult] = []
        self._failures: list[WorkerFailed] = []
        self._samples: list[Sample] = []

    @property
    def done(self) -> bool:
        """Whether nothing more is to come."""
        return not self._missing

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Agents of whose workers something is still missing, in order of their names."""
        return tuple(sorted({self._agents[key] for key in self._missing}))

    @property
    def samples(self) -> Sequence[Sample]:
        """All samples so far."""
        return self._samples

    @property
    def results(self) -> Sequence[WorkerResult]:
        """All results so far."""
        return self._results

    def take(self, body: EventBody) -> None:
        """Take in an event; one of a worker that is not missing (or of another step) changes nothing."""
        match body:
            case Sample():
                if WorkerKey(body.flow, body.role, body.worker) in self._agents:
                    self._samples.append(body)
            case WorkerResult() | WorkerFailed():
                key = WorkerKey(body.flow, body.role, body.worker)
                if key in self._missing:
                    self._missing.discard(key)
                    if isinstance(body, WorkerResult):
                        self._results.append(body)
                    else:
                        self._failures.append(body)

    def lose_agent(self, agent: str, why: str) -> dict[str, set[str]]:
        """Whatever is missing of this agent will not come.

        Returns:
            By agent, the flows whose other end is still at work there, for nobody.
        """
        lost = {key for key in self._missing if self._agents[key] == agent}
        self._give_up(lost, ErrorCode.LOST, agent, why)
        flows = {key.flow for key in lost}
        bereft: dict[str, set[str]] = {}
        for key in self._missing:
            if key.flow in flows:
                bereft.setdefault(self._agents[key], set()).add(key.flow)
        return bereft

    def give_up(self, why: str) -> None:
        """Nothing more is awaited."""
        for agent in self.waiting_for:
            self._give_up((key for key in self._missing if self._agents[key] == agent), ErrorCode.TIMEOUT, agent, why)

    def of_flow(self, name: str) -> tuple[list[WorkerResult], list[Sample], list[WorkerFailed]]:
        """What belongs to one flow."""
        return (
            [result for result in self._results if result.flow == name],
            [sample for sample in self._samples if sample.flow == name],
            [failure for failure in self._failures if failure.flow == name],
        )

    def _give_up(self, keys: Iterable[WorkerKey], code: ErrorCode, agent: str, why: str) -> None:
        for key in sorted(keys, key=lambda key: (key.flow, key.role.name, key.worker)):
            self._missing.discard(key)
            error = Error(code, why, where=f"agent {agent}")
            self._failures.append(WorkerFailed(key.flow, key.role, key.worker, error))
