"""Alarms, and waiting for what is ready."""

import asyncio
import errno
import socket

import pytest

from sockrig_agent.sockets.waiting import Readiness, within


def test_a_block_that_takes_too_long_ends_with_etimedout():
    async def main():
        async with within(0.001):
            await asyncio.get_running_loop().create_future()

    with pytest.raises(TimeoutError) as refusal:
        asyncio.run(main())
    assert refusal.value.errno == errno.ETIMEDOUT


@pytest.mark.parametrize("timeout_seconds", [None, 0])
def test_no_timeout_and_a_timeout_of_nothing_set_no_alarm(timeout_seconds):
    async def main():
        async with within(timeout_seconds):
            await asyncio.sleep(0)
        return "done"

    assert asyncio.run(main()) == "done"


def test_a_timeout_of_the_network_passes_as_it_is():
    network = TimeoutError(errno.ETIMEDOUT, "the peer is gone")

    async def main():
        async with within(10):
            raise network

    with pytest.raises(TimeoutError) as refusal:
        asyncio.run(main())
    assert refusal.value is network


def test_a_wait_for_both_directions_ends_with_the_first():
    async def main():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            readiness = Readiness(ours)
            await readiness.wait(readable=True, writable=True)
            assert readiness.now() == (False, True)
            theirs.send(b"!")
            await readiness.wait(readable=True)
            assert readiness.now() == (True, True)

    asyncio.run(main())


def test_a_closed_socket_cannot_be_waited_for():
    async def main():
        closed = socket.socket()
        readiness = Readiness(closed)
        closed.close()
        with pytest.raises(OSError) as refusal:
            await readiness.wait(readable=True)
        assert refusal.value.errno == errno.EBADF
        with pytest.raises(OSError) as refusal:
            readiness.now()
        assert refusal.value.errno == errno.EBADF

    asyncio.run(main())


def test_a_release_wakes_every_waiter():
    async def main():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            readiness = Readiness(ours)
            async with asyncio.timeout(10), asyncio.TaskGroup() as group:
                for _ in range(3):
                    group.create_task(readiness.wait(readable=True))
                await asyncio.sleep(0)
                readiness.release()

    asyncio.run(main())
