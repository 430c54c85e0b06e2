"""How a scenario names agents and addresses: ``edges[0]``, ``server:80``, ``[::1]:5``, ``letter.sender``."""

import ipaddress
import re
from dataclasses import dataclass

from sockrig.scenario.units import shown

NAME_PATTERN = r"[^\W\d][\w-]*"
_ROLE = re.compile(rf"(?P<role>{NAME_PATTERN})(?:\[(?P<index>[0-9]{{1,4}})\])?")
_BRACKETED = re.compile(r"\[(?P<host>[0-9A-Fa-f:.%\w]+)\]:(?P<port>[0-9]{1,5})")
_PLAIN = re.compile(r"(?P<host>[^:\[\]\s/]*|[^:\[\]\s/]+\[[0-9]{1,4}\]):(?P<port>[0-9]{1,5})")
_SENDER_OF = re.compile(rf"(?P<letter>{NAME_PATTERN})\.sender")
_LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class RoleReference:
    """All agents of a role, or with an index (from 0) one of them."""

    role: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class HostPort:
    """A port of a host; the host is a role's reference, a name or an address, or empty for every address."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class SocketReference:
    """The address of a socket of the dialogue."""

    name: str


@dataclass(frozen=True, slots=True)
class SenderReference:
    """Where a letter came from."""

    letter: str


def parse_role_reference(text: str) -> RoleReference:
    """Read ``edges`` or ``edges[0]``.

    Raises:
        ValueError: it is neither.
    """
    match = _ROLE.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is no agent: expected a role such as clients, or one of it such as clients[0]")
    return RoleReference(match["role"], None if match["index"] is None else int(match["index"]))


def parse_host_port(text: str) -> HostPort:
    """Read ``:0``, ``host:port`` or ``[::1]:port``.

    Raises:
        ValueError: it is none of them.
    """
    match = _BRACKETED.fullmatch(text) or _PLAIN.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not an address: expected host:port, [IPv6]:port or :port")
    port = int(match["port"])
    if port > _LARGEST_PORT:
        raise ValueError(f"{shown(text)} has no such port: the largest is {_LARGEST_PORT}")
    return HostPort(match["host"], port)


def parse_target(text: str) -> SocketReference | SenderReference | HostPort:
    """Read what data can be sent to: a socket's name, ``letter.sender`` or ``host:port``.

    Raises:
        ValueError: it is none of them.
    """
    if re.fullmatch(NAME_PATTERN, text):
        return SocketReference(text)
    sender = _SENDER_OF.fullmatch(text)
    if sender is not None:
        return SenderReference(sender["letter"])
    address = _host_port_or_none(text)
    if address is None or not address.host or address.port == 0:
        raise ValueError(f"{shown(text)} is no target: expected a socket's name, LETTER.sender, ROLE:PORT or HOST:PORT")
    return address


def address_version(host: str) -> int | None:
    """4 or 6 for an address; None for a name."""
    try:
        return ipaddress.ip_address(host).version
    except ValueError:
        return None


def _host_port_or_none(text: str) -> HostPort | None:
    try:
        return parse_host_port(text)
    except ValueError:
        return None
