"""`sockrig capacity`: a search for the largest rate between two agents, as the scenario it stands for."""

import json

from sockrig.cli.one_line import check_names, check_options, keys_of, value_of
from sockrig.cli.options import CapacityOptions, OutputOptions, RigOptions, SocketOptions
from sockrig.cli.rigs import named_controller, required_agents
from sockrig.cli.running import run_source
from sockrig.cli.sources import ScenarioSource

NAME = "capacity"


def run_capacity(
    source: str,
    destination: str,
    *,
    options: CapacityOptions,
    sockets: SocketOptions,
    rig: RigOptions,
    output: OutputOptions,
) -> int:
    """Search, and report; returns the exit code.

    Raises:
        SockrigError: an option is wrong, or it cannot be run.
    """
    if not named_controller(rig):
        check_names(required_agents(rig), source, destination)
    text = scenario_of(source, destination, options, sockets)
    check_options(text, NAME)
    return run_source(ScenarioSource(text, NAME, {}), rig, output)


def scenario_of(source: str, destination: str, options: CapacityOptions, sockets: SocketOptions) -> str:
    """The scenario's text.

    Raises:
        UsageError: an option cannot be read.
    """
    flow: dict[str, object] = {
        "kind": "udp-stream",
        "from": "source",
        "to": "source" if source == destination else "destination",
        "warmup": options.warmup,
        "workers": options.workers,
        "ipv6": options.ipv6,
    }
    more = {"size": options.size, **keys_of(sockets)}
    flow |= {key: value_of(value, NAME) for key, value in more.items() if value is not None and value != ""}
    search = {
        "flow": flow,
        "rate": {"from": options.from_, "to": options.to},
        "goal": value_of(options.goal, NAME),
        "most": options.most,
        "within": options.within,
    }
    document = {
        "scenario": f"{NAME} from {source} to {destination}",
        "agents": {role: {"names": [name]} for name, role in {source: "source", destination: flow["to"]}.items()},
        "steps": [{"name": NAME, "search": search}],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
