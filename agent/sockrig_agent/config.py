"""What an agent is told when it starts: text in, frozen and checked settings out."""

import ipaddress
import random
import re
import socket
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sockrig_agent.sockets.addresses import BindHosts
from sockrig_wire.errors import UsageError
from sockrig_wire.model.session import LimitsInForce

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_MAX_WORKERS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Everything that is fixed for an agent's life.

    ``advertise`` may be empty: peers then use the addresses found on the host, or the one the controller dialled.
    """

    agent_id: str
    name: str
    labels: Mapping[str, str]
    listen_host: str
    listen_port: int
    insecure: bool
    advertise: tuple[str, ...]
    bind_hosts: BindHosts
    limits: LimitsInForce
    stop_with_stdin: bool = False


def settings_of(
    *,
    listen: str,
    name: str,
    labels: Sequence[str],
    advertise: Sequence[str],
    bind: Sequence[str],
    insecure: bool,
    max_sockets: int,
    max_workers: int,
    max_duration: float,
    stop_with_stdin: bool = False,
) -> AgentSettings:
    """Check the flags.

    Raises:
        UsageError: a flag's value cannot be read, or a door that is open to others was asked for without
            ``--insecure``.
    """
    listen_host, listen_port = split_host_port(listen, flag="--listen")
    own_name = name or socket.gethostname().split(".")[0] or "agent"
    if not _NAME.fullmatch(own_name):
        raise UsageError(
            f"{own_name!r} cannot be an agent's name",
            where="--name",
            next="Use letters, digits, '.', '_' and '-', 63 at most, a letter or digit first.",
        )
    if not insecure and not is_loopback(listen_host):
        raise UsageError(
            f"{listen} can be reached from other hosts, and without TLS anybody there could command this agent",
            where="--listen",
            next="Listen on 127.0.0.1 or ::1, or add --insecure if the network is yours alone.",
        )
    if not 1 <= max_workers <= _MAX_WORKERS or max_sockets < 1 or not max_duration > 0:
        raise UsageError("--max-sockets, --max-workers and --max-duration must be positive", where="the agent's limits")
    return AgentSettings(
        agent_id=agent_id_of(own_name),
        name=own_name,
        labels=labels_of(labels),
        listen_host=listen_host,
        listen_port=listen_port,
        insecure=insecure,
        advertise=tuple(_address(text, "--advertise") for text in advertise),
        bind_hosts=bind_hosts_of(_address(text, "--bind") for text in bind),
        limits=LimitsInForce(
            sockets=max_sockets, workers=max_workers, duration_seconds=max_duration, message_bytes=1024 * 1024
        ),
        stop_with_stdin=stop_with_stdin,
    )


def split_host_port(text: str, *, flag: str) -> tuple[str, int]:
    """Read ``HOST:PORT`` or ``[IPV6]:PORT``; port 0 lets the system choose.

    Raises:
        UsageError: it is neither.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise UsageError(
            f"{text!r} is not an address", where=flag, next="Write HOST:PORT, e.g. 127.0.0.1:7411 or [::1]:7411."
        )
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this host can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def agent_id_of(name: str) -> str:
    """An id that stays the same over restarts: of the machine (machine-id(5)) and the agent's name on it.

    The machine's own id is confidential and does not leave it: what it seeds cannot be traced back to it.
    """
    try:
        machine = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except OSError:
        machine = f"{uuid.getnode():012x}"
    # Random() takes a text through SHA-512; uuid5 would do the same with SHA-1, and load OpenSSL for it.
    seeded = random.Random(f"{name}.{socket.gethostname()}.{machine}.sockrig")
    return str(uuid.UUID(int=seeded.getrandbits(128), version=4))


def labels_of(pairs: Iterable[str]) -> dict[str, str]:
    """Read ``K=V`` pairs.

    Raises:
        UsageError: one has no ``=`` or no key.
    """
    labels: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise UsageError(f"{pair!r} is not a label", where="--label", next="Write KEY=VALUE.")
        labels[key] = value
    return labels


def bind_hosts_of(addresses: Iterable[str]) -> BindHosts:
    """The address of each family, "" for the family that has none."""
    inet, inet6 = "", ""
    for address in addresses:
        if ":" in address:
            inet6 = address
        else:
            inet = address
    return BindHosts(inet=inet, inet6=inet6)


def _address(text: str, flag: str) -> str:
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise UsageError(f"{text!r} is not an IP address", where=flag, next="Write it without a port.") from None
