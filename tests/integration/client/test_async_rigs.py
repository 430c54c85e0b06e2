"""The asynchronous face."""

import asyncio
import contextlib
import errno
import socket

import pytest

from sockrig import AsyncRig, UsageError


def on_a_rig(scenario, count=2):
    async def run():
        async with AsyncRig.local(count) as rig:
            await scenario(*rig.hosts)

    asyncio.run(run())


def test_a_dialogue_of_two_hosts():
    async def scenario(a, b):
        async with await a.create_server(("", 0)) as door:
            accepting = asyncio.create_task(door.accept())
            async with await b.create_connection(await door.getsockname()) as line:
                guest, peer = await accepting
                async with guest:
                    assert peer == await line.getsockname()
                    await line.sendall("我是".encode("gbk"))
                    assert (await guest.recv(100)).decode("gbk") == "我是"

    on_a_rig(scenario)


def test_many_sockets_wait_at_the_same_time():
    async def scenario(a, b):
        async with contextlib.AsyncExitStack() as stack:
            inboxes = [await stack.enter_async_context(await a.socket(type=socket.SOCK_DGRAM)) for _ in range(20)]
            outbox = await stack.enter_async_context(await b.socket(type=socket.SOCK_DGRAM))
            for inbox in inboxes:
                await inbox.bind(("", 0))
            receiving = [asyncio.create_task(inbox.recv(100)) for inbox in inboxes]
            for number, inbox in reversed(list(enumerate(inboxes))):
                await outbox.sendto(b"%d" % number, await inbox.getsockname())

            assert await asyncio.gather(*receiving) == [b"%d" % number for number in range(20)]

    on_a_rig(scenario)


def test_a_cancelled_receive_leaves_the_data_to_the_next():
    async def scenario(a, b):
        async with await a.socket(type=socket.SOCK_DGRAM) as inbox, await b.socket(type=socket.SOCK_DGRAM) as outbox:
            await inbox.bind(("", 0))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await inbox.recv(100)
            await outbox.sendto(b"later", await inbox.getsockname())

            assert await inbox.recv(100) == b"later"

    on_a_rig(scenario)


def test_wait_readable_takes_nothing():
    async def scenario(a, b):
        async with await a.socket(type=socket.SOCK_DGRAM) as inbox, await b.socket(type=socket.SOCK_DGRAM) as outbox:
            await inbox.bind(("", 0))
            await outbox.sendto(b"there", await inbox.getsockname())
            await inbox.wait_readable()
            await inbox.wait_readable()

            assert await inbox.recv(100) == b"there"

    on_a_rig(scenario)


def test_a_send_has_one_timeout_for_all_its_pieces():
    async def scenario(a, b):
        async with (
            await a.create_server(("", 0)) as door,
            await b.create_connection(await door.getsockname()) as line,
        ):
            line.settimeout(0.2)
            with pytest.raises(TimeoutError, match="timed out"):
                await line.sendall(bytes(32 << 20))

    on_a_rig(scenario)


def test_a_closed_socket_is_a_bad_descriptor():
    async def scenario(a):
        remote = await a.socket()
        await remote.close()
        with pytest.raises(OSError) as refusal:
            await remote.bind(("", 0))
        assert refusal.value.errno == errno.EBADF

    on_a_rig(scenario, count=1)


def test_a_rig_is_used_within_its_context():
    rig = AsyncRig.local(1)

    with pytest.raises(UsageError, match="async with"):
        asyncio.run(rig.statuses())
