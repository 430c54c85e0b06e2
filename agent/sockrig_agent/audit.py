"""The audit log: one line for every socket, worker and run that this host opened or closed, and for whom."""

import logging

from sockrig_wire.model.reach import ProbeReach, ReachOpened
from sockrig_wire.model.sockets import (
    AcceptConnection,
    BindSocket,
    CloseSocket,
    ConnectSocket,
    OpenSocket,
    SocketAccepted,
    SocketAddress,
    SocketCall,
    SocketOpened,
    SocketReply,
)

_log = logging.getLogger("sockrig_agent.audit")


def audit(action: str, *, controller: str, run: str, **facts: object) -> None:
    """Write one line, e.g. ``run closed controller=… run=… sockets=2 workers=4 reason="grace passed"``."""
    pairs = {"controller": controller, "run": run, **facts}
    _log.info("%s %s", action, " ".join(f"{key}={_quoted(value)}" for key, value in pairs.items()))


def audit_socket_call(call: SocketCall, reply: SocketReply, *, controller: str, run: str) -> None:
    """One line for each socket that was opened, told where to be or to go, and closed; none for its data."""
    match call.body, reply.body:
        case OpenSocket(family, transport), SocketOpened(socket_id):
            kind = f"{transport.name.lower()} {family.name.lower()}"
            audit("socket opened", controller=controller, run=run, socket=socket_id, kind=kind)
        case AcceptConnection(), SocketAccepted(socket_id, peer):
            audit("socket accepted", controller=controller, run=run, socket=socket_id, peer=_shown(peer))
        case BindSocket(address), _:
            audit("socket bound", controller=controller, run=run, socket=call.socket_id, to=_shown(address))
        case ConnectSocket(address), _:
            audit("socket connected", controller=controller, run=run, socket=call.socket_id, to=_shown(address))
        case CloseSocket(), _:
            audit("socket closed", controller=controller, run=run, socket=call.socket_id)


def audit_reach(what: ReachOpened | ProbeReach, *, controller: str, run: str) -> None:
    """One line for each port that is listened on, and one for each host that is probed."""
    if isinstance(what, ReachOpened):
        for port in what.ports:
            if not port.errno_name:
                name = f"{port.transport.name.lower()}/{port.port}"
                audit("reach listening", controller=controller, run=run, port=name)
        return
    probed: dict[str, list[str]] = {}
    for probe in what.probes:
        probed.setdefault(probe.host, []).append(f"{probe.transport.name.lower()}/{probe.port}")
    for host, ports in probed.items():
        audit("reach probed", controller=controller, run=run, to=host, ports=_some(ports))


_MOST_PORTS_NAMED = 8


def _some(ports: list[str]) -> str:
    more = len(ports) - _MOST_PORTS_NAMED
    return ",".join(ports[:_MOST_PORTS_NAMED]) + (f",+{more}" if more > 0 else "")


def _shown(address: SocketAddress) -> str:
    return f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"


def _quoted(value: object) -> str:
    text = str(value)
    return repr(text) if not text or any(c.isspace() or c in "\"'=" for c in text) else text
