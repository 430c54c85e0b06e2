"""From the options to a rig: whose agents a command works with."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sockrig.cli.options import CONTROLLER_VARIABLE, RigOptions
from sockrig.client.inventory import checked_address, load_inventory
from sockrig.store.location import NO_STORE
from sockrig_wire.errors import UsageError

if TYPE_CHECKING:
    from sockrig.client.async_rig import AsyncRig


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """The agents for a controller of our own: how many are started here, and who is dialled where."""

    local: int = 0
    addresses: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, those of the agents started here first."""
        return (*(f"local-{number}" for number in range(1, self.local + 1)), *self.addresses)


def agents_of(options: RigOptions) -> Agents:
    """The agents that the options name; there may be none.

    Raises:
        UsageError: an option is wrong, or two agents have one name.
    """
    inventory = load_inventory(options.inventory) if options.inventory else {}
    given = [_name_and_address(text) for text in options.agent]
    agents = Agents(
        local=options.local,
        addresses={**{name: agent.address for name, agent in inventory.items()}, **dict(given)},
        labels={name: agent.labels for name, agent in inventory.items()},
    )
    _refuse_namesakes([*Agents(local=options.local).names, *inventory, *(name for name, _ in given)])
    return agents


def _name_and_address(text: str) -> tuple[str, str]:
    name, equals, address = text.partition("=")
    if not name or not equals:
        raise UsageError(f"{text!r} is not an agent", where="--agent", next="Write NAME=ADDR: a=10.0.0.1:7411.")
    return name, checked_address(address, where="--agent")


def _refuse_namesakes(names: Sequence[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise UsageError(f"{count} agents are named {name!r}", next="Rename one.")


def named_controller(options: RigOptions) -> str:
    """The address of the controller to use, "" for one of our own; agents on the command line go before the variable.

    Raises:
        UsageError: both a controller and agents stand on the command line, or the address is not one.
    """
    own = [
        name
        for name, given in (
            ("--inventory", options.inventory is not None),
            ("--agent", bool(options.agent)),
            ("--local", options.local != 0),
        )
        if given
    ]
    if options.controller and own:
        raise UsageError(
            f"--controller has agents of its own and does not go with {' and '.join(own)}",
            next="Leave out one of them.",
        )
    if options.controller:
        return checked_address(options.controller, where="--controller")
    address = "" if own else os.environ.get(CONTROLLER_VARIABLE, "")
    return checked_address(address, where=CONTROLLER_VARIABLE) if address else ""


def required_agents(options: RigOptions) -> Agents:
    """The agents for a controller of our own.

    Raises:
        UsageError: the options name none, or are wrong.
    """
    agents = agents_of(options)
    if not agents.names:
        raise UsageError(
            "no agents are named",
            next=(
                "Add --local 2 to start two on this machine, --agent NAME=ADDR or --inventory FILE for agents that "
                f"listen,\nor --controller ADDR (or {CONTROLLER_VARIABLE}) for a controller that runs."
            ),
        )
    return agents


def rig_of(options: RigOptions, *, store: str = NO_STORE) -> "AsyncRig":
    """The rig to open; agents that are not ready do not keep it from opening.

    A controller of our own records its runs in ``store``.

    Raises:
        UsageError: the options name no agents, or contradict each other.
    """
    from sockrig.client.async_rig import AsyncRig  # noqa: PLC0415 - a wrong option is told before gRPC is loaded

    if address := named_controller(options):
        return AsyncRig.connect(address)
    from sockrig.embedded import embedded_controller  # noqa: PLC0415 - only a controller of our own needs all of it

    agents = required_agents(options)
    controller = embedded_controller(local=agents.local, agents=agents.addresses, labels=agents.labels, store=store)
    return AsyncRig(controller, require_all=False)
