"""How many descriptors a worker's process may have: raised as far as the host allows it, where a flow needs more."""

import resource

from sockrig_wire.errors import LimitError


def make_room(descriptors: int) -> None:
    """Let this process have so many open at once: raise its soft limit to the hard one where it is lower.

    Raises:
        LimitError: even the hard limit is lower.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= descriptors:
        return
    if hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))  # as a soft limit not all systems take it
        return
    if hard < descriptors:
        raise LimitError(
            f"{descriptors:,} descriptors would be needed, and this host allows a process {hard:,}",
            next="Hold fewer connections, share them out over more workers in mode parallel, "
            "or raise the agent's hard limit (`ulimit -Hn`; LimitNOFILE of a systemd unit).",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
