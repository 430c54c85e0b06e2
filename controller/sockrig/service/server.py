"""A controller that serves: its fleet, its runs and its gRPC server, opened and closed together."""

import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from sockrig.fleet.fleet import Fleet
from sockrig.fleet.target import AgentAddress
from sockrig.service.controller_service import ControllerServicer
from sockrig.service.runs import RunTable
from sockrig_wire.channel import SERVER_OPTIONS
from sockrig_wire.errors import CannotRunError
from sockrig_wire.v1 import controller_pb2, controller_pb2_grpc
from sockrig_wire.version import VERSION

STOP_GRACE_SECONDS = 0.5

_SERVICE = controller_pb2.DESCRIPTOR.services_by_name["ControllerService"].full_name


@asynccontextmanager
async def serving_controller(targets: Iterable[AgentAddress], address: str) -> AsyncIterator[str]:
    """Dial the agents and serve clients on ``address`` (``HOST:PORT`` or ``unix:PATH``); yields the real address.

    At the end every run is stopped on its agents before the sessions close.

    Raises:
        CannotRunError: the address cannot be had.
    """
    async with Fleet(targets, controller_id=uuid.uuid4().hex, version=VERSION) as fleet:
        runs = RunTable()
        server = grpc.aio.server(options=SERVER_OPTIONS)
        controller_pb2_grpc.add_ControllerServiceServicer_to_server(ControllerServicer(fleet, runs), server)
        health_servicer = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
        for service in ("", _SERVICE):
            await health_servicer.set(service, health_pb2.HealthCheckResponse.SERVING)
        reflection.enable_server_reflection((_SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
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
