"""A controller without manners: one session with an agent, frame by frame, that may say anything."""

import queue
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sockrig_wire.channel import CLIENT_OPTIONS
from sockrig_wire.v1 import session_pb2, session_pb2_grpc

LONGEST_SECONDS = 30.0
"""For the whole session: a test that waits longer has failed."""

OWN_LIMIT = ("grpc.max_send_message_length", -1)
"""What is too large is for the agent to refuse."""


class RawSession:
    """The controller's end of a session."""

    def __init__(self, call: grpc.Call, outgoing: "queue.SimpleQueue[session_pb2.ControllerFrame | None]") -> None:
        self._call = call
        self._outgoing = outgoing
        self.hello = next(call).hello
        self.run_id = uuid.uuid4().hex

    def welcome(self, controller_id: str = "", epoch: int = 1) -> None:
        """Answer Hello, as a controller that has never been here if no other is named."""
        self.send(
            welcome=session_pb2.Welcome(
                controller_id=controller_id or uuid.uuid4().hex, epoch=epoch, version=self.hello.version
            )
        )

    def send(self, **body: Any) -> None:
        """Say a frame; without a body it is an empty one."""
        self._outgoing.put(session_pb2.ControllerFrame(**body))

    def command(self, command_id: str, *, run_id: str = "", epoch: int = 1, **fields: Any) -> session_pb2.Reply:
        """Give a command and return its answer."""
        self.send(command=session_pb2.Command(id=command_id, run_id=run_id or self.run_id, epoch=epoch, **fields))
        return self.reply(command_id)

    def reply(self, command_id: str) -> session_pb2.Reply:
        """Wait for the answer to a command; what comes before it is passed over."""
        for frame in self._call:
            if frame.reply.command_id == command_id:
                return frame.reply
        raise AssertionError(f"the session ended without an answer to {command_id}")

    def frame(self) -> session_pb2.AgentFrame:
        """The next frame, whatever it is."""
        return next(self._call)

    def refusal(self) -> grpc.RpcError:
        """Wait for the session's end, which is no orderly one."""
        try:
            for _ in self._call:
                pass
        except grpc.RpcError as end:
            return end
        raise AssertionError("the agent ended the session in order")

    def half_close(self) -> None:
        """Say that nothing more will be said."""
        self._outgoing.put(None)


@contextmanager
def raw_session(address: str) -> Iterator[RawSession]:
    """Dial an agent and take its Hello."""
    outgoing: queue.SimpleQueue[session_pb2.ControllerFrame | None] = queue.SimpleQueue()
    with grpc.insecure_channel(address, options=[*CLIENT_OPTIONS, OWN_LIMIT]) as channel:
        stub = session_pb2_grpc.AgentServiceStub(channel)
        call = stub.Session(iter(outgoing.get, None), timeout=LONGEST_SECONDS)
        try:
            yield RawSession(call, outgoing)
        finally:
            outgoing.put(None)
            call.cancel()


def is_serving(address: str) -> bool:
    """Whether the agent's health service says so."""
    with grpc.insecure_channel(address, options=CLIENT_OPTIONS) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=LONGEST_SECONDS)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
