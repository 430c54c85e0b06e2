"""One event loop in one daemon thread, on which the synchronous face of every rig of this process runs.

It is shared because gRPC's asyncio support is made for one loop in a process. It starts with the first rig and ends
with the last.
"""

import asyncio
import concurrent.futures
import errno
import threading
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar

from sockrig_wire.errors import InterruptedRunError

Value = TypeVar("Value")


class LoopThread:
    """The thread, its loop, and who uses it; get it with :meth:`acquire`, give it back with :meth:`release`."""

    _shared: ClassVar["LoopThread | None"] = None
    _sharing: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._users = 0
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="sockrig", daemon=True)
        self._thread.start()
        self._running.wait()

    @classmethod
    def acquire(cls) -> "LoopThread":
        """The process's loop thread, which runs at least until it is released as often as acquired."""
        with cls._sharing:
            shared = cls._shared = cls._shared or cls()
            shared._users += 1  # noqa: SLF001 - its own class
            return shared

    def release(self) -> None:
        """One user less; the last one ends the thread and waits for its end."""
        with self._sharing:
            self._users -= 1
            if self._users:
                return
            LoopThread._shared = None
        self._running_loop().call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def prepare(self, coroutine: Coroutine[Any, Any, Value]) -> "Order[Value]":
        """An order to run a coroutine on the loop as a task of its own."""
        return Order(self._running_loop(), coroutine)

    def call(self, coroutine: Coroutine[Any, Any, Value]) -> Value:
        """Run a coroutine on the loop and wait for its result, or raise what it raises.

        An interrupt (Ctrl-C) cancels the coroutine and is raised when it has cleaned up; a second one at once.
        """
        with self.prepare(coroutine) as order:
            return order.outcome.result()

    def hold(self, context: AbstractAsyncContextManager[Value]) -> "Holding[Value]":
        """Enter an async context manager and keep it open until the holding is closed."""
        return Holding(self, context)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("the loop has not started")
        return self._loop

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._running.set()
        await self._stop.wait()


class Order(Generic[Value]):
    """A coroutine for a loop of another thread: begins when it is entered, and does not outlive a failed body.

    An interrupt can come at any moment; whatever the body raises, the coroutine has ended when that gets out.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Value]) -> None:
        self._loop = loop
        self._coroutine = coroutine
        self._task: asyncio.Task[Value] | None = None
        self.outcome: concurrent.futures.Future[Value] = concurrent.futures.Future()

    def __enter__(self) -> Self:
        try:
            self._loop.call_soon_threadsafe(self._begin)
        except RuntimeError:
            self._coroutine.close()
            raise OSError(errno.EBADF, "the rig is closed") from None
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._abandon()

    def _abandon(self) -> None:
        """Cancel the coroutine, if it is still on its way, and wait until it has cleaned up."""
        if not self.outcome.done():
            self._loop.call_soon_threadsafe(self._cancel)
            concurrent.futures.wait((self.outcome,))

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._coroutine)
        self._task.add_done_callback(self._settle)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        else:
            self._coroutine.close()
            self.outcome.cancel()

    def _settle(self, task: asyncio.Task[Value]) -> None:
        if task.cancelled():
            self.outcome.set_exception(InterruptedRunError("the rig was closed while the call was under way"))
        elif (error := task.exception()) is not None:
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(task.result())


class Holding(Generic[Value]):
    """An async context manager that a task of its own keeps open, so that it is left in the task that entered it."""

    def __init__(self, loop_thread: LoopThread, context: AbstractAsyncContextManager[Value]) -> None:
        self._loop_thread = loop_thread
        self._leave = asyncio.Event()
        entered: concurrent.futures.Future[Value] = concurrent.futures.Future()
        with loop_thread.prepare(self._live(context, entered)) as life:
            either: tuple[concurrent.futures.Future[Any], ...] = (entered, life.outcome)
            concurrent.futures.wait(either, return_when=concurrent.futures.FIRST_COMPLETED)
            if not entered.done():
                life.outcome.result()  # raises what the context manager raised
            self.value = entered.result()
        self._left = life.outcome

    def close(self) -> None:
        """Leave the context manager; returns when it is left."""
        self._loop_thread.call(self._ask_to_leave())
        self._left.result()

    async def _live(
        self, context: AbstractAsyncContextManager[Value], entered: concurrent.futures.Future[Value]
    ) -> None:
        async with context as value:
            entered.set_result(value)
            await self._leave.wait()

    async def _ask_to_leave(self) -> None:
        self._leave.set()
