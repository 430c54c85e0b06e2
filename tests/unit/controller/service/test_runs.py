"""The runs of a controller: everybody sees all of a run, and none goes on without an owner."""

import asyncio

import pytest

from sockrig.orchestration.lease import Closed
from sockrig.service import runs
from sockrig.service.runs import RESULT_PART_BYTES, RunTable
from sockrig_wire.errors import InterruptedRunError, NotFoundError, UsageError
from sockrig_wire.model.controller import Notice, ResultPart


async def watched(run, *, owner=True):
    return [event.body async for event in run.watch(owner=owner)]


async def for_ever(_run):
    await asyncio.Event().wait()


def test_a_watcher_sees_the_run_from_its_beginning_also_when_it_comes_late():
    async def work(run):
        run.emit(Notice("info", "one"))
        run.emit(Notice("info", "two"))

    async def main():
        run = RunTable().start("r", work)
        early = await watched(run)
        assert run.finished
        assert early == await watched(run) == [Notice("info", "one"), Notice("info", "two")]

    asyncio.run(main())


def test_a_large_result_comes_in_parts_that_make_the_whole():
    document = "ü" * (RESULT_PART_BYTES + 10)

    async def work(run):
        run.emit_result(document)

    async def main():
        parts = await watched(RunTable().start("r", work))
        assert [part.last for part in parts] == [False, False, True]
        assert all(isinstance(part, ResultPart) for part in parts)
        assert b"".join(part.json for part in parts).decode() == document

    asyncio.run(main())


def test_what_a_run_fails_with_is_raised_to_whoever_watches():
    async def work(_run):
        raise UsageError("nonsense")

    async def main():
        with pytest.raises(UsageError, match="nonsense"):
            await watched(RunTable().start("r", work))

    asyncio.run(main())


def test_a_stopped_run_ends_for_its_watchers_as_interrupted():
    async def main():
        table = RunTable()
        run = table.start("r", for_ever)
        watching = asyncio.create_task(watched(run))
        await asyncio.sleep(0)
        await table.stop(run.run_id)
        with pytest.raises(InterruptedRunError):
            await watching

    asyncio.run(main())


def test_stopping_tells_what_was_still_open():
    async def work(run):
        try:
            await for_ever(run)
        finally:
            run.closed = Closed(2, 4, ("b",))

    async def main():
        table = RunTable()
        run = table.start("r", work)
        await asyncio.sleep(0)
        assert await table.stop(run.run_id) == Closed(2, 4, ("b",))

    asyncio.run(main())


def test_a_run_whose_owner_leaves_is_stopped_after_its_grace(monkeypatch):
    monkeypatch.setattr(runs, "UNWATCHED_GRACE_SECONDS", 0.01)

    async def main():
        run = RunTable().start("r", for_ever)
        owner = asyncio.create_task(watched(run))
        await asyncio.sleep(0.05)
        assert not run.finished
        owner.cancel()
        await asyncio.wait([run.task], timeout=5)
        assert run.finished

    asyncio.run(main())


def test_a_watcher_that_is_no_owner_does_not_keep_a_run(monkeypatch):
    monkeypatch.setattr(runs, "UNWATCHED_GRACE_SECONDS", 0.01)

    async def main():
        run = RunTable().start("r", for_ever)
        with pytest.raises(InterruptedRunError):
            await asyncio.wait_for(watched(run, owner=False), timeout=5)

    asyncio.run(main())


def test_an_unknown_run_is_said_to_be_unknown():
    async def main():
        with pytest.raises(NotFoundError, match="nowhere"):
            RunTable().run("nowhere")

    asyncio.run(main())
