"""A controller's link to an agent outlives whatever is said on it, and says so when it breaks."""

import asyncio
import uuid
from contextlib import asynccontextmanager, suppress

import grpc.aio
import pytest

from sockrig.fleet.link import AgentLink
from sockrig.fleet.target import AgentAddress
from sockrig_wire.errors import LimitError, LostError, UsageError
from sockrig_wire.model.controller import AgentState
from sockrig_wire.model.flows import FlowSpec, PrepareFlow, Role
from sockrig_wire.model.session import Done, OpenRun
from sockrig_wire.model.sockets import (
    Family,
    OpenSocket,
    ReceiveData,
    SendData,
    SocketCall,
    Transport,
)
from sockrig_wire.v1 import session_pb2, session_pb2_grpc
from sockrig_wire.version import VERSION

PATIENCE_SECONDS = 10.0
LARGEST_32_BITS = 2**32 - 1


@asynccontextmanager
async def link_to(address):
    """A link that is kept, and has settled."""
    link = AgentLink(AgentAddress("agent", address, {}), uuid.uuid4().hex, VERSION)
    keeper = asyncio.create_task(link.keep())
    try:
        await link.settled(PATIENCE_SECONDS)
        yield link
        assert not keeper.done(), "a link is kept until it is closed"
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        pytest.param(
            PrepareFlow(
                FlowSpec(name="f", kind="udp-stream", duration_seconds=1.0, size_bytes=LARGEST_32_BITS + 1),
                Role.DESTINATION,
            ),
            UsageError,
            id="a number that does not fit",
        ),
        pytest.param(SocketCall(SendData(bytes(2_000_000)), 1), LimitError, id="more than a message holds"),
    ],
)
def test_what_cannot_be_said_is_refused_to_who_says_it_and_the_session_stands(steady_agent, body, refusal):
    async def say():
        run_id = uuid.uuid4().hex
        async with link_to(steady_agent.address) as link:
            await link.command(run_id, OpenRun(1.0), deadline_seconds=5)
            with pytest.raises(refusal, match="agent agent"):
                await link.command(run_id, body, deadline_seconds=5)

            assert link.state is AgentState.READY
            assert await link.command(run_id, OpenRun(1.0), deadline_seconds=5) == Done()

    asyncio.run(say())


def test_a_defect_within_a_session_is_told_to_all_who_wait_and_the_link_dials_again(steady_agent):
    async def disturb():
        heard = []
        run_id = uuid.uuid4().hex
        async with link_to(steady_agent.address) as link:
            await link.command(run_id, OpenRun(1.0), deadline_seconds=5)
            link.listen(run_id, heard.append)
            opened = await link.command(run_id, SocketCall(OpenSocket(Family.INET, Transport.UDP)), deadline_seconds=5)
            receive = SocketCall(ReceiveData(10), opened.body.socket_id)
            waiting = asyncio.create_task(link.command(run_id, receive, deadline_seconds=None))
            await asyncio.sleep(0)

            link._outgoing.put_nowait("no frame at all")

            async with asyncio.timeout(PATIENCE_SECONDS):
                with pytest.raises(LostError, match="agent agent"):
                    await waiting
                while link.state is not AgentState.READY:
                    await asyncio.sleep(0.05)
        assert [type(event) for event in heard] == [LostError]

    asyncio.run(disturb())


class RudeAgent(session_pb2_grpc.AgentServiceServicer):
    """Says what it was given and then ends the session."""

    def __init__(self, frames):
        self._frames = frames

    async def Session(self, request_iterator, context):  # noqa: N802 - gRPC's name
        for frame in self._frames:
            await context.write(frame)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        pytest.param([], "closed the session at once", id="nothing"),
        pytest.param([session_pb2.AgentFrame()], "its first words cannot be read", id="an empty frame"),
        pytest.param(
            [session_pb2.AgentFrame(pong=session_pb2.Pong(number=1))], "did not begin with Hello", id="no hello"
        ),
        pytest.param(
            [session_pb2.AgentFrame(hello=session_pb2.Hello(version="99.0.0", protocol=99))],
            "runs Sockrig 99.0.0",
            id="another version",
        ),
    ],
)
def test_an_agent_that_says_the_wrong_thing_is_refused_in_words(frames, words):
    async def dial():
        server = grpc.aio.server()
        session_pb2_grpc.add_AgentServiceServicer_to_server(RudeAgent(frames), server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            async with link_to(f"127.0.0.1:{port}") as link:
                assert link.state is AgentState.FAILED
                assert words in str(link.problem)
        finally:
            await server.stop(None)

    asyncio.run(dial())
