"""Where the traffic goes: over loopback, or over a veth pair between two network namespaces made for it."""

import ipaddress
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

Command = tuple[str, ...]
Pinning = Literal["split", "none"]

_NETWORK = ipaddress.ip_network("10.78.0.0/30")
_CABLE = "cable"
_PATIENCE_SECONDS = 20


class PlaceError(Exception):
    """The place cannot be had; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One end: its address, the interface that bears it, and how commands get there."""

    address: str
    interface: str
    namespace: Command = ()
    cores: tuple[int, ...] = ()

    @property
    def within(self) -> Command:
        """What to put before a command so that it runs here, on these cores."""
        pin = ("taskset", "-c", ",".join(map(str, self.cores))) if self.cores else ()
        return *self.namespace, *pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Two ends."""

    name: str
    sender: Host
    receiver: Host

    @property
    def pinning(self) -> str:
        """In words."""
        if not self.sender.cores:
            return "no process is pinned"
        ends = {"receiver": self.receiver, "sender": self.sender}
        return ", ".join(f"{end} on cores {','.join(map(str, host.cores))}" for end, host in ends.items())


def cores_of(pinning: Pinning) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The cores of the receiver and of the sender: half of them each, or nothing said."""
    cores = sorted(os.sched_getaffinity(0))
    if pinning == "none" or len(cores) < 2 or shutil.which("taskset") is None:
        return (), ()
    half = len(cores) // 2
    return tuple(cores[:half]), tuple(cores[half:])


@contextmanager
def loopback(pinning: Pinning) -> Iterator[Place]:
    """Both ends on 127.0.0.1."""
    receiving, sending = cores_of(pinning)
    sender, receiver = (Host(address="127.0.0.1", interface="lo", cores=cores) for cores in (sending, receiving))
    yield Place(name="loopback", sender=sender, receiver=receiver)


@contextmanager
def veth_pair(pinning: Pinning) -> Iterator[Place]:
    """Two namespaces and a veth pair between them, gone at the end of the block.

    Raises:
        PlaceError: they cannot be made here.
    """
    if os.geteuid() != 0:
        raise PlaceError("only root can make network namespaces")
    if shutil.which("ip") is None:
        raise PlaceError("`ip` is not installed (Debian: apt-get install iproute2)")
    receiving, sending = cores_of(pinning)
    with ExitStack() as stack:
        names = [_namespace(stack, f"sockrig-{os.getpid()}-bench-{end}") for end in ("receiver", "sender")]
        left, right = names
        _ip("link", "add", _CABLE, "netns", left, "type", "veth", "peer", "name", _CABLE, "netns", right)
        addresses = [str(address) for address in _NETWORK.hosts()]
        for name, address in zip(names, addresses, strict=True):
            _ip("-n", name, "link", "set", "lo", "up")
            _ip("-n", name, "address", "add", f"{address}/{_NETWORK.prefixlen}", "dev", _CABLE)
            _ip("-n", name, "link", "set", _CABLE, "up")
        receiver, sender = (
            Host(address=address, interface=_CABLE, namespace=("ip", "netns", "exec", name), cores=cores)
            for name, address, cores in zip(names, addresses, (receiving, sending), strict=True)
        )
        yield Place(name="veth", sender=sender, receiver=receiver)


PLACES = {"loopback": loopback, "veth": veth_pair}


def _namespace(stack: ExitStack, name: str) -> str:
    stack.callback(_delete, name)  # before it is there: an interrupt may come at any time
    _ip("netns", "add", name)
    return name


def _delete(name: str) -> None:
    subprocess.run(("ip", "netns", "delete", name), capture_output=True, timeout=_PATIENCE_SECONDS, check=False)


def _ip(*arguments: str) -> None:
    command = ("ip", *arguments)
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    if done.returncode != 0:
        raise PlaceError(f"{' '.join(command)}: {done.stderr.strip()}")
