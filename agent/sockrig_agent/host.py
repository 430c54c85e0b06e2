"""What this host is and what it offers, found by looking and trying, as an agent tells it in Hello."""

import os
import platform
import socket
from pathlib import Path

from sockrig_agent.traffic.capabilities import available_offloads
from sockrig_agent.traffic.kinds import added_kinds
from sockrig_wire.clock import monotonic_clock_id
from sockrig_wire.kinds import KIND_CAPABILITY
from sockrig_wire.model.session import HostFacts
from sockrig_wire.reach import REACH_CAPABILITY

_CONGESTION_CONTROLS = Path("/proc/sys/net/ipv4/tcp_available_congestion_control")
_NETWORK_NAMESPACE = Path("/proc/self/ns/net")
_SCHEDSTAT = Path("/proc/thread-self/schedstat")


def host_facts() -> HostFacts:
    """Name, system, Python, cores and clock."""
    return HostFacts(
        hostname=socket.gethostname(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        cores=core_count(),
        clock_id=monotonic_clock_id(),
    )


def core_count() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def capabilities() -> tuple[str, ...]:
    """Sorted names: offloads, ``ipv6``, ``mptcp``, ``reach``, ``reuse-port``, ``schedstat``, ``namespaces``.

    ``congestion:…`` is what TCP can use, ``kind:…`` traffic that another package adds.
    """
    found = {REACH_CAPABILITY, *available_offloads()}
    if _has_ipv6():
        found.add("ipv6")
    if _opens(socket.AF_INET, socket.SOCK_STREAM, getattr(socket, "IPPROTO_MPTCP", 262)):
        found.add("mptcp")
    if hasattr(socket, "SO_REUSEPORT"):
        found.add("reuse-port")
    if _SCHEDSTAT.exists():
        found.add("schedstat")
    if _NETWORK_NAMESPACE.exists():
        found.add("namespaces")
    found.update(f"congestion:{name}" for name in _congestion_controls())
    found.update(f"{KIND_CAPABILITY}{name}" for name in added_kinds())
    return tuple(sorted(found))


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as trial:
            trial.bind(("::1", 0))
    except OSError:
        return False
    return True


def _opens(family: int, kind: int, protocol: int) -> bool:
    try:
        socket.socket(family, kind, protocol).close()
    except OSError:
        return False
    return True


def _congestion_controls() -> list[str]:
    try:
        return _CONGESTION_CONTROLS.read_text(encoding="ascii").split()
    except OSError:
        return []
