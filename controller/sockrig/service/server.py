"""A controller that serves: its fleet, its runs and its gRPC server, opened and closed together."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from sockrig.fleet.fleet import Fleet
from sockrig.fleet.target import AgentAddress
from sockrig.service.controller_service import ControllerServicer
from sockrig.service.runs import RunTable
from sockrig.service.store_service import StoreServicer
from sockrig_wire.channel import SERVER_OPTIONS
from sockrig_wire.errors import CannotRunError
from sockrig_wire.v1 import controller_pb2, controller_pb2_grpc, store_pb2, store_pb2_grpc
from sockrig_wire.version import VERSION

if TYPE_CHECKING:
    from sockrig.store.opening import OpenStore
    from sockrig.store.recorder import Recorder

STOP_GRACE_SECONDS = 0.5

_SERVICES = (
    controller_pb2.DESCRIPTOR.services_by_name["ControllerService"].full_name,
    store_pb2.DESCRIPTOR.services_by_name["StoreService"].full_name,
)


@asynccontextmanager
async def serving_controller(
    targets: Iterable[AgentAddress], address: str, *, store: "OpenStore | None" = None
) -> AsyncIterator[str]:
    """Dial the agents and serve clients on ``address`` (``HOST:PORT`` or ``unix:PATH``); yields the real address.

    Runs are recorded in ``store``. At the end every run is stopped on its agents before the sessions close.

    Raises:
        CannotRunError: the address cannot be had.
    """
    async with Fleet(targets, controller_id=uuid.uuid4().hex, version=VERSION) as fleet:
        runs = RunTable()
        recorder = _recorder(store)
        server = grpc.aio.server(options=SERVER_OPTIONS)
        controller_pb2_grpc.add_ControllerServiceServicer_to_server(ControllerServicer(fleet, runs, recorder), server)
        store_pb2_grpc.add_StoreServiceServicer_to_server(StoreServicer(store), server)
        health_servicer = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
        for service in ("", *_SERVICES):
            await health_servicer.set(service, health_pb2.HealthCheckResponse.SERVING)
        reflection.enable_server_reflection((*_SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
        try:
            port = server.add_insecure_port(address)
        except RuntimeError:
            port = 0
        if not port:
            raise CannotRunError(
                f"cannot listen on {address}: it is in use or not this host's", next="Choose another address or port."
            )
        await server.start()
        try:
            yield address if address.startswith("unix:") else f"{address.rpartition(':')[0]}:{port}"
        finally:
            await runs.stop_all()
            await server.stop(STOP_GRACE_SECONDS)
            if recorder is not None:
                await asyncio.to_thread(recorder.close)


def _recorder(store: "OpenStore | None") -> "Recorder | None":
    if store is None:
        return None
    from sockrig.store.recorder import Recorder  # noqa: PLC0415 - loads the database's library

    return Recorder(store)
