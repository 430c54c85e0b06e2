"""The armed barrier never waits for ever, and tells for whom it waited."""

import asyncio

import pytest

from sockrig.orchestration.barrier import all_ready
from sockrig_wire.errors import BarrierTimeoutError, LostError


async def answer(value):
    return value


async def fail(error):
    raise error


def wait_for_all(waits, *, timeout_seconds=5.0, lost=None):
    async def main():
        member_lost = asyncio.get_running_loop().create_future()
        if lost is not None:
            asyncio.get_running_loop().call_soon(member_lost.set_exception, lost)
        made = {agent: [make() for make in of_agent] for agent, of_agent in waits.items()}
        return await all_ready("ready", made, timeout_seconds=timeout_seconds, member_lost=member_lost)

    return asyncio.run(main())


def for_ever():
    return asyncio.Event().wait()


def test_all_answers_come_back_per_agent_in_order():
    waits = {"a": [lambda: answer(1), lambda: answer(2)], "b": [lambda: answer(3)]}

    assert wait_for_all(waits) == {"a": [1, 2], "b": [3]}


def test_a_timeout_names_the_laggards_and_nobody_else():
    with pytest.raises(BarrierTimeoutError, match="slow") as caught:
        wait_for_all({"quick": [lambda: answer(1)], "slow": [for_ever]}, timeout_seconds=0.01)

    assert "quick" not in str(caught.value)


def test_the_first_failure_ends_the_wait_at_once():
    with pytest.raises(ConnectionRefusedError):
        wait_for_all({"a": [lambda: fail(ConnectionRefusedError())], "b": [for_ever]})


def test_a_member_that_dies_after_its_answer_ends_the_wait_at_once():
    with pytest.raises(LostError, match="gone"):
        wait_for_all({"a": [lambda: answer(1)], "b": [for_ever]}, lost=LostError("gone"))


def test_waits_are_cancelled_when_the_barrier_fails():
    cancelled = []

    async def watch():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with pytest.raises(BarrierTimeoutError):
        wait_for_all({"a": [watch]}, timeout_seconds=0.01)

    assert cancelled == [True]
