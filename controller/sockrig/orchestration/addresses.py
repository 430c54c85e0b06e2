"""Where peers reach an agent."""

from sockrig.fleet.link import AgentLink
from sockrig_wire.errors import IncompatibleError
from sockrig_wire.model.sockets import Family


def address_of(link: AgentLink, family: Family) -> str:
    """Where peers reach the agent over this family.

    Raises:
        IncompatibleError: it advertises no address of it.
    """
    for host in link.addresses:
        if (":" in host) == (family is Family.INET6):
            return host
    name = "IPv6" if family is Family.INET6 else "IPv4"
    raise IncompatibleError(
        f"it advertises no {name} address",
        where=f"agent {link.name}",
        next=f"Start it with --advertise and its {name} address.",
    )
