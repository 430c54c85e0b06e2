"""What an agent does with commands, and what becomes of a run whose controller is gone."""

import asyncio
import socket
from contextlib import asynccontextmanager, suppress

import pytest

from sockrig_agent import executor as executor_module
from sockrig_agent.config import settings_of
from sockrig_agent.executor import Executor
from sockrig_agent.workers import nursery
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.flows import FlowSpec, PrepareFlow, Role, StartFlows
from sockrig_wire.model.reach import CloseReach, OpenReach, ProbeReach, ReachPort, ReachProbe, ReachProbed, ReachSeen
from sockrig_wire.model.session import (
    CancelCommand,
    CloseRun,
    Command,
    Done,
    Event,
    OpenRun,
    Reply,
    RunClosed,
    RunEnded,
    Welcome,
)
from sockrig_wire.model.sockets import (
    AcceptConnection,
    BindSocket,
    CloseSocket,
    Family,
    ListenSocket,
    OpenSocket,
    SocketAddress,
    SocketCall,
    SocketReply,
    Transport,
)


@pytest.fixture(autouse=True)
def no_fork_server(monkeypatch):
    """No test here starts a worker, and the fork server would cost each of them most of a second."""
    monkeypatch.setattr(nursery, "warm", lambda: None)


SETTINGS = settings_of(
    listen="127.0.0.1:0",
    name="a",
    labels=[],
    advertise=[],
    bind=[],
    insecure=False,
    max_sockets=4,
    max_workers=4,
    max_duration=60.0,
)


class Controller:
    """The other end of a session: gives commands and waits for what the agent says."""

    def __init__(self, executor, *, epoch=1, keep_runs=(), controller_id="controller"):
        self.said = []
        self._came = asyncio.Event()
        self._epoch = epoch
        self.session = executor.open_session(Welcome(controller_id, epoch, "0", keep_runs), self._hear)

    def _hear(self, body):
        self.said.append(body)
        self._came.set()

    async def command(self, command_id, body, *, run="run", epoch=None):
        self.session.command(Command(command_id, run, epoch or self._epoch, body))
        return await self.answer(command_id)

    async def answer(self, command_id):
        return (await self.heard(lambda body: isinstance(body, Reply) and body.command_id == command_id)).body

    async def heard(self, wanted):
        async with asyncio.timeout(5):
            while True:
                for body in self.said:
                    if wanted(body):
                        return body
                self._came.clear()
                await self._came.wait()

    async def listening_socket(self):
        opened = await self.command("open", SocketCall(OpenSocket(Family.INET, Transport.TCP)))
        socket_id = opened.body.socket_id
        await self.command("bind", SocketCall(BindSocket(SocketAddress("127.0.0.1", 0)), socket_id))
        await self.command("listen", SocketCall(ListenSocket(), socket_id))
        return socket_id


@asynccontextmanager
async def agent():
    executor = Executor(SETTINGS)
    keeper = asyncio.create_task(executor.keep_leases())
    try:
        yield executor
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        await executor.close()


def test_a_repeated_command_gets_the_first_answer_again_and_is_not_carried_out_twice():
    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            await controller.command("lease", OpenRun(10.0))
            first = await controller.command("same", SocketCall(OpenSocket(Family.INET, Transport.UDP)))
            controller.said.clear()
            assert await controller.command("same", SocketCall(OpenSocket(Family.INET, Transport.UDP))) == first
            assert executor.hello().open_runs[0].sockets == 1

    asyncio.run(main())


def test_a_pending_accept_does_not_delay_the_next_command():
    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            await controller.command("lease", OpenRun(10.0))
            socket_id = await controller.listening_socket()
            controller.session.command(Command("accept", "run", 1, SocketCall(AcceptConnection(), socket_id)))
            opened = await controller.command("next", SocketCall(OpenSocket(Family.INET, Transport.UDP)))
            assert isinstance(opened, SocketReply)

    asyncio.run(main())


def test_a_cancelled_command_is_answered_as_interrupted_even_before_it_began():
    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            await controller.command("lease", OpenRun(10.0))
            socket_id = await controller.listening_socket()
            controller.session.command(Command("accept", "run", 1, SocketCall(AcceptConnection(), socket_id)))
            await controller.command("cancel", CancelCommand("accept"))
            answer = await controller.answer("accept")
            assert isinstance(answer, Error)
            assert answer.code is ErrorCode.INTERRUPTED

    asyncio.run(main())


def test_nothing_can_be_opened_without_a_lease():
    async def main():
        async with agent() as executor:
            answer = await Controller(executor).command("open", SocketCall(OpenSocket(Family.INET, Transport.UDP)))
            assert isinstance(answer, Error)
            assert answer.code is ErrorCode.NOT_FOUND

    asyncio.run(main())


@pytest.mark.parametrize(
    ("workers", "connections", "words"),
    [
        (1, 5, "flow 'f': 5 connections are more than the 4 sockets that this agent may open"),
        (3, 2, "6 connections are more than"),
        (1, 0, "100 connections are more than"),
    ],
)
def test_a_flow_may_not_hold_more_connections_than_the_agent_may_open_sockets(workers, connections, words):
    spec = FlowSpec(name="f", kind="tcp-hold", duration_seconds=1.0, workers=workers, connections=connections)

    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            await controller.command("lease", OpenRun(10.0))
            answer = await controller.command("prepare", PrepareFlow(spec, Role.DESTINATION))
            assert isinstance(answer, Error)
            assert answer.code is ErrorCode.LIMIT
            assert words in f"{answer.where}: {answer.what}"
            assert "--max-sockets" in answer.next

    asyncio.run(main())


def test_connections_count_beside_the_sockets_that_are_there():
    spec = FlowSpec(name="f", kind="tcp-hold", duration_seconds=1.0, connections=4)

    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            await controller.command("lease", OpenRun(10.0))
            await controller.listening_socket()
            answer = await controller.command("prepare", PrepareFlow(spec, Role.DESTINATION))
            assert isinstance(answer, Error)
            assert "4 connections beside the 1 that are there" in answer.what

    asyncio.run(main())


def test_a_start_order_for_no_flow_is_answered_so_that_a_controller_can_tell_how_long_orders_take():
    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            await controller.command("lease", OpenRun(10.0))
            assert await controller.command("rehearsal", StartFlows(())) == Done()

    asyncio.run(main())


def test_a_run_of_another_controller_cannot_be_used_or_closed():
    async def main():
        async with agent() as executor:
            await Controller(executor, controller_id="owner").command("lease", OpenRun(10.0))
            stranger = Controller(executor, controller_id="stranger")
            opened = await stranger.command("open", SocketCall(OpenSocket(Family.INET, Transport.UDP)))
            closed = await stranger.command("close", CloseRun())
            assert isinstance(opened, Error)
            assert isinstance(closed, Error)
            assert len(executor.hello().open_runs) == 1

    asyncio.run(main())


def test_a_command_of_an_earlier_epoch_is_refused():
    async def main():
        async with agent() as executor:
            controller = Controller(executor, epoch=3)
            assert isinstance(await controller.command("late", OpenRun(10.0), epoch=2), Error)

    asyncio.run(main())


def test_closing_a_run_tells_what_was_open():
    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            await controller.command("lease", OpenRun(10.0))
            await controller.listening_socket()
            assert await controller.command("close", CloseRun()) == RunClosed(sockets=1, workers=0)
            assert await controller.command("again", CloseRun()) == RunClosed(sockets=0, workers=0)

    asyncio.run(main())


def test_a_run_is_closed_by_the_agent_when_its_controller_is_silent_for_its_grace():
    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            assert await controller.command("long", OpenRun(60.0), run="long") == Done()
            await controller.command("short", OpenRun(0.1), run="run")
            await controller.listening_socket()
            async with asyncio.timeout(5):
                while any(run.run_id == "run" for run in executor.hello().open_runs):
                    await asyncio.sleep(0.02)
            assert [run.run_id for run in executor.hello().open_runs] == ["long"]

    asyncio.run(main())


def test_a_resumed_session_keeps_the_runs_it_names_and_closes_the_rest():
    async def main():
        async with agent() as executor:
            before = Controller(executor, epoch=1)
            await before.command("one", OpenRun(10.0), run="kept")
            await before.command("two", OpenRun(10.0), run="dropped")
            before.session.closed()
            Controller(executor, epoch=2, keep_runs=("kept",))
            async with asyncio.timeout(5):
                while len(executor.hello().open_runs) > 1:
                    await asyncio.sleep(0.01)
            assert executor.hello().open_runs[0].run_id == "kept"

    asyncio.run(main())


def test_what_happened_while_no_session_stood_is_told_to_the_next_one():
    async def main():
        async with agent() as executor:
            before = Controller(executor, epoch=1)
            await before.command("lease", OpenRun(0.1))
            before.session.closed()
            async with asyncio.timeout(5):
                while executor.hello().open_runs:
                    await asyncio.sleep(0.02)
            after = Controller(executor, epoch=2)
            event = await after.heard(lambda body: isinstance(body, Event))
            assert isinstance(event.body, RunEnded)
            assert event.sequence == 1

    asyncio.run(main())


def test_the_fork_server_is_ended_when_no_controller_has_come_back_for_a_while(monkeypatch):
    monkeypatch.setattr(executor_module, "WARM_SECONDS", 0.01)

    async def main():
        async with agent() as executor:
            cooled = asyncio.Event()
            loop = asyncio.get_running_loop()
            monkeypatch.setattr(nursery, "cool", lambda: loop.call_soon_threadsafe(cooled.set))
            first = Controller(executor, epoch=1)
            first.session.closed()
            second = Controller(executor, epoch=2)
            await asyncio.sleep(0.05)
            assert not cooled.is_set(), "the second came in time"
            second.session.closed()
            async with asyncio.timeout(5):
                await cooled.wait()

    asyncio.run(main())


def test_the_audit_log_has_a_line_for_every_socket_and_where_it_went(caplog):
    caplog.set_level("INFO", logger="sockrig_agent.audit")

    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            await controller.command("lease", OpenRun(10.0))
            socket_id = await controller.listening_socket()
            await controller.command("close", SocketCall(CloseSocket(), socket_id))

    asyncio.run(main())
    lines = [line for line in caplog.messages if line.startswith("socket ")]
    assert [" ".join(line.split()[:2]) for line in lines] == ["socket opened", "socket bound", "socket closed"]
    assert "kind='tcp inet'" in lines[0]
    assert "to=127.0.0.1:0" in lines[1]
    assert all("controller=controller run=run" in line for line in lines)


def reach_orders(port, *nonces, timeout_seconds=2.0):
    listen = OpenReach(Family.INET, (ReachPort(Transport.UDP, port, (1,)),))
    probe = ProbeReach(
        family=Family.INET,
        listened=True,
        timeout_seconds=timeout_seconds,
        attempts=1,
        spacing_seconds=0.0,
        probes=tuple(ReachProbe("127.0.0.1", Transport.UDP, port, nonce) for nonce in nonces),
    )
    return listen, probe


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def test_reach_is_audited_and_needs_a_lease(caplog):
    caplog.set_level("INFO", logger="sockrig_agent.audit")
    port = free_udp_port()
    listen, probe = reach_orders(port, 1)

    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            for number, order in enumerate((listen, probe, CloseReach())):
                refused = await controller.command(f"early {number}", order)
                assert isinstance(refused, Error)
                assert refused.code is ErrorCode.NOT_FOUND
            await controller.command("lease", OpenRun(10.0))
            await controller.command("listen", listen)
            assert isinstance(await controller.command("probe", probe), ReachProbed)
            seen = await controller.command("close", CloseReach())
            assert isinstance(seen, ReachSeen)
            assert [arrival.nonce for arrival in seen.arrivals] == [1]

    asyncio.run(main())
    lines = [message for message in caplog.messages if message.startswith("reach")]
    assert lines == [
        f"reach listening controller=controller run=run port=udp/{port}",
        f"reach probed controller=controller run=run to=127.0.0.1 ports=udp/{port}",
    ]


def test_sockets_of_reach_count_against_the_cap_and_end_with_the_run():
    listen, probe = reach_orders(free_udp_port(), 2, 3, timeout_seconds=60.0)

    async def main():
        async with agent() as executor:
            controller = Controller(executor)
            await controller.command("lease", OpenRun(10.0))
            await controller.command("listen", listen)
            controller.session.command(Command("probe", "run", 1, probe))
            await controller.command("one more", SocketCall(OpenSocket(Family.INET, Transport.UDP)))
            refused = await controller.command("too many", SocketCall(OpenSocket(Family.INET, Transport.UDP)))
            assert isinstance(refused, Error)
            assert refused.code is ErrorCode.LIMIT
            assert executor.hello().open_runs[0].sockets == 4
            assert await controller.command("close", CloseRun()) == RunClosed(sockets=4, workers=0)
            ended = await controller.answer("probe")
            assert isinstance(ended, Error)
            assert ended.code is ErrorCode.INTERRUPTED

    asyncio.run(main())
