import asyncio
import select

from sockrig.client.readiness import Readiness
from sockrig_wire.errors import LostError


class RemoteReadability:
    """Stands for the agent's end: a wait ends while there is something to read, or fails."""

    def __init__(self):
        self.readable = asyncio.Event()
        self.failure = None
        self.waits = 0

    async def wait(self):
        self.waits += 1
        await self.readable.wait()
        if self.failure is not None:
            raise self.failure


def is_readable(readiness):
    return bool(select.select([readiness], [], [], 0)[0])


async def settle():
    """Let every task that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def mirrored(scenario):
    async def run():
        remote = RemoteReadability()
        readiness = Readiness(remote.wait)
        try:
            await settle()
            await scenario(remote, readiness)
        finally:
            readiness.close()
        assert readiness.fileno() == -1

    asyncio.run(run())


def test_the_descriptor_is_readable_when_the_remote_socket_is():
    async def scenario(remote, readiness):
        assert not is_readable(readiness)
        remote.readable.set()
        await settle()
        assert is_readable(readiness)

    mirrored(scenario)


def test_it_stays_readable_while_there_is_more_to_take():
    async def scenario(remote, readiness):
        remote.readable.set()
        await settle()
        readiness.taken()
        assert not is_readable(readiness)
        await settle()
        assert is_readable(readiness)

    mirrored(scenario)


def test_it_is_readable_no_more_when_all_was_taken():
    async def scenario(remote, readiness):
        remote.readable.set()
        await settle()
        remote.readable.clear()
        readiness.taken()
        await settle()
        assert not is_readable(readiness)
        assert remote.waits == 2

    mirrored(scenario)


def test_what_was_taken_while_the_news_was_on_its_way_does_not_show():
    async def scenario(remote, readiness):
        remote.readable.set()
        readiness.taken()
        remote.readable.clear()
        await settle()
        assert not is_readable(readiness)

    mirrored(scenario)


def test_a_socket_that_failed_is_readable_so_that_the_failure_is_met():
    async def scenario(remote, readiness):
        remote.failure = LostError("the agent is gone")
        remote.readable.set()
        await settle()
        assert is_readable(readiness)
        waits = remote.waits
        await settle()
        assert remote.waits == waits, "it does not ask over and over"

    mirrored(scenario)
