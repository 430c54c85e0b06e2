"""Carries out what controllers command: the one place where session state meets sockets and workers.

Every command runs as a task of its own, so none waits for another; its answer goes to the session that is open when
it is ready, and into the cache from which a repeated command is answered. Whatever a run opened is closed here, be it
on command, when its lease expires, or when the agent stops.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from sockrig_agent.addresses import advertised_addresses
from sockrig_agent.audit import audit, audit_reach, audit_socket_call
from sockrig_agent.config import AgentSettings
from sockrig_agent.host import capabilities, host_facts
from sockrig_agent.reach.table import ReachTable
from sockrig_agent.session.book import SessionBook
from sockrig_agent.session.commands import Answered, CommandCache, Fresh
from sockrig_agent.session.leases import Lease, LeaseTable
from sockrig_agent.session.spool import EventSpool
from sockrig_agent.sockets.table import SocketTable
from sockrig_agent.traffic.kinds import connections_of
from sockrig_agent.workers.pool import WorkerPool
from sockrig_wire import PROTOCOL
from sockrig_wire.errors import BarrierTimeoutError, LimitError, NotFoundError, RefusedError, SockrigError
from sockrig_wire.failures import error_of
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.flows import FlowPrepared, PrepareFlow, StartFlows, StopFlows
from sockrig_wire.model.reach import CloseReach, OpenReach, ProbeReach, ReachCount
from sockrig_wire.model.session import (
    CancelCommand,
    CloseRun,
    Command,
    Done,
    Event,
    EventBody,
    Hello,
    OpenRun,
    OpenRunSummary,
    Reply,
    ReplyBody,
    RunClosed,
    RunEnded,
    Welcome,
)
from sockrig_wire.model.sockets import Family, SocketCall
from sockrig_wire.version import VERSION

Say = Callable[[Reply | Event], None]
"""Hands a frame's body to the session that is open; never blocks."""

WARM_SECONDS = 30.0
"""How long the fork server outlives the last session: commands that follow each other find it warm."""

MOST_CONTROLLERS_GONE = 16
"""For so many controllers without a session are results kept that they have not acknowledged."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Controller:
    """What is kept for one controller while it has a session or a run here."""

    controller_id: str
    commands: CommandCache = field(default_factory=CommandCache)
    spool: EventSpool = field(default_factory=EventSpool)
    say: Say | None = None


class Session:
    """One open session: what the door tells the executor."""

    def __init__(self, executor: "Executor", controller: _Controller, epoch: int) -> None:
        self._executor = executor
        self._controller = controller
        self._epoch = epoch

    def heard(self) -> None:
        """A frame came: the controller lives."""
        self._executor.leases.heard(self._controller.controller_id, time.monotonic())

    def command(self, command: Command) -> None:
        """Carry out a command; its answer comes through ``say``."""
        self._executor.accept(self._controller, command)

    def acknowledge(self, sequence: int) -> None:
        """The controller has all events up to ``sequence``."""
        self._controller.spool.acknowledge(sequence)

    def closed(self) -> None:
        """The stream ended; what it opened has its grace."""
        self._executor.session_closed(self._controller, self._epoch)


class Executor:
    """Everything that is open on this host, and who may command it."""

    def __init__(self, settings: AgentSettings) -> None:
        self._settings = settings
        self._boot_id = uuid.uuid4().hex
        self._advertised = advertised_addresses(settings.listen_host, settings.advertise, settings.bind_hosts)
        self._book = SessionBook()
        self.leases = LeaseTable()
        self._sockets = SocketTable(
            max_sockets=settings.limits.sockets,
            bind_hosts=settings.bind_hosts,
            elsewhere=lambda: self._reach.count() + self._workers.connections(),
        )
        self._reach = ReachTable(
            max_sockets=settings.limits.sockets,
            bind_hosts=settings.bind_hosts,
            elsewhere=lambda: self._sockets.count() + self._workers.connections(),
        )
        self._workers = WorkerPool(max_workers=settings.limits.workers, on_event=self._run_event)
        self._controllers: dict[str, _Controller] = {}
        self._running: dict[tuple[str, str], asyncio.Task[ReplyBody]] = {}  # by controller and command id
        self._background: set[asyncio.Task[object]] = set()
        self._lease_opened = asyncio.Event()
        self._cooling: asyncio.TimerHandle | None = None

    def hello(self) -> Hello:
        """What this agent is, and a snapshot of what is open on it."""
        return Hello(
            agent_id=self._settings.agent_id,
            boot_id=self._boot_id,
            name=self._settings.name,
            version=VERSION,
            protocol=PROTOCOL,
            labels=self._settings.labels,
            capabilities=capabilities(),
            advertised_addresses=self._advertised,
            host=host_facts(),
            limits=self._settings.limits,
            open_runs=tuple(
                OpenRunSummary(
                    run_id=lease.run_id,
                    controller_id=lease.controller_id,
                    epoch=lease.epoch,
                    sockets=self._sockets.count(lease.run_id) + self._reach.count(lease.run_id),
                    workers=self._workers.count(lease.run_id),
                )
                for lease in self.leases.runs()
            ),
        )

    def open_session(self, welcome: Welcome, say: Say) -> Session:
        """Take a controller's session; runs of its that it did not keep are closed.

        Raises:
            SockrigError: a newer session of the same controller is open.
        """
        runs = self.leases.runs(welcome.controller_id)
        admission = self._book.admit(
            welcome.controller_id,
            welcome.epoch,
            open_runs=(lease.run_id for lease in runs),
            keep_runs=welcome.keep_runs,
        )
        controller = self._controllers.setdefault(welcome.controller_id, _Controller(welcome.controller_id))
        controller.say = say
        self.leases.session_opened(welcome.controller_id, welcome.epoch, time.monotonic())
        for run_id in admission.close_runs:
            self._in_background(self._close_run(run_id, "its controller did not keep it"))
        controller.spool.resume()
        self._hand_out(controller)
        if self._cooling is not None:
            self._cooling.cancel()
        self._in_background(self._workers.warm())
        return Session(self, controller, welcome.epoch)

    def session_closed(self, controller: _Controller, epoch: int) -> None:
        """A stream ended; the end of one that was replaced is no news."""
        if not self._book.end(controller.controller_id, epoch):
            return
        self.leases.session_closed(controller.controller_id, epoch, time.monotonic())
        controller.say = None
        self._forget_if_idle(controller)
        if not self._book.controllers():
            loop = asyncio.get_running_loop()
            self._cooling = loop.call_later(WARM_SECONDS, lambda: self._in_background(self._workers.cool()))

    def accept(self, controller: _Controller, command: Command) -> None:
        """Begin to carry out a command, or give the first answer to a repeated one."""
        try:
            self._book.check(controller.controller_id, command.epoch)
            seen = controller.commands.begin(command.id)
        except SockrigError as refusal:
            self._say(controller, Reply(command.id, error_of(refusal)))
            return
        match seen:
            case Fresh():
                task = asyncio.create_task(self._answer(controller, command), name=f"command {command.id}")
                self._running[controller.controller_id, command.id] = task
                task.add_done_callback(lambda task: self._answered(controller, command.id, task))
            case Answered(reply):
                self._say(controller, Reply(command.id, reply))

    async def keep_leases(self) -> None:
        """Close the runs whose controller has been silent for longer than their grace; until cancelled."""
        while True:
            expiry = self.leases.next_expiry()
            self._lease_opened.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if expiry is None else max(0.0, expiry - time.monotonic())):
                    await self._lease_opened.wait()
            for lease in self.leases.expired(time.monotonic()):
                await self._close_all_of(lease.run_id, lease.controller_id, lease.reason)

    async def close(self) -> None:
        """Close everything of every run, and the workers' nursery."""
        if self._cooling is not None:
            self._cooling.cancel()
        for lease in self.leases.runs():
            await self._close_run(lease.run_id, "the agent stops")
        tasks = [*self._running.values(), *self._background]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._sockets.close()
        self._reach.close()
        await self._workers.close()

    async def _answer(self, controller: _Controller, command: Command) -> ReplyBody:
        try:
            async with asyncio.timeout(command.deadline_seconds or None) as deadline:
                return await self._execute(controller, command)
        except TimeoutError as failure:
            late = BarrierTimeoutError(f"not done within {command.deadline_seconds:g} s")
            return error_of(late if deadline.expired() else failure)
        except Exception as failure:
            error = error_of(failure)
            if error.code is ErrorCode.INTERNAL:
                _log.exception("command %s failed", type(command.body).__name__)
            return error

    def _answered(self, controller: _Controller, command_id: str, task: asyncio.Task[ReplyBody]) -> None:
        cancelled = Error(ErrorCode.INTERRUPTED, "the command was cancelled")
        reply = cancelled if task.cancelled() else task.result()
        self._running.pop((controller.controller_id, command_id), None)
        controller.commands.finish(command_id, reply)
        self._say(controller, Reply(command_id, reply))

    async def _execute(self, controller: _Controller, command: Command) -> ReplyBody:
        match command.body:
            case OpenRun(grace_seconds):
                self._open_run(controller, command, grace_seconds)
                return Done()
            case CloseRun():
                self._require_no_other(controller, command.run_id)
                return await self._close_run(command.run_id, "its controller closed it")
            case SocketCall() as call:
                self._require_lease(controller, command.run_id)
                reply = await self._sockets.call(command.run_id, call)
                audit_socket_call(call, reply, controller=controller.controller_id, run=command.run_id)
                return reply
            case PrepareFlow() as order:
                self._require_lease(controller, command.run_id)
                return await self._prepare(controller, command.run_id, order)
            case StartFlows() as order:
                self._require_lease(controller, command.run_id)
                self._workers.start(command.run_id, order)
                return Done()
            case StopFlows() as order:
                self._require_lease(controller, command.run_id)
                self._workers.stop(command.run_id, order)
                return Done()
            case OpenReach() as order:
                self._require_lease(controller, command.run_id)
                opened = self._reach.open(command.run_id, order)
                audit_reach(opened, controller=controller.controller_id, run=command.run_id)
                return opened
            case ProbeReach() as order:
                self._require_lease(controller, command.run_id)
                audit_reach(order, controller=controller.controller_id, run=command.run_id)
                return await self._reach.probe(
                    command.run_id, order, lambda done: self._run_event(command.run_id, ReachCount(done))
                )
            case CloseReach():
                self._require_lease(controller, command.run_id)
                return await self._reach.close_listener(command.run_id)
            case CancelCommand(command_id):
                if running := self._running.get((controller.controller_id, command_id)):
                    running.cancel()
                return Done()

    def _open_run(self, controller: _Controller, command: Command, grace_seconds: float) -> None:
        self.leases.open(
            command.run_id, controller.controller_id, grace_seconds, epoch=command.epoch, now=time.monotonic()
        )
        self._lease_opened.set()
        audit("run opened", controller=controller.controller_id, run=command.run_id, grace_seconds=grace_seconds)

    async def _prepare(self, controller: _Controller, run_id: str, order: PrepareFlow) -> FlowPrepared:
        longest = self._settings.limits.duration_seconds
        if order.spec.warmup_seconds + order.spec.duration_seconds > longest:
            raise LimitError(
                f"{order.spec.duration_seconds:g} s is longer than this agent allows ({longest:g} s)",
                next="Shorten the flow, or start the agent with a larger --max-duration.",
            )
        connections = connections_of(order.spec)
        self._require_room(connections * order.spec.workers, order)
        bind_hosts = self._settings.bind_hosts
        inet6 = order.spec.family is Family.INET6
        prepared = await self._workers.prepare(
            run_id,
            order,
            bind_host=bind_hosts.inet6 if inet6 else bind_hosts.inet,
            advertised_host=next((host for host in self._advertised if (":" in host) == inet6), ""),
        )
        reached = [f"{peer.host}:{peer.port}" for peer in order.peers] or ["-"] * order.spec.workers
        for worker, to in enumerate(reached):
            audit(
                "worker ready",
                controller=controller.controller_id,
                run=run_id,
                flow=order.spec.name,
                kind=order.spec.kind,
                role=order.role.name.lower(),
                worker=worker,
                to=to,
                seconds=order.spec.warmup_seconds + order.spec.duration_seconds,
                **({"connections": connections} if connections else {}),
            )
        return prepared

    def _require_room(self, connections: int, order: PrepareFlow) -> None:
        """Refuse a flow whose connections would be more than the sockets that are left."""
        most = self._settings.limits.sockets
        there = self._sockets.count() + self._reach.count() + self._workers.connections()
        if connections and there + connections > most:
            beside = f" beside the {there:,} that are there" if there else ""
            raise LimitError(
                f"{connections:,} connections{beside} are more than the {most:,} sockets that this agent may open",
                where=f"flow {order.spec.name!r}",
                next="Hold fewer, or start the agent with a larger --max-sockets.",
            )

    async def _close_run(self, run_id: str, reason: str) -> RunClosed:
        lease = self.leases.get(run_id)
        if lease is None:
            return RunClosed(0, 0)
        self.leases.close(run_id)
        return await self._close_all_of(run_id, lease.controller_id, reason)

    async def _close_all_of(self, run_id: str, controller_id: str, reason: str) -> RunClosed:
        sockets = self._sockets.close_run(run_id) + self._reach.close_run(run_id)
        closed = RunClosed(sockets, await self._workers.close_run(run_id))
        audit(
            "run closed",
            controller=controller_id,
            run=run_id,
            sockets=closed.sockets,
            workers=closed.workers,
            reason=reason,
        )
        if controller := self._controllers.get(controller_id):
            if controller.say is None:
                self._spool(controller, run_id, RunEnded(reason))
            self._forget_if_idle(controller)
        return closed

    def _require_lease(self, controller: _Controller, run_id: str) -> Lease:
        lease = self.leases.get(run_id)
        if lease is None or lease.controller_id != controller.controller_id:
            raise NotFoundError(
                f"run {run_id} is not open here", next="It was closed, or its grace passed: open a new run."
            )
        return lease

    def _require_no_other(self, controller: _Controller, run_id: str) -> None:
        lease = self.leases.get(run_id)
        if lease is not None and lease.controller_id != controller.controller_id:
            raise RefusedError(
                f"controller {lease.controller_id} holds this run, and only it may close it", where=run_id
            )

    def _run_event(self, run_id: str, body: EventBody) -> None:
        lease = self.leases.get(run_id)
        controller = self._controllers.get(lease.controller_id) if lease else None
        if controller is not None:
            self._spool(controller, run_id, body)

    def _spool(self, controller: _Controller, run_id: str, body: EventBody) -> None:
        controller.spool.append(run_id, body)
        self._hand_out(controller)

    def _hand_out(self, controller: _Controller) -> None:
        """Give the open session all events that wait; without one they stay in the spool."""
        if controller.say is not None:
            for event in controller.spool.take(len(controller.spool)):
                controller.say(event)

    def _say(self, controller: _Controller, reply: Reply) -> None:
        if controller.say is not None:
            controller.say(reply)

    def _forget_if_idle(self, controller: _Controller) -> None:
        """Keep a controller that is gone only for results that it has not got, and of those only the latest."""
        if controller.say is not None or self.leases.runs(controller.controller_id):
            return
        self._controllers.pop(controller.controller_id, None)
        if controller.spool.unacknowledged():
            self._controllers[controller.controller_id] = controller
            gone = [each for each in self._controllers.values() if each.say is None]
            for oldest in gone[: max(0, len(gone) - MOST_CONTROLLERS_GONE)]:
                del self._controllers[oldest.controller_id]

    def _in_background(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
