"""Sockrig itself as one of the tools: the scenario that is run, and the figure out of its result document. Pure."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.bench.measurement import Reading, UnreadableError

SOURCE, DESTINATION = "sender", "receiver"
"""The agents' names."""

Flow = dict[str, Any]
"""A flow of the result document, as JSON has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """One way of using Sockrig; what is None or empty is left to its defaults.

    Args:
        kind: of flow.
        read: finds the figure in the flow's result.
        size_bytes: of a datagram or a message.
        packets_per_second: the rate to keep.
        workers: at each end.
        offload: what the kernel may take over.
        poll: how workers wait; a key of scenarios that not every version has.
    """

    kind: str
    read: Callable[[Flow], float]
    size_bytes: int | None = None
    packets_per_second: int | None = None
    workers: int | None = None
    offload: str = ""
    poll: str = ""

    def scenario(self, seconds: int) -> str:
        """The scenario, as `sockrig run -` takes it from stdin."""
        flow: dict[str, Any] = {"kind": self.kind, "from": SOURCE, "to": DESTINATION, "duration": f"{seconds}s"}
        wishes = {
            "size": self.size_bytes and f"{self.size_bytes} B",
            "rate": self.packets_per_second and f"{self.packets_per_second} pps",
            "workers": self.workers,
            "offload": self.offload,
            "poll": self.poll,
        }
        flow |= {key: wish for key, wish in wishes.items() if wish}
        agents = {name: {"names": [name]} for name in (SOURCE, DESTINATION)}
        document = {"scenario": "bench", "agents": agents, "steps": [{"name": "bench", "flow": flow}]}
        return json.dumps(document) + "\n"


def reading_of(text: str, ours: Ours) -> Reading:
    """The figure, and what the document says of what held it back.

    Raises:
        UnreadableError: the run did not pass, or has no such figure.
    """
    flow = _flow(text)
    try:
        value = ours.read(flow)
    except TypeError:
        raise UnreadableError(f"the result of {ours.kind} has no such figure") from None
    cpu = [flow[end][part] for end in ("sender_cpu", "receiver_cpu") for part in ("user_seconds", "system_seconds")]
    streams = ours.kind.endswith("-stream")
    loss = flow["loss_ratio"]
    return Reading(
        value=value,
        carried_bytes=flow["received"]["bytes"] if streams else None,
        cpu_seconds=sum(cpu),
        bound=flow["bound"],
        limited_by=flow["limited_by"],
        offloads=tuple(flow["offloads"] or ()),
        remark=f"{loss:.0%} lost" if streams and loss is not None else "",
    )


def throughput(flow: Flow) -> float:
    """Payload bits a second, received."""
    return float(flow["received"]["bits_per_second"])


def packet_rate(flow: Flow) -> float:
    """Datagrams a second, received."""
    return float(flow["received"]["packets_per_second"])


def round_trip(flow: Flow) -> float:
    """The median, in seconds."""
    return float(flow["round_trip"]["p50_seconds"])


def connection_rate(flow: Flow) -> float:
    """Connections a second."""
    return float(flow["connections_per_second"])


def rate_error(packets_per_second: int) -> Callable[[Flow], float]:
    """How far the datagrams sent a second were from what was asked, as a ratio."""

    def read(flow: Flow) -> float:
        return abs(float(flow["sent"]["packets_per_second"]) / packets_per_second - 1)

    return read


def _flow(text: str) -> Flow:
    try:
        document = json.loads(text)
    except ValueError:
        raise UnreadableError(f"sockrig wrote no JSON: {text.strip()[-200:]!r}") from None
    steps = document["steps"]
    if document["verdict"] != "passed" or not steps or not steps[0]["flows"]:
        problems = [steps[0]["problem"], *(each["problem"] for each in document["agents"])] if steps else []
        said = "; ".join(str(each) for each in problems if each)
        raise UnreadableError(f"the run's verdict is {document['verdict']}: {said or 'no flow'}")
    flow: Flow = steps[0]["flows"][0]
    return flow
