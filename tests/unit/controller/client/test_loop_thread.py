import asyncio
import signal
import threading
from contextlib import asynccontextmanager

import pytest

from sockrig.client.loop_thread import LoopThread
from sockrig_wire.errors import InterruptedRunError


@pytest.fixture
def loop_thread():
    acquired = LoopThread.acquire()
    yield acquired
    acquired.release()


def test_a_call_returns_what_the_coroutine_returns(loop_thread):
    async def answer():
        return threading.current_thread().name

    assert loop_thread.call(answer()) == "sockrig"


def test_a_call_raises_what_the_coroutine_raises(loop_thread):
    async def refuse():
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        loop_thread.call(refuse())


def test_all_users_share_one_loop_and_the_last_one_ends_it():
    first, second = LoopThread.acquire(), LoopThread.acquire()
    first.release()

    assert first is second
    assert second.call(asyncio.sleep(0, "still there")) == "still there"
    second.release()
    assert "sockrig" not in {thread.name for thread in threading.enumerate()}


def test_a_call_after_the_end_says_that_the_rig_is_closed():
    ended = LoopThread.acquire()
    ended.release()

    with pytest.raises(OSError, match="the rig is closed"):
        ended.call(asyncio.sleep(0))


def test_an_interrupt_cancels_the_coroutine_and_waits_until_it_has_cleaned_up(loop_thread):
    cleaned_up = []
    waiting = threading.Event()

    async def wait_for_ever():
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned_up.append(True)

    def interrupt():
        waiting.wait()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        loop_thread.call(wait_for_ever())
    interrupter.join()

    assert cleaned_up


def test_a_call_that_is_under_way_when_the_loop_ends_is_interrupted():
    loop_thread = LoopThread.acquire()
    with loop_thread.prepare(asyncio.Event().wait()) as order:
        loop_thread.call(asyncio.sleep(0))
        loop_thread.release()

        with pytest.raises(InterruptedRunError):
            order.outcome.result()


def test_a_held_context_is_left_in_the_task_that_entered_it(loop_thread):
    tasks = []

    @asynccontextmanager
    async def context():
        tasks.append(asyncio.current_task())
        async with asyncio.TaskGroup():
            yield "value"
        tasks.append(asyncio.current_task())

    holding = loop_thread.hold(context())
    assert holding.value == "value"
    holding.close()

    assert len(tasks) == 2
    assert tasks[0] is tasks[1]


def test_a_context_that_cannot_be_entered_raises_at_once(loop_thread):
    @asynccontextmanager
    async def context():
        raise ConnectionRefusedError
        yield

    with pytest.raises(ConnectionRefusedError):
        loop_thread.hold(context())


def test_a_context_that_fails_at_its_end_raises_at_the_close(loop_thread):
    @asynccontextmanager
    async def context():
        yield
        raise ConnectionResetError

    holding = loop_thread.hold(context())

    with pytest.raises(ConnectionResetError):
        holding.close()
