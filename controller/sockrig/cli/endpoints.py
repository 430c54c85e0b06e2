"""Addresses as people write them for ``listen``, ``send`` and ``recv``. Pure."""

from dataclasses import dataclass

from sockrig_wire.errors import UsageError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host, empty for all addresses of the agent's, and a port, 0 for a free one."""

    host: str
    port: int


def endpoint_of(text: str) -> Endpoint:
    """Read ``PORT``, ``:PORT``, ``HOST:PORT`` or ``[IPV6]:PORT``.

    Raises:
        UsageError: it is none of them.
    """
    host, _, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = host != bare
    if not port.isdecimal() or not port.isascii() or int(port) > 0xFFFF or (":" in bare) != bracketed:
        raise UsageError(
            f"{text!r} is not an address with a port", next="Write HOST:PORT, [2001:db8::1]:PORT, or :PORT for any."
        )
    return Endpoint(bare, int(port))


def peer_endpoint_of(text: str) -> Endpoint:
    """Read an address to send to.

    Raises:
        UsageError: it is none, or lacks its host or port.
    """
    endpoint = endpoint_of(text)
    if not endpoint.host or not endpoint.port:
        raise UsageError(f"{text!r} is not an address to send to", next="Write HOST:PORT, e.g. 10.0.0.1:7000.")
    return endpoint


def shown_address(host: str, port: int) -> str:
    """``10.0.0.1:80``, ``[::1]:80``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
