"""The one-line commands: a flow between two agents as the scenario it stands for."""

import json

from sockrig.cli.options import FlowOptions, OutputOptions, RigOptions
from sockrig.cli.rigs import Agents, named_controller, required_agents
from sockrig.cli.running import run_source
from sockrig.cli.sources import ScenarioSource
from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig_wire.errors import NotFoundError, UsageError


def run_flow(
    kind: str, source: str, destination: str, *, flow: FlowOptions, rig: RigOptions, output: OutputOptions
) -> int:
    """Run one flow of this kind; returns the exit code.

    Raises:
        SockrigError: an option is wrong, or it cannot be run.
    """
    if not named_controller(rig):
        _check_names(required_agents(rig), source, destination)
    text = scenario_of(kind, source, destination, flow)
    check_options(text, kind)
    return run_source(ScenarioSource(text, kind, {}), rig, output)


def scenario_of(kind: str, source: str, destination: str, flow: FlowOptions) -> str:
    """The scenario's text."""
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
    if flow.rate:
        asked["rate"] = flow.rate
    if flow.size:
        asked["size"] = flow.size
    if source == destination:
        asked["to"] = asked["from"]
    document = {
        "scenario": f"{kind} from {source} to {destination}",
        "agents": {role: {"names": [name]} for name, role in {source: asked["from"], destination: asked["to"]}.items()},
        "steps": [{"name": kind, "flow": asked}],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def check_options(text: str, kind: str) -> None:
    """Tell what is wrong without the places in a text that nobody has written.

    Raises:
        UsageError: an option's value is wrong.
    """
    try:
        load_scenario(text, file_name=kind)
    except ScenarioError as error:
        raise UsageError("\n".join(problem.message for problem in error.problems), where=kind) from None


def _check_names(agents: Agents, *wanted: str) -> None:
    for name in wanted:
        if name not in agents.names:
            raise NotFoundError(f"no agent is named {name!r}", next=f"There are: {', '.join(agents.names)}.")
