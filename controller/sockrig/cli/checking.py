"""``sockrig check``: reads a scenario, expands it over agents, and shows what it would do."""

import asyncio
import sys
from collections.abc import Sequence

from sockrig.cli.options import RigOptions
from sockrig.cli.output import print_result
from sockrig.cli.rigs import agents_of, named_controller, rig_of
from sockrig.cli.sources import load_source, read_source, variables_of
from sockrig.cli.words import counted
from sockrig.client.agents import unreachable
from sockrig.scenario.assignment import placeholder_agents
from sockrig.scenario.plan import AgentFacts, describe, expand
from sockrig_wire.model.controller import AgentState


def check_file(name: str, variables: Sequence[str], rig: RigOptions) -> int:
    """Check a scenario and print its plan; returns the exit code.

    Agents on this machine need not be started for it. Where no agents are named, as many are assumed as it needs.

    Raises:
        SockrigError: it is wrong, or does not fit the agents.
    """
    source = read_source(name, variables_of(variables))
    loaded = load_source(source)
    agents = _known_agents(rig)
    plan = expand(loaded, agents or placeholder_agents(loaded))
    print_result(describe(plan))
    if not agents:
        print(f"no agents were named: assumed {counted(len(plan.agents), 'agent')}", file=sys.stderr)
    return 0


def _known_agents(rig: RigOptions) -> tuple[AgentFacts, ...]:
    """What is known of the agents that the options name; none where they name none."""
    agents = None if named_controller(rig) else agents_of(rig)
    if agents is not None and not agents.addresses:
        return tuple(AgentFacts(name) for name in agents.names)
    return asyncio.run(_asked_agents(rig))


async def _asked_agents(rig: RigOptions) -> tuple[AgentFacts, ...]:
    async with rig_of(rig) as opened:
        statuses = await opened.statuses()
    if failed := [status for status in statuses if status.state is not AgentState.READY]:
        raise unreachable(failed)
    return tuple(AgentFacts(each.name, each.labels, each.advertised_addresses, each.capabilities) for each in statuses)
