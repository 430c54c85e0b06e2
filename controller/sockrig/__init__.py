"""Everything that commands agents, records what they did and reports it.

What a program needs comes from here::

    from sockrig import Rig

    with Rig.local(2) as rig:
        a, b = rig.hosts
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sockrig.client.async_host import AsyncHost
    from sockrig.client.async_rig import AsyncRig
    from sockrig.client.async_socket import AsyncRemoteSocket
    from sockrig.client.host import Host
    from sockrig.client.remote_socket import RemoteSocket
    from sockrig.client.rig import Rig
    from sockrig_wire.errors import (
        BarrierTimeoutError,
        CannotRunError,
        IncompatibleError,
        InternalError,
        InterruptedRunError,
        LimitError,
        LostError,
        NotFoundError,
        RefusedError,
        SocketFailedError,
        SockrigError,
        StoreError,
        UnreachableError,
        UsageError,
        WorkerError,
    )

__all__ = [
    "AsyncHost",
    "AsyncRemoteSocket",
    "AsyncRig",
    "BarrierTimeoutError",
    "CannotRunError",
    "Host",
    "IncompatibleError",
    "InternalError",
    "InterruptedRunError",
    "LimitError",
    "LostError",
    "NotFoundError",
    "RefusedError",
    "RemoteSocket",
    "Rig",
    "SocketFailedError",
    "SockrigError",
    "StoreError",
    "UnreachableError",
    "UsageError",
    "WorkerError",
]

_HOME = {
    "AsyncHost": "sockrig.client.async_host",
    "AsyncRemoteSocket": "sockrig.client.async_socket",
    "AsyncRig": "sockrig.client.async_rig",
    "Host": "sockrig.client.host",
    "RemoteSocket": "sockrig.client.remote_socket",
    "Rig": "sockrig.client.rig",
}


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for, so that a module of this package that needs no gRPC loads none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "sockrig_wire.errors")), name)
