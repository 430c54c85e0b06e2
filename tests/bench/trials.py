"""Carries out one trial of one tool between the two ends of a place."""

import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.bench.gaps import p99_gap_error_seconds
from tests.bench.measurement import OURS, Reading, Trial, UnreadableError
from tests.bench.ours import DESTINATION, SOURCE, Ours, reading_of
from tests.bench.peers.peer import Command, Peer, Said, Setting
from tests.bench.places import Host, Place
from tests.bench.processes import Ended, ProcessError, Running, listens_on, running
from tests.bench.rows import Row
from tests.processes import SOCKRIG, running_agent

from sockrig.scenario.flow import Flow

_READY_SECONDS = 10
_GRACE_SECONDS = 3
"""How long a server may take to end after its client."""
_OVERHEAD_SECONDS = 20
"""How much longer than its traffic a trial may take."""

_PROBLEMS = (UnreadableError, ProcessError, TimeoutError)
"""What goes wrong with one tool, and does not keep the others from being measured."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A place with an agent at each end."""

    place: Place
    agent_options: Command
    store: Path
    """Where our runs are recorded, as a user's are."""


@contextmanager
def staged(place: Place, folder: Path) -> Iterator[Stage]:
    """Start an agent at each end; they end with the block."""
    with ExitStack() as stack:
        agents = [
            stack.enter_context(
                running_agent(
                    name,
                    folder,
                    listen=f"{host.address}:0",
                    flags=("--bind", host.address, *(("--insecure",) if host.namespace else ())),
                    within=host.within,
                )
            )
            for name, host in ((SOURCE, place.sender), (DESTINATION, place.receiver))
        ]
        yield Stage(place, tuple(agent.option for agent in agents), folder / "runs.db")


def tool_names(row: Row) -> tuple[str, ...]:
    """Ours first, then the peers in their order."""
    return OURS, *(peer.name for peer in row.peers)


def attempt(tool: str, row: Row, stage: Stage, *, round: int, seconds: int) -> Trial:
    """One tool, once; what goes wrong becomes the trial's problem."""
    if tool == OURS:
        return _attempt_ours(row, stage, round=round, seconds=seconds)
    peer = next(peer for peer in row.peers if peer.name == tool)
    return _attempt_peer(peer, row, stage.place, round=round, seconds=seconds)


def _attempt_ours(row: Row, stage: Stage, *, round: int, seconds: int) -> Trial:
    ours, command = row.ours, _our_command(stage)
    commands = _shown(command), f"stdin: {ours.scenario(seconds).strip()}"
    try:
        _require_offered(ours)
        with _witness(row, stage.place.receiver) as witness:
            reading = _witnessed(witness, row, _run_ours(ours, command, seconds))
    except _PROBLEMS as problem:
        return Trial(tool=OURS, round=round, commands=commands, problem=str(problem))
    return Trial(tool=OURS, round=round, commands=commands, reading=reading)


def _attempt_peer(peer: Peer, row: Row, place: Place, *, round: int, seconds: int) -> Trial:
    port, data_port = _free_ports(2)
    setting = Setting(host=place.receiver.address, port=port, data_port=data_port, seconds=seconds)
    server = (*place.receiver.within, *peer.server(setting))
    client = (*place.sender.within, *peer.client(setting))
    commands = _shown(server), _shown(client)
    try:
        _require_installed(peer)
        with _witness(row, place.receiver) as witness:
            reading = _witnessed(witness, row, _run_peer(peer, setting, server, client))
    except _PROBLEMS as problem:
        return Trial(tool=peer.name, round=round, commands=commands, problem=str(problem))
    return Trial(tool=peer.name, round=round, commands=commands, reading=reading)


def _run_ours(ours: Ours, command: Command, seconds: int) -> Reading:
    with running(command, stdin=ours.scenario(seconds)) as client:
        ended = client.wait(seconds + _OVERHEAD_SECONDS)
    if not ended.output.strip():
        raise ProcessError(f"exit code {ended.exit_code}: {ended.errors.strip()[-300:]}")
    return reading_of(ended.output, ours)


def _run_peer(peer: Peer, setting: Setting, server_command: Command, client_command: Command) -> Reading:
    with running(server_command) as server:
        server.wait_until(listens_on(setting.port), _READY_SECONDS)
        with running(client_command) as client:
            asked = client.wait(setting.seconds + _OVERHEAD_SECONDS)
        answered = _end_of(server, by_itself=peer.ends_by_itself)
    if asked.exit_code != 0:
        raise ProcessError(f"exit code {asked.exit_code}: {(asked.errors or asked.output).strip()[-300:]}")
    reading = peer.read(Said(asked.output, answered.output))
    if reading.cpu_seconds is None:
        reading = replace(reading, cpu_seconds=asked.cpu_seconds + answered.cpu_seconds)
    return reading


def _end_of(server: Running, *, by_itself: bool) -> Ended:
    if by_itself:
        try:
            return server.wait(_GRACE_SECONDS)
        except TimeoutError:
            pass
    server.interrupt()
    return server.wait(_GRACE_SECONDS)


@contextmanager
def _witness(row: Row, host: Host) -> Iterator[Running | None]:
    if not row.witnessed:
        yield None
        return
    watch = (sys.executable, "-m", "tests.bench.witness", host.interface, "--size", str(row.ours.size_bytes))
    with running((*host.namespace, *watch)) as witness:
        witness.wait_until(lambda process: "ready" in process.output, _READY_SECONDS)
        yield witness


def _witnessed(witness: Running | None, row: Row, reading: Reading) -> Reading:
    """The reading with the witness's figure in place of its own, where there is a witness."""
    if witness is None:
        return reading
    witness.interrupt()
    seen = witness.wait(_GRACE_SECONDS).output
    assert row.ours.packets_per_second is not None
    return replace(reading, value=p99_gap_error_seconds(seen, row.ours.packets_per_second))


def _our_command(stage: Stage) -> Command:
    run = (*SOCKRIG, "run", "-", "--json", "--quiet", "--store", str(stage.store))
    return (*stage.place.sender.namespace, *run, *stage.agent_options)


def _shown(command: Sequence[str]) -> str:
    return shlex.join("python" if word == sys.executable else word for word in command)


def _require_offered(ours: Ours) -> None:
    if ours.poll and "poll" not in Flow.model_fields:
        raise UnreadableError("not offered")


def _require_installed(peer: Peer) -> None:
    if shutil.which(peer.program) is None:
        raise UnreadableError("not installed")
    if peer.flag and peer.flag not in _help_of(peer.program):
        raise UnreadableError(f"the installed {peer.program} has no {peer.flag}")


@cache
def _help_of(program: str) -> str:
    asked = subprocess.run((program, "--help"), capture_output=True, text=True, timeout=_READY_SECONDS, check=False)
    return asked.stdout + asked.stderr


def _free_ports(count: int) -> list[int]:
    """Ports that neither TCP nor UDP uses; in a namespace made for us every port is free."""
    with ExitStack() as stack:
        return [_free_port(stack) for _ in range(count)]


def _free_port(stack: ExitStack) -> int:
    while True:
        stream = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        stream.bind(("", 0))
        port: int = stream.getsockname()[1]
        datagram = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        try:
            datagram.bind(("", port))
        except OSError:
            continue
        return port
