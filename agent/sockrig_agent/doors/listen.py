"""The listen door: the agent serves, controllers dial."""

import logging

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from sockrig_agent.config import is_loopback
from sockrig_agent.doors.dialogue import hold_session, one_line
from sockrig_agent.executor import Executor
from sockrig_wire.channel import SERVER_OPTIONS
from sockrig_wire.codec import from_message, to_message
from sockrig_wire.errors import CannotRunError, SockrigError
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.session import AgentFrame, ControllerFrame, Reply
from sockrig_wire.v1 import session_pb2, session_pb2_grpc

STOP_GRACE_SECONDS = 0.5
"""How long open streams have to end by themselves when the agent stops."""

_SERVICE = session_pb2.DESCRIPTOR.services_by_name["AgentService"].full_name
_log = logging.getLogger(__name__)

SessionContext = grpc.aio.ServicerContext[session_pb2.ControllerFrame, session_pb2.AgentFrame]


class ListenDoor:
    """Serves sessions, health and (behind loopback) reflection on one address."""

    def __init__(self, executor: Executor, host: str, port: int) -> None:
        self._executor = executor
        self._host = host
        self._port = port
        self._server: grpc.aio.Server | None = None

    async def open(self) -> str:
        """Begin to serve; the result is the address, with the real port.

        Raises:
            CannotRunError: the address cannot be had.
        """
        server = grpc.aio.server(options=SERVER_OPTIONS)
        session_pb2_grpc.add_AgentServiceServicer_to_server(_SessionServicer(self._executor), server)
        health_servicer = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
        for service in ("", _SERVICE):
            await health_servicer.set(service, health_pb2.HealthCheckResponse.SERVING)
        if is_loopback(self._host):
            reflection.enable_server_reflection((_SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
        bracketed = f"[{self._host}]" if ":" in self._host else self._host
        try:
            port = server.add_insecure_port(f"{bracketed}:{self._port}")
        except RuntimeError:
            port = 0
        if not port:
            raise CannotRunError(
                f"cannot listen on {bracketed}:{self._port}: the port is in use or the address is not this host's",
                where="--listen",
                next="Choose another port (0 lets the system choose) or an address of this host.",
            )
        await server.start()
        self._server = server
        return f"{bracketed}:{port}"

    async def close(self) -> None:
        """End all sessions and serve no more."""
        if self._server is not None:
            await self._server.stop(STOP_GRACE_SECONDS)


class _SessionServicer(session_pb2_grpc.AgentServiceServicer):
    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def Session(self, request_iterator: object, context: SessionContext) -> None:  # type: ignore[override]  # noqa: ARG002, N802 - gRPC's name and shape
        async def send(frame: AgentFrame) -> None:
            await context.write(to_message(frame, session_pb2.AgentFrame()))

        async def receive() -> ControllerFrame | None:
            while True:
                message: object = await context.read()
                if not isinstance(message, session_pb2.ControllerFrame):
                    return None  # grpc.aio.EOF
                try:
                    return from_message(message, ControllerFrame)
                except ValueError as problem:
                    _log.warning("a frame from %s cannot be read: %s", context.peer(), problem)
                    if message.command.id:
                        await send(_answer_to_unreadable(message.command.id, problem))

        try:
            await hold_session(self._executor, receive, send)
        except SockrigError as error:
            _log.warning("session with %s ended: %s", context.peer(), one_line(error))
            await context.abort(getattr(grpc.StatusCode, error.status), str(error))


def _answer_to_unreadable(command_id: str, problem: ValueError) -> AgentFrame:
    error = Error(
        ErrorCode.USAGE,
        f"the command cannot be read: {problem}",
        next="It may come from a newer controller: compare the versions of both.",
    )
    return AgentFrame(Reply(command_id, error))
