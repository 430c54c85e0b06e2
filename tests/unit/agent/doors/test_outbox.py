"""What leaves an agent first, and what may be dropped."""

import asyncio

from sockrig_agent.doors.outbox import Outbox
from sockrig_wire.model.flows import Role, Sample
from sockrig_wire.model.reach import ReachCount
from sockrig_wire.model.session import AgentFrame, Done, Event, Pong, Reply


def sample(number):
    body = Sample(flow="f", role=Role.SOURCE, worker=0, at_seconds=float(number), interval_seconds=1.0)
    return AgentFrame(Event(0, "run", body))


REPLY = AgentFrame(Reply("c", Done()))
PONG = AgentFrame(Pong(1, 2, 3, 4))


def drained(outbox, count):
    async def main():
        return [await outbox.get() for _ in range(count)]

    return asyncio.run(main())


def test_a_pong_overtakes_everything():
    outbox = Outbox()
    for frame in (REPLY, sample(1), PONG):
        outbox.put(frame)

    assert drained(outbox, 3)[0] is PONG


def test_counts_of_probes_are_progress_as_samples_are():
    outbox = Outbox(max_samples=1)
    counts = [AgentFrame(Event(0, "run", ReachCount(number))) for number in range(3)]
    for frame in (*counts, REPLY):
        outbox.put(frame)

    assert drained(outbox, 2) == [counts[-1], REPLY]


def test_samples_beyond_the_bound_are_dropped_oldest_first():
    outbox = Outbox(max_samples=2)
    samples = [sample(number) for number in range(5)]
    for frame in samples:
        outbox.put(frame)
    outbox.put(REPLY)

    assert drained(outbox, 3) == [*samples[3:], REPLY]


def test_replies_are_never_dropped_and_keep_their_order():
    outbox = Outbox(max_samples=1)
    replies = [AgentFrame(Reply(str(number), Done())) for number in range(5000)]
    for frame in replies:
        outbox.put(frame)

    assert drained(outbox, 5000) == replies


def test_a_waiting_reader_wakes_when_something_comes():
    async def main():
        outbox = Outbox()
        reader = asyncio.create_task(outbox.get())
        await asyncio.sleep(0)
        outbox.put(REPLY)
        return await reader

    assert asyncio.run(main()) is REPLY
