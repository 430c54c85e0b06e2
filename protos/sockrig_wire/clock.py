"""Which monotonic clock a process reads, so that two processes that share one need not estimate it.

CLOCK_MONOTONIC is one clock for all processes of a running kernel, also across containers and network namespaces; only
a time namespace shifts it (time_namespaces(7)). So the kernel's boot id and the time namespace together name a clock.
"""

from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TIME_NAMESPACE = Path("/proc/self/ns/time")


def monotonic_clock_id() -> str:
    """The same text in all processes that read the same monotonic clock; empty where that cannot be known."""
    try:
        boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
        namespace = str(_TIME_NAMESPACE.readlink()) if _TIME_NAMESPACE.is_symlink() else ""
    except OSError:
        return ""
    return f"{boot_id} {namespace}".strip()
