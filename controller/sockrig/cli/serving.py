"""``sockrig controller``: a controller that stays up for its clients."""

import asyncio
import ipaddress
import logging
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sockrig.cli.options import RigOptions
from sockrig.cli.rigs import agents_of
from sockrig.cli.stores import store_for
from sockrig.fleet.target import AgentAddress
from sockrig.service.server import serving_controller
from sockrig.store.location import NO_STORE
from sockrig.store.opening import OpenStore
from sockrig_wire.errors import UsageError

_log = logging.getLogger(__name__)


def serve(options: RigOptions, *, listen: str, insecure: bool, store: str) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code.

    Raises:
        UsageError: no agents are named, or an option is wrong.
        UsageError: others could reach it, and nobody said that they may.
        CannotRunError: the address cannot be had, or the store cannot be opened.
    """
    agents = agents_of(options)
    if not agents.addresses:
        raise UsageError(
            "no agents are named", next="Add --agent NAME=ADDR or --inventory FILE for agents that listen."
        )
    check_door(listen, insecure=insecure)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    targets = [AgentAddress(name, address, agents.labels.get(name, {})) for name, address in agents.addresses.items()]
    with _store(store_for(options, store), listen) as opened:
        asyncio.run(_serve(targets, listen, opened, insecure=insecure))
    return 0


def check_door(listen: str, *, insecure: bool) -> None:
    """Check where clients are to come.

    Raises:
        UsageError: it is no address.
        UsageError: it is not loopback, without ``insecure``.
    """
    if listen.startswith("unix:"):
        return
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 0xFFFF:
        raise UsageError(
            f"{listen!r} is not an address",
            where="--listen",
            next="Write HOST:PORT, e.g. 127.0.0.1:7410 or [::1]:7410.",
        )
    if not insecure and not _is_loopback(host.removeprefix("[").removesuffix("]")):
        raise UsageError(
            f"{listen} can be reached from other hosts, and without TLS anybody there could command this controller",
            where="--listen",
            next="Listen on 127.0.0.1 or ::1, or add --insecure if the network is yours alone.",
        )


@contextmanager
def _store(text: str, listen: str) -> Iterator[OpenStore | None]:
    """The store, for this controller alone where it is a file; None for ``none``."""
    if text == NO_STORE:
        yield None
        return
    with closing(OpenStore.at(text, alone_for=listen)) as opened:
        yield opened


async def _serve(targets: list[AgentAddress], listen: str, store: OpenStore | None, *, insecure: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with serving_controller(targets, listen, store=store) as address:
        if store is not None and store.lock is not None:
            store.lock.tell(address)
        if insecure:
            _log.warning(
                "%s may be open to other hosts without TLS (--insecure): anybody there may command it", address
            )
        print(f"controller listening on {address}", flush=True)
        await stopped.wait()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
