"""The one-line commands: a flow between two agents as the scenario it stands for."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType

from sockrig.cli.options import FlowOptions, OutputOptions, RigOptions, SocketOptions, TcpOptions
from sockrig.cli.rigs import Agents, named_controller, required_agents
from sockrig.cli.running import run_source
from sockrig.cli.sources import ScenarioSource
from sockrig.scenario.document import plain_value, read_document
from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.part import key_of
from sockrig_wire.errors import NotFoundError, UsageError
from sockrig_wire.kinds import LARGEST_CONTENT_BYTES

Keys = Mapping[str, object]
"""Keys of a flow with their values; an empty one was not asked for."""

_NO_MORE: Keys = MappingProxyType({})


def keys_of(*groups: SocketOptions | TcpOptions) -> Keys:
    """The keys that these options stand for."""
    return {key_of(each.name): getattr(group, each.name) for group in groups for each in fields(group)}


def run_flow(
    kind: str,
    source: str,
    destination: str,
    *,
    flow: FlowOptions,
    rig: RigOptions,
    output: OutputOptions,
    more: Keys = _NO_MORE,
) -> int:
    """Run one flow of this kind; returns the exit code.

    Args:
        kind: of the flow.
        source: name of an agent.
        destination: name of an agent.
        flow: what can be asked of every kind.
        rig: whose agents.
        output: how it is told.
        more: what can be asked of this kind.

    Raises:
        SockrigError: an option is wrong, or it cannot be run.
    """
    if not named_controller(rig):
        check_names(required_agents(rig), source, destination)
    text = scenario_of(kind, source, destination, flow, more)
    check_options(text, kind)
    return run_source(ScenarioSource(text, kind, {}), rig, output)


def scenario_of(kind: str, source: str, destination: str, flow: FlowOptions, more: Keys = _NO_MORE) -> str:
    """The scenario's text.

    Raises:
        UsageError: an option cannot be read.
    """
    asked: dict[str, object] = {
        "kind": kind,
        "from": "source",
        "to": "destination",
        "duration": flow.duration,
        "warmup": flow.warmup,
        "interval": flow.interval,
        "workers": flow.workers,
        "mode": flow.mode,
        "offload": flow.offload.split(",") if "," in flow.offload else flow.offload,
        "ipv6": flow.ipv6,
    }
    optional = {"rate": flow.rate, "pattern": flow.pattern, "size": flow.size, **more}
    optional["payload"] = _payload_of(flow.payload, kind)
    asked |= {key: value_of(value, kind) for key, value in optional.items() if value is not None and value != ""}
    if source == destination:
        asked["to"] = asked["from"]
    document = {
        "scenario": f"{kind} from {source} to {destination}",
        "agents": {role: {"names": [name]} for name, role in {source: asked["from"], destination: asked["to"]}.items()},
        "steps": [{"name": kind, "flow": asked}],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _payload_of(text: str, kind: str) -> object:
    """What packets hold; of a file its bytes, as the scenario goes to a controller that may be elsewhere.

    Raises:
        UsageError: the file cannot be read, or is too large.
    """
    prefix, _, path = text.partition(":")
    if prefix != "file":
        return text
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_CONTENT_BYTES + 1)
    except OSError as failure:
        raise UsageError(f"payload: {path} cannot be read: {failure.strerror}", where=kind) from None
    if not 1 <= len(content) <= LARGEST_CONTENT_BYTES:
        raise UsageError(f"payload: {path} must have 1 to {LARGEST_CONTENT_BYTES:,} bytes", where=kind)
    return {"base64": b64encode(content).decode()}


def value_of(value: object, kind: str) -> object:
    """An option's value; a text in braces is a mapping, as it stands in a scenario.

    Raises:
        UsageError: the braces do not hold a mapping.
    """
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    try:
        return plain_value(read_document(value, kind))
    except ScenarioError as error:
        raise _without_places(error, kind) from None


def check_options(text: str, kind: str) -> None:
    """Tell what is wrong without the places in a text that nobody has written.

    Raises:
        UsageError: an option's value is wrong.
    """
    try:
        load_scenario(text, file_name=kind)
    except ScenarioError as error:
        raise _without_places(error, kind) from None


def _without_places(error: ScenarioError, kind: str) -> UsageError:
    return UsageError("\n".join(problem.message for problem in error.problems), where=kind)


def check_names(agents: Agents, *wanted: str) -> None:
    """Tell a name that no agent has.

    Raises:
        NotFoundError: there is one among those wanted.
    """
    for name in wanted:
        if name not in agents.names:
            raise NotFoundError(f"no agent is named {name!r}", next=f"There are: {', '.join(agents.names)}.")
