import asyncio
import socket

import pytest

from sockrig_agent.workers.pipe import AsyncPipe, BlockingPipe, frame_of
from sockrig_wire.model.flows import FlowStart, Role, StopFlows

START = FlowStart("f", Role.SOURCE, 1, 2)


def over_a_pair(test):
    """Runs ``test(ours, theirs)`` with the agent's end of a pipe and the worker's socket."""

    async def run():
        ours, theirs = socket.socketpair()
        pipe = await AsyncPipe.over(ours)
        try:
            await test(pipe, theirs)
        finally:
            pipe.close()
            theirs.close()

    asyncio.run(asyncio.wait_for(run(), 10))


def test_values_cross_the_pipe_in_both_directions():
    async def test(ours, theirs):
        worker = BlockingPipe(theirs)
        ours.send(START)
        ours.send(StopFlows(("f",)))
        assert worker.receive() == START
        assert worker.receive() == StopFlows(("f",))
        worker.send(("armed", 3))
        assert await ours.receive() == ("armed", 3)

    over_a_pair(test)


def test_a_large_value_crosses_while_the_other_end_is_slow():
    async def test(ours, theirs):
        large = bytes(5_000_000)
        ours.send(large)
        assert await asyncio.to_thread(BlockingPipe(theirs).receive) == large

    over_a_pair(test)


@pytest.mark.parametrize("part", [0, 2, 10])
def test_the_agent_notices_that_the_worker_has_gone_even_within_a_frame(part):
    async def test(ours, theirs):
        theirs.sendall(frame_of(START)[:part])
        theirs.close()
        with pytest.raises(EOFError):
            await ours.receive()
        ours.send(START)

    over_a_pair(test)


@pytest.mark.parametrize("part", [0, 2, 10])
def test_the_worker_notices_that_the_agent_has_gone_even_within_a_frame(part):
    ours, theirs = socket.socketpair()
    pipe = BlockingPipe(theirs)
    ours.sendall(frame_of(START)[:part])
    ours.close()
    with pytest.raises(EOFError):
        pipe.receive()
    with pytest.raises(BrokenPipeError):
        pipe.send(START)
    pipe.close()
