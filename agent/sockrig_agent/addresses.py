"""Which addresses an agent tells its peers: those it was given, else those of its listener or of its host.

The control stream's address, the advertised one and the bound one are three different things; this module decides
the second.
"""

import array
import fcntl
import ipaddress
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

from sockrig_agent.sockets.addresses import BindHosts

_SIOCGIFCONF = 0x8912  # netdevice(7)
_INTERFACE_REQUEST_BYTES = 40  # struct ifreq on 64-bit Linux
_MOST_INTERFACES = 256
_IF_INET6 = Path("/proc/net/if_inet6")


def advertised_addresses(listen_host: str, advertise: Sequence[str], bind_hosts: BindHosts) -> tuple[str, ...]:
    """IPv4 first, then IPv6; may be empty, and then peers use the address that the controller dialled."""
    if advertise:
        return tuple(advertise)
    own = tuple(host for host in (bind_hosts.inet, bind_hosts.inet6) if host)
    if own:
        return own
    try:
        listener = ipaddress.ip_address(listen_host)
    except ValueError:
        return ()
    if listener.is_loopback:
        return ("127.0.0.1", "::1") if listener.version == 6 else (listen_host, "::1")
    found = (*ipv4_addresses(), *ipv6_addresses())
    if listener.is_unspecified:
        return found
    return (listen_host, *(host for host in found if (":" in host) != (":" in listen_host)))


def ipv4_addresses() -> tuple[str, ...]:
    """The host's IPv4 addresses but loopback's, interface by interface (SIOCGIFCONF, netdevice(7))."""
    buffer = array.array("B", bytes(_MOST_INTERFACES * _INTERFACE_REQUEST_BYTES))
    where, capacity = buffer.buffer_info()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            answer = fcntl.ioctl(any_socket.fileno(), _SIOCGIFCONF, struct.pack("iL", capacity, where))
        except OSError:
            return ()
    used = struct.unpack("iL", answer)[0]
    records = (buffer[at : at + _INTERFACE_REQUEST_BYTES].tobytes() for at in range(0, used, _INTERFACE_REQUEST_BYTES))
    addresses = (socket.inet_ntoa(record[20:24]) for record in records)
    return tuple(dict.fromkeys(a for a in addresses if not ipaddress.ip_address(a).is_loopback))


def ipv6_addresses() -> tuple[str, ...]:
    """The host's global IPv6 addresses (/proc/net/if_inet6; scope 00 is global)."""
    try:
        lines = _IF_INET6.read_text(encoding="ascii").splitlines()
    except OSError:
        return ()
    rows = (line.split() for line in lines)
    return tuple(str(ipaddress.IPv6Address(bytes.fromhex(row[0]))) for row in rows if row[3] == "00")
