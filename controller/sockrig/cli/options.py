"""The options that commands share: each group is a frozen dataclass that a command takes as one argument.

:func:`~sockrig.cli.command.as_command` makes an option of every field.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from typer import Option

CONTROLLER_VARIABLE = "SOCKRIG_CONTROLLER"
STORE_VARIABLE = "SOCKRIG_STORE"
MOST_LOCAL_AGENTS = 64
"""That of :mod:`sockrig.local_agents`, which is not loaded to read options."""

StorePlace = Annotated[
    str,
    Option(
        "--store",
        metavar="PLACE",
        show_default=False,
        help=f"Where runs are recorded: a path, a URL, or none (or set {STORE_VARIABLE}).",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RigOptions:
    """Whose sockets: those of a controller that runs, or of one started for this command over the agents named."""

    controller: Annotated[
        str,
        Option(metavar="ADDR", show_default=False, help=f"A controller that runs (or set {CONTROLLER_VARIABLE})."),
    ] = ""
    inventory: Annotated[Path | None, Option(metavar="FILE", help="A file that names agents.")] = None
    agent: Annotated[list[str], Option(metavar="NAME=ADDR", help="An agent that listens; may be repeated.")] = field(
        default_factory=list
    )
    local: Annotated[
        int,
        Option(
            metavar="N",
            min=0,
            max=MOST_LOCAL_AGENTS,
            show_default=False,
            help="Start N agents on this machine, local-1 to local-N.",
        ),
    ] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What a result is written as, and where."""

    json: Annotated[bool, Option("--json", help="Write one JSON document to stdout, and nothing else.")] = False
    html: Annotated[
        Path | None, Option(metavar="FILE", help="Write a page with charts there as well; - is stdout.")
    ] = None
    junit: Annotated[Path | None, Option(metavar="FILE", help="Write a JUnit report there as well.")] = None
    csv: Annotated[Path | None, Option(metavar="FILE", help="Write the figures of all flows there as well.")] = None
    csv_intervals: Annotated[
        Path | None, Option(metavar="FILE", help="Write the course of all flows there as well.")
    ] = None

    @property
    def flags(self) -> tuple[tuple[str, bool], ...]:
        """What may want stdout without naming a file, and whether it does."""
        return (("--json", self.json),)

    @property
    def wanting_stdout(self) -> tuple[str, ...]:
        """What is to have stdout for itself, by the option's name; with none of it a report for people goes there."""
        paths = (
            ("--html", self.html),
            ("--junit", self.junit),
            ("--csv", self.csv),
            ("--csv-intervals", self.csv_intervals),
        )
        return (
            *(name for name, wanted in self.flags if wanted),
            *(f"{name} -" for name, path in paths if str(path) == "-"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions(ReportOptions):
    """How a run is told, and where it is recorded."""

    ndjson: Annotated[
        bool, Option("--ndjson", help="Write events to stdout as they happen, a JSON object a line; the last: result.")
    ] = False
    quiet: Annotated[bool, Option("--quiet", "-q", help="No progress on stderr.")] = False
    store: StorePlace = ""

    @property
    def flags(self) -> tuple[tuple[str, bool], ...]:
        """What may want stdout without naming a file, and whether it does."""
        return (("--json", self.json), ("--ndjson", self.ndjson))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """Whose store: that of a controller that runs, or one that this command opens."""

    controller: Annotated[
        str,
        Option(metavar="ADDR", show_default=False, help=f"A controller that runs (or set {CONTROLLER_VARIABLE})."),
    ] = ""
    store: StorePlace = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOptions:
    """The one flow of a one-line scenario; the texts mean what they mean in a scenario."""

    duration: Annotated[str, Option(metavar="TIME", help="The measured time.")] = "5s"
    warmup: Annotated[str, Option(metavar="TIME", help="Traffic before the measured time.")] = "0s"
    rate: Annotated[
        str, Option(metavar="RATE", show_default=False, help="50 Mbit/s, 10 kpps; without it as fast as it goes.")
    ] = ""
    pattern: Annotated[
        str, Option(metavar="PATTERN", help="constant, poisson, '{burst: 10, gap: 10ms}' or '{on: 1s, off: 500ms}'.")
    ] = "constant"
    size: Annotated[
        str,
        Option(
            metavar="SIZE", show_default=False, help="Payload of a datagram, message or block: 64 B; of udp also imix."
        ),
    ] = ""
    payload: Annotated[
        str, Option(metavar="WHAT", help="random, zeros, text, '{hex: 00ff}', or file:PATH of up to 64 KiB.")
    ] = "random"
    workers: Annotated[int, Option(metavar="N", help="Workers at each end.")] = 1
    mode: Annotated[str, Option(metavar="MODE", help="Workers as processes (parallel) or threads (concurrent).")] = (
        "parallel"
    )
    offload: Annotated[
        str, Option(metavar="LIST", help="What the kernel may take over: auto, none, or names with commas.")
    ] = "auto"
    interval: Annotated[str, Option(metavar="TIME", help="Between samples.")] = "1s"
    ipv6: Annotated[bool, Option("--ipv6", help="Over IPv6.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachOptions:
    """What ``mesh`` asks; the texts mean what they mean in a scenario."""

    port: Annotated[
        list[str],
        Option(metavar="PORT", show_default=False, help="tcp/22, udp/53 or tcp/8000-8010; may be repeated."),
    ] = field(default_factory=list)
    expect: Annotated[
        str, Option(metavar="WHAT", show_default=False, help="allow, deny, deny:drop or deny:reject, for every pair.")
    ] = ""
    no_listen: Annotated[
        bool, Option("--no-listen", help="Probe what is there; without it the agents listen on the ports.")
    ] = False
    timeout: Annotated[str, Option(metavar="TIME", help="How long each probe waits.")] = "4s"
    attempts: Annotated[int, Option(metavar="N", help="Datagrams of a silent UDP probe, within its timeout.")] = 3
    ipv6: Annotated[bool, Option("--ipv6", help="Over IPv6.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityOptions:
    """The one search of a one-line scenario; the texts mean what they mean in a scenario."""

    from_: Annotated[str, Option("--from", metavar="RATE", help="The smallest rate: 1 Mbit/s, 1 kpps.")] = "1 Mbit/s"
    to: Annotated[str, Option(metavar="RATE", help="The largest rate; the search begins with it.")] = "1 Gbit/s"
    goal: Annotated[
        str,
        Option(metavar="GOAL", help="rfc2544, tst009, loss-tolerant, or '{like: rfc2544, trial: 2s, width: 0.5 %}'."),
    ] = "loss-tolerant"
    size: Annotated[
        str, Option(metavar="SIZE", show_default=False, help="Payload of a datagram: 1400 B, 64 B, or imix.")
    ] = ""
    warmup: Annotated[str, Option(metavar="TIME", help="Traffic before each trial; it fills buffers.")] = "500ms"
    workers: Annotated[int, Option(metavar="N", help="Workers at each end.")] = 1
    most: Annotated[int, Option(metavar="N", help="Trials, after which it ends in any case.")] = 60
    within: Annotated[str, Option(metavar="TIME", help="The time after which it ends in any case.")] = "1h"
    ipv6: Annotated[bool, Option("--ipv6", help="Over IPv6.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketOptions:
    """What can be asked of the sockets of every kind of flow; the names are those of a scenario's keys."""

    dscp: Annotated[
        str, Option(metavar="CLASS", show_default=False, help="How routers are to treat it: ef, af41, cs5 or 0 to 63.")
    ] = ""
    ttl: Annotated[int | None, Option(metavar="N", help="How many routers it may pass.")] = None
    device: Annotated[
        str, Option(metavar="NAME", show_default=False, help="The network interface that both ends are bound to.")
    ] = ""
    send_buffer: Annotated[str, Option(metavar="SIZE", show_default=False, help="Of every socket: 1 MiB.")] = ""
    receive_buffer: Annotated[str, Option(metavar="SIZE", show_default=False, help="Of every socket: 1 MiB.")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpOptions:
    """What can be asked of TCP; the names are those of a scenario's keys."""

    congestion: Annotated[
        str, Option(metavar="NAME", show_default=False, help="The congestion control: cubic, bbr, ...")
    ] = ""
    no_delay: Annotated[
        bool | None,
        Option("--no-delay/--nagle", show_default=False, help="Small segments leave at once (usual), or wait."),
    ] = None
    mss: Annotated[str, Option(metavar="SIZE", show_default=False, help="The largest segment: 1200 B.")] = ""
    mptcp: Annotated[bool, Option("--mptcp", help="Multipath TCP.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetcatOptions:
    """What ``listen``, ``send`` and ``recv`` have in common."""

    encoding: Annotated[
        str,
        Option(
            metavar="CODEC",
            show_default=False,
            help="Text in this codec (gbk, ...) on the network; without it bytes pass as they are.",
        ),
    ] = ""
    timeout: Annotated[
        float | None, Option(metavar="SECONDS", min=0.001, help="Give up when nothing happens for so long.")
    ] = None
    ipv6: Annotated[bool, Option("--ipv6", help="Over IPv6.")] = False
