"""``python -m tests.bench.skew``: how tightly many agents start, beside as many iperf3 clients that a shell starts.

All run on this one machine, each sender in a network namespace of its own, on one switch with the receiving host: paced
datagrams, ten a second. Run by run, ours goes first, then the shell. The skew is ours to tell; of both, a witness on
the receiving host's interface, which is one clock for all, stamps the first datagram of each sender.
"""

import argparse
import asyncio
import json
import shlex
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.firsts import Spreads, first_spread_seconds
from tests.bench.machine import Machine, this_machine
from tests.bench.measurement import UnreadableError
from tests.bench.processes import ProcessError, Running, port_is_open, running
from tests.netns.lab import CABLE, Lab, built_lab, trial
from tests.processes import eventually, running_command

from sockrig.client.async_rig import AsyncRig
from sockrig.results import quantities
from sockrig.results.model.run import RunResult
from sockrig.results.model.verdict import Verdict
from sockrig_wire.errors import SockrigError

SIZE_BYTES = 200
"""Unlike any hello, so that the witness sees traffic alone."""

PACKETS_PER_SECOND = 10
SECONDS = 1
_FIRST_PORT = 20_000
_READY_SECONDS = 60
_SETTLE_SECONDS = 0.2
"""For each agent: a fork server loads on every host as soon as there is a session."""

_OVERHEAD_SECONDS = 30
_INTERRUPTED = 130

TARGETS = {8: (0.001, 0.005), 64: (0.025, None)}
"""By agents: the most that the median of the measured skew may be, and its 90th percentile."""

TIGHTER = 10
"""How many times tighter than the shell's clients ours must start."""

_PROBLEMS = (UnreadableError, ProcessError, TimeoutError, SockrigError)


@dataclass(slots=True)
class Series:
    """All runs with so many agents; every figure in seconds."""

    agents: int
    told: list[float] = field(default_factory=list)
    """Start skew, as the result documents have it."""
    lateness: list[float] = field(default_factory=list)
    """The last source after T, likewise."""
    seen: list[float] = field(default_factory=list)
    """Between first datagrams, as the witness saw them."""
    shell: list[float] = field(default_factory=list)
    """The same of the shell's clients."""
    late_workers: int = 0
    problems: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Rows of the table, and what was asked."""
        figures = {"our start skew": self.told, "our last source after T": self.lateness}
        figures |= {"our first datagrams": self.seen, "first datagrams of iperf3": self.shell}
        for name, seconds in figures.items():
            spreads = Spreads.of(seconds)
            cells = ["-"] * 3
            if spreads is not None:
                cells = [
                    quantities.time(each) for each in (spreads.median_seconds, spreads.p90_seconds, spreads.max_seconds)
                ]
            yield f"| {self.agents} | {name} | {len(seconds)} | {' | '.join(cells)} |"

    def judgements(self) -> Iterator[str]:
        """What the targets say of it."""
        told, seen, shell = Spreads.of(self.told), Spreads.of(self.seen), Spreads.of(self.shell)
        if told is not None and self.agents in TARGETS:
            most_median, most_p90 = TARGETS[self.agents]
            yield _judged(self.agents, "median skew", told.median_seconds, most_median)
            if most_p90 is not None:
                yield _judged(self.agents, "p90 of the skew", told.p90_seconds, most_p90)
        if seen is not None and shell is not None:
            ratio = shell.median_seconds / seen.median_seconds
            met = "met" if ratio >= TIGHTER else "**missed**"
            yield f"- {self.agents} agents: {ratio:.1f} times tighter than the shell, asked {TIGHTER}: {met}"
        if self.late_workers:
            yield f"- {self.agents} agents: {self.late_workers} workers were named as late, in all runs together"
        yield from (f"- {self.agents} agents: {problem}" for problem in self.problems)


def _judged(agents: int, what: str, seconds: float, most: float) -> str:
    met = "met" if seconds <= most else "**missed**"
    return f"- {agents} agents: {what} {quantities.time(seconds)}, asked at most {quantities.time(most)}: {met}"


def main(arguments: Sequence[str]) -> int:
    """Measure, and write table and JSON; the result is the exit code, 0 also where targets were missed."""
    asked = _parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    if problem := trial():
        _say(problem)
        return 4
    started_at, machine = datetime.now(UTC), this_machine(("iperf3",))
    every, interrupted = [Series(agents) for agents in asked.agents], False
    try:
        for series in every:
            with tempfile.TemporaryDirectory(prefix="sockrig-bench-") as folder:
                asyncio.run(_measure(series, asked.runs, Path(folder)))
    except KeyboardInterrupt:
        interrupted = True
    _write(started_at, machine, every, asked.output)
    return _INTERRUPTED if interrupted else 0


async def _measure(series: Series, runs: int, folder: Path) -> None:
    with built_lab(folder, agents=series.agents + 1) as lab:
        async with _rig(lab, folder) as rig:
            await rig.run(_scenario(lab))  # the first brings the fork servers
            for number in range(1, runs + 1):
                try:
                    await _run_ours(series, lab, rig)
                    await asyncio.to_thread(_run_shell, series, lab)
                except _PROBLEMS as problem:
                    series.problems.append(f"run {number}: {problem}")
                last = (quantities.time(each[-1]) if each else "-" for each in (series.told, series.seen, series.shell))
                _say(f"{series.agents} agents, run {number}/{runs}: skew {', first datagrams '.join(last)} (iperf3)")


@asynccontextmanager
async def _rig(lab: Lab, folder: Path) -> AsyncIterator[AsyncRig]:
    """A controller that stays up on its host; its socket file can be reached from here."""
    address = folder / "controller.sock"
    serve = ("controller", "--listen", f"unix:{address}", "--store", str(folder / "runs.db"), *lab.agent_options)
    with running_command(*serve, folder=folder, within=lab.controller.within) as controller:
        told = controller.stdout_path
        if not eventually(lambda: "listening" in told.read_text("utf-8"), within_seconds=_READY_SECONDS):
            raise ProcessError(f"the controller does not serve: {controller.stderr.strip()[-300:]}")
        await asyncio.sleep(_SETTLE_SECONDS * len(lab.agents))
        async with AsyncRig.connect(f"unix:{address}", wait_seconds=_READY_SECONDS) as rig:
            yield rig


def _scenario(lab: Lab) -> str:
    """All agents but the last send to that."""
    *edges, hub = (each.name for each in lab.agents)
    return f"""
scenario: start
agents: {{hub: {{names: [{hub}]}}, edges: {{names: [{", ".join(edges)}]}}}}
steps:
  - name: paced
    flow: {{kind: udp-stream, from: edges, to: hub, rate: {PACKETS_PER_SECOND} pps, size: {SIZE_BYTES} B,
           duration: {SECONDS}s}}
"""


async def _run_ours(series: Series, lab: Lab, rig: AsyncRig) -> None:
    with _witness(lab) as witness:
        result = await rig.run(_scenario(lab))
        seen = _seen_by(witness, lab)
    series.seen.append(seen)
    _take(series, result)


def _take(series: Series, result: RunResult) -> None:
    if result.verdict is not Verdict.PASSED or result.start_skew_seconds is None or result.start_lateness is None:
        raise UnreadableError(f"ours ended {result.verdict}: {'; '.join(result.steps[0].problems)}")
    series.told.append(result.start_skew_seconds)
    series.lateness.append(result.start_lateness.max_seconds)
    series.late_workers += len(result.late_workers)


def _run_shell(series: Series, lab: Lab) -> None:
    *edges, hub = lab.agents
    ports = range(_FIRST_PORT, _FIRST_PORT + len(edges))
    serving = " ".join(f"iperf3 -s -1 -p {port} >/dev/null 2>&1 &" for port in ports)
    bits_per_second = PACKETS_PER_SECOND * SIZE_BYTES * 8
    traffic = f"-c {hub.node.inet} -u -l {SIZE_BYTES} -b {bits_per_second} -t {SECONDS}"
    clients = " ".join(
        f"{shlex.join(edge.node.within)} iperf3 {traffic} -p {port} >/dev/null 2>&1 &"
        for edge, port in zip(edges, ports, strict=True)
    )
    with running((*hub.node.within, "sh", "-c", f"{serving} wait")) as servers:
        servers.wait_until(lambda shell: all(port_is_open(port, shell.pid) for port in ports), _READY_SECONDS)
        with _witness(lab) as witness, running(("sh", "-c", f"{clients} wait")) as shell:
            shell.wait(SECONDS + _OVERHEAD_SECONDS)
            series.shell.append(_seen_by(witness, lab))


@contextmanager
def _witness(lab: Lab) -> Iterator[Running]:
    watch = (sys.executable, "-m", "tests.bench.witness", CABLE, "--size", str(SIZE_BYTES))
    with running((*lab.agents[-1].node.within, *watch)) as witness:
        witness.wait_until(lambda process: "ready" in process.output, _READY_SECONDS)
        yield witness


def _seen_by(witness: Running, lab: Lab) -> float:
    witness.interrupt()
    return first_spread_seconds(witness.wait(_READY_SECONDS).output, [each.node.inet for each in lab.agents[:-1]])


def _write(started_at: datetime, machine: Machine, every: Sequence[Series], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table = "\n".join(
        [
            "# Start skew",
            "",
            f"Started {started_at:%Y-%m-%d %H:%M %Z} on {machine.kernel}, {machine.processor}, {machine.cores} cores, "
            f"load average {machine.load_average[0]:.2f}; "
            + ", ".join(f"{each.program} {each.version}" for each in machine.versions)
            + ".",
            "",
            "| agents | between the first and the last of them | runs | median | p90 | max |",
            "| ---: | --- | ---: | ---: | ---: | ---: |",
            *(line for series in every for line in series.lines()),
            "",
            *(line for series in every for line in series.judgements()),
            "",
        ]
    )
    document = {"started_at": started_at.isoformat(), "machine": asdict(machine), "series": [asdict(s) for s in every]}
    (folder / "skew.md").write_text(table, encoding="utf-8")
    (folder / "skew.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(table)
    _say(f"written to {folder}/skew.md and skew.json")


def _say(line: str) -> None:
    sys.stderr.write(line.rstrip() + "\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.skew", description=__doc__)
    add = parser.add_argument
    add("--agents", type=_counts, default=(8, 32, 64), metavar="LIST", help="that send (default 8,32,64)")
    add("--runs", type=int, default=50, metavar="N", help="with each number of agents (default %(default)s)")
    add("--output", type=Path, default=Path("build/bench"), metavar="FOLDER", help="default %(default)s")
    return parser


def _counts(text: str) -> tuple[int, ...]:
    """Numbers of agents: as many as the laboratory's network has addresses for, with the hub and the controller."""
    counts = tuple(int(word) for word in text.split(","))
    if not all(1 <= count <= 250 for count in counts):
        raise argparse.ArgumentTypeError("from 1 to 250")
    return counts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
