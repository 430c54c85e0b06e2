"""``python -m tests.bench.overheads``: what the machinery around the traffic costs.

How long it takes from the first order to prepare until all workers are armed, how much memory a worker takes, and what
samples every 0.1 s take of the throughput. Two local agents, one controller.

For samples, runs with and without them follow each other, and which of a pair is first alternates. A pair without them
in either run, beside each, shows what the machine's noise alone does to the ratio. TCP streams are measured with the
host's congestion control and with Reno, which every kernel has: BBR sends at the rate that it saw lately, so that over
loopback any short stall, of whatever cause, moves a run's throughput by more than samples could.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from tests.processes import AgentProcess, running_agent

from sockrig.client.async_rig import AsyncRig
from sockrig.results import quantities
from sockrig.results.model.flow import FlowResult
from sockrig_wire.model.controller import PhaseReached, WatchRunResponse

ENDS = ("sender", "receiver")
WORKERS = (1, 8, 64)
MODES = ("parallel", "concurrent")
FINEST_INTERVAL, NO_INTERVAL = "100ms", "60s"
SAMPLED_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Arming:
    """From the first order to prepare to the last worker's being armed, in seconds."""

    workers: int
    mode: str
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Of one worker, in bytes: what it has alone, and that with its share of what it has with others (PSS)."""

    workers: int
    kind: str
    own_bytes: int
    proportional_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Throughput with the finest interval over that without any, pair by pair, and without any over the same."""

    what: str
    ratios: tuple[float, ...]
    noise: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything."""

    armings: tuple[Arming, ...]
    memories: tuple[Memory, ...]
    samplings: tuple[Sampling, ...]


def _bits(flow: FlowResult) -> float:
    assert flow.received is not None
    return flow.received.bits_per_second or 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sampled:
    """A kind of flow, how it is run, and what of its result may suffer from samples."""

    what: str
    kind: str
    read: Callable[[FlowResult], float]
    options: tuple[tuple[str, str], ...] = ()


_SAMPLED = (
    _Sampled(what="tcp-stream, the host's congestion control", kind="tcp-stream", read=_bits),
    _Sampled(what="tcp-stream, Reno", kind="tcp-stream", read=_bits, options=(("congestion", "reno"),)),
    _Sampled(what="udp-stream", kind="udp-stream", read=_bits),
    _Sampled(what="tcp-rr", kind="tcp-rr", read=lambda flow: flow.transactions_per_second or 0.0),
)


async def measure(rounds: int, folder: Path) -> Report:
    """All of it, on agents that are started for it."""
    with ExitStack() as stack:
        agents = [stack.enter_context(running_agent(name, folder)) for name in ENDS]
        async with AsyncRig.agents({agent.name: agent.address for agent in agents}) as rig:
            await _arm(rig, 1, "parallel")  # the first brings the fork servers
            armings = [await _armings(rig, workers, mode, rounds) for workers in WORKERS for mode in MODES]
            memories = [await _memory(rig, agents, kind) for kind in ("tcp-stream", "udp-stream")]
            samplings = [await _sampling(rig, sampled, rounds) for sampled in _SAMPLED]
    return Report(armings=tuple(armings), memories=tuple(memories), samplings=tuple(samplings))


async def _armings(rig: AsyncRig, workers: int, mode: str, rounds: int) -> Arming:
    return Arming(workers=workers, mode=mode, seconds=tuple([await _arm(rig, workers, mode) for _ in range(rounds)]))


async def _arm(rig: AsyncRig, workers: int, mode: str) -> float:
    """How long arming took."""
    reached: dict[str, float] = {}

    def note(event: WatchRunResponse) -> None:
        if isinstance(event.body, PhaseReached):
            reached.setdefault(event.body.phase, event.at_seconds)

    await rig.run(_scenario("tcp-stream", workers=workers, mode=mode, rate="1 Mbit/s", duration="100ms"), on_event=note)
    return reached["armed"] - reached["prepare"]


async def _memory(rig: AsyncRig, agents: Sequence[AgentProcess], kind: str) -> Memory:
    """Of the workers of one agent, while all of them run."""
    workers = max(WORKERS)
    found: list[tuple[int, int]] = []
    running = asyncio.Event()

    def note(event: WatchRunResponse) -> None:
        if isinstance(event.body, PhaseReached) and event.body.phase == "running":
            running.set()

    async def look() -> None:
        await running.wait()
        await asyncio.sleep(1.0)  # they have begun, and hold what they will hold
        found.extend(_memory_of(one.pid) for one in agents[0].workers())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(look())
        await rig.run(_scenario(kind, workers=workers, rate="10 Mbit/s", duration="3s"), on_event=note)
    return Memory(
        workers=len(found),
        kind=kind,
        own_bytes=sum(own for own, _ in found) // len(found),
        proportional_bytes=sum(proportional for _, proportional in found) // len(found),
    )


def _memory_of(pid: int) -> tuple[int, int]:
    """What a process has alone, and its proportional set size (proc(5), smaps_rollup), in bytes."""
    sizes: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, value, *_ = line.split()
        sizes[name.rstrip(":")] = int(value) * 1024
    return sizes["Private_Clean"] + sizes["Private_Dirty"], sizes["Pss"]


async def _sampling(rig: AsyncRig, sampled: _Sampled, rounds: int) -> Sampling:
    async def once(interval: str) -> float:
        run = await rig.run(
            _scenario(sampled.kind, interval=interval, duration=f"{SAMPLED_SECONDS}s", **dict(sampled.options))
        )
        return sampled.read(run.steps[0].flows[0])

    async def ratio(first: str, second: str) -> float:
        return await once(first) / await once(second)

    ratios, noise = [], []
    for number in range(rounds):
        if number % 2:
            ratios.append(1 / await ratio(NO_INTERVAL, FINEST_INTERVAL))
        else:
            ratios.append(await ratio(FINEST_INTERVAL, NO_INTERVAL))
        noise.append(await ratio(NO_INTERVAL, NO_INTERVAL))
    return Sampling(what=sampled.what, ratios=tuple(ratios), noise=tuple(noise))


def _scenario(kind: str, **keys: object) -> str:
    flow = {"kind": kind, "from": ENDS[0], "to": ENDS[1], **keys}
    agents = {name: {"names": [name]} for name in ENDS}
    return json.dumps({"scenario": "overheads", "agents": agents, "steps": [{"flow": flow}]}) + "\n"


def lines(report: Report) -> Iterator[str]:
    """The report as Markdown."""
    yield "| what | median | smallest to largest |"
    yield "| --- | ---: | --- |"
    for arming in report.armings:
        what = f"prepare to armed, {arming.workers} at each end, {arming.mode}"
        yield _row(what, arming.seconds, quantities.time)
    for memory in report.memories:
        own, proportional = quantities.size(memory.own_bytes), quantities.size(memory.proportional_bytes)
        yield f"| memory of a {memory.kind} worker, one of {memory.workers} | {own} its own | {proportional} PSS |"
    for sampling in report.samplings:
        yield _row(f"{sampling.what}: samples every 0.1 s over none", sampling.ratios, _ratio_words)
        yield _row(f"{sampling.what}: none over none", sampling.noise, _ratio_words)


def _row(what: str, values: Sequence[float], shown: Callable[[float], str]) -> str:
    return f"| {what} | {shown(median(values))} | {shown(min(values))} to {shown(max(values))} |"


def _ratio_words(ratio: float) -> str:
    return f"{ratio:.3f}"


def main(arguments: Sequence[str]) -> int:
    """Measure, and write the table and the JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.overheads", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of each (default %(default)s)")
    parser.add_argument(
        "--output", type=Path, default=Path("build/bench"), metavar="FOLDER", help="default %(default)s"
    )
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sockrig-bench-") as folder:
        report = asyncio.run(measure(asked.rounds, Path(folder)))
    asked.output.mkdir(parents=True, exist_ok=True)
    table = "\n".join(("# Overheads", "", *lines(report), ""))
    (asked.output / "overheads.md").write_text(table, encoding="utf-8")
    (asked.output / "overheads.json").write_text(json.dumps(asdict(report), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(table)
    sys.stderr.write(f"{time.monotonic() - began:.0f} s; written to {asked.output}/overheads.md and overheads.json\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
