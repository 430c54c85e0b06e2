"""A step that finds out who can talk to whom: ``reach: {from: edges, to: hub, ports: [tcp/22], expect: allow}``."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr, WithJsonSchema

from sockrig.scenario.calls import AgentText
from sockrig.scenario.fields import NOT_EMPTY, VARIABLE_PATTERN, Duration, OneOrMany
from sockrig.scenario.part import Part, checked
from sockrig.scenario.ports import parse_ports
from sockrig.scenario.steps.step import StepPart
from sockrig_wire.reach import MOST_ATTEMPTS

REACH_TIMEOUT_SECONDS = 4.0
"""Longer than the 3 s and a little after which a host that does not answer ARP shows (arp(7): three probes, a second
apart), so that it can be told from a rule that drops."""

PortsText = Annotated[
    StrictStr,
    checked(parse_ports),
    WithJsonSchema(
        {"type": "string", "pattern": rf"^\s*([Tt][Cc][Pp]|[Uu][Dd][Pp])/[0-9]+(-[0-9]+)?\s*$|{VARIABLE_PATTERN}"}
    ),
]
"""A port or a range of them."""


class Reach(Part):
    """Whether agents can talk to agents, on which ports: every source with every destination, none with itself."""

    from_: OneOrMany[AgentText]
    """Who probes: a role, one of a role (``"edges[0]"``), or a list."""
    to: OneOrMany[AgentText]
    """Who is probed; may be the same role, for all pairs."""
    ports: Annotated[OneOrMany[PortsText], NOT_EMPTY]
    """Ports of the destinations: ``tcp/22``, ``udp/53``, ``tcp/8000-8010``."""
    listen: StrictBool = True
    """The destinations listen on the ports for as long as it takes; false probes whatever is there."""
    expect: Literal["allow", "deny", "deny:drop", "deny:reject"] | None = None
    """What must hold of every pair and port: allow (answers come back), deny (nothing gets through), or how it is
    denied."""
    timeout: Duration = REACH_TIMEOUT_SECONDS
    """How long each probe waits."""
    attempts: Annotated[StrictInt, Field(ge=1, le=MOST_ATTEMPTS)] = 3
    """Datagrams of a UDP probe that stays silent, within its timeout; TCP repeats by itself."""
    ipv6: StrictBool = False
    """Over IPv6."""


class ReachStep(StepPart):
    """Who can talk to whom."""

    reach: Reach
    """The question."""
