"""``sockrig mesh``: who can talk to whom, as the scenario that it stands for."""

import asyncio
import json
from collections.abc import Sequence

from sockrig.cli.one_line import check_options
from sockrig.cli.options import OutputOptions, ReachOptions, RigOptions
from sockrig.cli.rigs import named_controller, required_agents, rig_of
from sockrig.cli.running import run_source
from sockrig.cli.sources import ScenarioSource
from sockrig.client.agents import unreachable
from sockrig_wire.errors import NotFoundError, UsageError
from sockrig_wire.model.controller import AgentState

_NAME = "mesh"


def run_mesh(
    sources: Sequence[str], destinations: Sequence[str], *, reach: ReachOptions, rig: RigOptions, output: OutputOptions
) -> int:
    """Probe from these agents to those, or where none are named from and to all; returns the exit code.

    Raises:
        SockrigError: an option is wrong, or it cannot be run.
    """
    known = asyncio.run(_agents_of_controller(rig)) if named_controller(rig) else required_agents(rig).names
    text = scenario_of(known, sources or known, destinations or known, reach)
    check_options(text, _NAME)
    return run_source(ScenarioSource(text, _NAME, {}), rig, output)


def scenario_of(known: Sequence[str], sources: Sequence[str], destinations: Sequence[str], reach: ReachOptions) -> str:
    """The scenario's text.

    Raises:
        UsageError: no port is named, or there is nobody to talk to.
        NotFoundError: an agent is not there.
    """
    if not reach.port:
        raise UsageError("no port is named", where=_NAME, next="Add --port tcp/22, --port udp/53 or a range of them.")
    for name in (*sources, *destinations):
        if name not in known:
            raise NotFoundError(f"no agent is named {name!r}", next=f"There are: {', '.join(known)}.")
    players = tuple(dict.fromkeys((*sources, *destinations)))
    if len(players) < 2:
        raise UsageError("one agent alone has nobody to talk to", where=_NAME, next="Name two agents or more.")
    place = {name: f"agents[{number}]" for number, name in enumerate(players)}
    asked: dict[str, object] = {
        "from": [place[name] for name in dict.fromkeys(sources)],
        "to": [place[name] for name in dict.fromkeys(destinations)],
        "ports": reach.port,
        "listen": not reach.no_listen,
        "timeout": reach.timeout,
        "attempts": reach.attempts,
        "ipv6": reach.ipv6,
    }
    if reach.expect:
        asked["expect"] = reach.expect
    document = {
        "scenario": f"who can talk to whom: {', '.join(reach.port)}"[:200],
        "agents": {"agents": {"names": players}},
        "steps": [{"name": _NAME, "reach": asked}],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


async def _agents_of_controller(rig: RigOptions) -> tuple[str, ...]:
    async with rig_of(rig) as opened:
        statuses = await opened.statuses()
    ready = tuple(status.name for status in statuses if status.state is AgentState.READY)
    if not ready:
        raise unreachable(statuses)
    return ready
