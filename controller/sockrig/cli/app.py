"""The commands and their options; what each does stands in a module of its own, loaded when the command runs."""

# ruff: noqa: PLC0415 - imports within commands keep `sockrig --help` fast
# ruff: noqa: B006 - typer makes a new list for every call

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from sockrig.cli.command import DEBUG_HELP, as_command
from sockrig.cli.options import (
    CapacityOptions,
    FlowOptions,
    NetcatOptions,
    OutputOptions,
    ReachOptions,
    ReportOptions,
    RigOptions,
    SocketOptions,
    StoreOptions,
    StorePlace,
    TcpOptions,
)
from sockrig_wire.version import VERSION

app = typer.Typer(
    name="sockrig",
    help="One rig of sockets over many hosts.",
    epilog=(
        "Exit codes: 0 passed, 1 an expectation failed, 2 usage, 3 agents were lost, 4 could not run, 130 interrupted."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

Source = Annotated[str, Argument(metavar="SRC", help="The agent that sends, asks or connects.")]
Destination = Annotated[str, Argument(metavar="DST", help="The agent that receives, answers or accepts.")]
Host = Annotated[str, Argument(metavar="HOST", help="The agent whose socket it is.")]
Scenario = Annotated[str, Argument(metavar="FILE", help="A scenario's file, - for stdin, or a packaged one's name.")]
Variables = Annotated[list[str], Option("--var", metavar="K=V", help="A variable's value; may be repeated.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"sockrig {VERSION}")
        raise typer.Exit


@app.callback()
def sockrig(
    context: typer.Context,
    *,
    version: Annotated[
        bool, Option("--version", is_eager=True, callback=_print_version, help="Show the version and exit.")
    ] = False,
    debug: Annotated[bool, Option("--debug", help=DEBUG_HELP)] = False,
) -> None:
    """One rig of sockets over many hosts."""
    del version
    context.obj = debug


@app.command()
@as_command
def demo(*, var: Variables = [], output: OutputOptions) -> int:
    """See it work: three local agents, no set-up."""
    from sockrig.cli.demo import run_demo

    return run_demo(var, output)


@app.command(add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def agent(context: typer.Context) -> None:
    """Serve a controller on this host."""
    from sockrig.cli.agent import become_agent

    become_agent(context.args)


@app.command()
@as_command
def controller(
    *,
    listen: Annotated[str, Option(metavar="ADDR", help="Where clients come.")] = "127.0.0.1:7410",
    inventory: Annotated[Path | None, Option(metavar="FILE", help="A file that names agents.")] = None,
    agent: Annotated[list[str], Option(metavar="NAME=ADDR", help="An agent that listens; may be repeated.")] = [],
    insecure: Annotated[
        bool, Option("--insecure", help="Listen on more than loopback without TLS: anybody may command it.")
    ] = False,
    store: StorePlace = "",
) -> int:
    """Command agents for clients, until Ctrl-C."""
    from sockrig.cli.serving import serve

    return serve(RigOptions(inventory=inventory, agent=agent), listen=listen, insecure=insecure, store=store)


@app.command()
@as_command
def hosts(
    *, rig: RigOptions, json: Annotated[bool, Option("--json", help="Write one JSON document to stdout.")] = False
) -> int:
    """Show the agents, their hosts and their clocks."""
    from sockrig.cli.hosts import show_hosts

    return show_hosts(rig, json=json)


@app.command()
@as_command
def run(
    scenario: Scenario,
    *,
    var: Variables = [],
    baseline: Annotated[
        str | None, Option(metavar="RUN", help="The earlier run to compare with: a result file, or a run of the past.")
    ] = None,
    rig: RigOptions,
    output: OutputOptions,
) -> int:
    """Run a scenario and report what happened."""
    from sockrig.cli.running import run_file

    return run_file(scenario, var, rig, output, baseline=baseline)


@app.command()
@as_command
def check(scenario: Scenario, *, var: Variables = [], rig: RigOptions) -> int:
    """Check a scenario and show what it would do."""
    from sockrig.cli.checking import check_file

    return check_file(scenario, var, rig)


@as_command
def _list_scenarios(*, json: bool) -> int:
    from sockrig.cli.scenarios import list_scenarios

    return list_scenarios(json=json)


scenarios = typer.Typer(invoke_without_command=True)
app.add_typer(scenarios, name="scenarios")


@scenarios.callback()
def packaged_scenarios(
    context: typer.Context,
    *,
    json: Annotated[bool, Option("--json", help="Write one JSON document to stdout.")] = False,
    debug: Annotated[bool, Option("--debug", help=DEBUG_HELP)] = False,
) -> None:
    """List the scenarios that come with Sockrig."""
    if context.invoked_subcommand is None:
        _list_scenarios(context=context, debug=debug, json=json)


@scenarios.command(name="show")
@as_command
def show_scenario(name: Annotated[str, Argument(metavar="NAME", help="One of the list.")]) -> int:
    """Print a scenario's file, to copy."""
    from sockrig.cli.scenarios import print_scenario

    return print_scenario(name)


@app.command()
@as_command
def tcp(
    source: Source,
    destination: Destination,
    *,
    direction: Annotated[
        str, Option(metavar="WAY", help="Who sends: SRC (forward), DST (reverse), or both; SRC connects.")
    ] = "forward",
    flow: FlowOptions,
    sockets: SocketOptions,
    tcp: TcpOptions,
    rig: RigOptions,
    output: OutputOptions,
) -> int:
    """Measure TCP throughput between two agents."""
    from sockrig.cli.one_line import keys_of, run_flow

    more = {"direction": direction, **keys_of(sockets, tcp)}
    return run_flow("tcp-stream", source, destination, flow=flow, rig=rig, output=output, more=more)


@app.command()
@as_command
def udp(
    source: Source,
    destination: Destination,
    *,
    flow: FlowOptions,
    sockets: SocketOptions,
    rig: RigOptions,
    output: OutputOptions,
) -> int:
    """Measure UDP throughput, loss, jitter and delay."""
    from sockrig.cli.one_line import keys_of, run_flow

    more = keys_of(sockets)
    return run_flow("udp-stream", source, destination, flow=flow, rig=rig, output=output, more=more)


@app.command()
@as_command
def rr(
    source: Source,
    destination: Destination,
    *,
    udp: Annotated[bool, Option("--udp/--tcp", help="Over which transport.")] = False,
    poll: Annotated[
        str, Option(metavar="HOW", help="Ends wait asleep (blocking), or awake: faster, for a core of each (busy).")
    ] = "blocking",
    flow: FlowOptions,
    sockets: SocketOptions,
    tcp: TcpOptions,
    rig: RigOptions,
    output: OutputOptions,
) -> int:
    """Measure round trips between two agents."""
    from sockrig.cli.one_line import keys_of, run_flow

    kind, more = "udp-rr" if udp else "tcp-rr", {"poll": poll, **keys_of(sockets, tcp)}
    return run_flow(kind, source, destination, flow=flow, rig=rig, output=output, more=more)


@app.command()
@as_command
def connect(
    source: Source,
    destination: Destination,
    *,
    hold: Annotated[
        int | None,
        Option(metavar="N", help="Open N connections of each worker instead, hold them, and ask over all in turn."),
    ] = None,
    flow: FlowOptions,
    sockets: SocketOptions,
    tcp: TcpOptions,
    rig: RigOptions,
    output: OutputOptions,
) -> int:
    """Measure connections per second, or hold many open at once."""
    from sockrig.cli.one_line import keys_of, run_flow

    kind, more = "tcp-connect" if hold is None else "tcp-hold", {"connections": hold, **keys_of(sockets, tcp)}
    return run_flow(kind, source, destination, flow=flow, rig=rig, output=output, more=more)


@app.command()
@as_command
def capacity(
    source: Source,
    destination: Destination,
    *,
    search: CapacityOptions,
    sockets: SocketOptions,
    rig: RigOptions,
    output: OutputOptions,
) -> int:
    """Search for the largest rate that gets through (RFC 9971)."""
    from sockrig.cli.capacity import run_capacity

    return run_capacity(source, destination, options=search, sockets=sockets, rig=rig, output=output)


@app.command()
@as_command
def mesh(
    *,
    source: Annotated[
        list[str], Option("--from", metavar="NAME", help="An agent that probes; may be repeated; without it all.")
    ] = [],
    destination: Annotated[
        list[str], Option("--to", metavar="NAME", help="An agent that is probed; may be repeated; without it all.")
    ] = [],
    reach: ReachOptions,
    rig: RigOptions,
    output: OutputOptions,
) -> int:
    """Find out who can talk to whom, on which ports."""
    from sockrig.cli.mesh import run_mesh

    return run_mesh(source, destination, reach=reach, rig=rig, output=output)


@app.command()
@as_command
def listen(
    host: Host,
    address: Annotated[str, Argument(metavar="PORT|ADDR:PORT", help="Where to listen; port 0 or :0 takes a free one.")],
    *,
    udp: Annotated[bool, Option("--udp", help="Datagrams instead of connections.")] = False,
    count: Annotated[int | None, Option(metavar="N", min=1, help="End after so many connections or datagrams.")] = None,
    netcat: NetcatOptions,
    rig: RigOptions,
) -> int:
    """Listen on an agent's host, until Ctrl-C."""
    from sockrig.cli.netcat import listen_on

    return listen_on(host, address, udp=udp, count=count, options=netcat, rig=rig)


@app.command()
@as_command
def send(
    host: Host,
    address: Annotated[str, Argument(metavar="ADDR:PORT", help="Where to, as the agent's host sees it.")],
    *,
    udp: Annotated[bool, Option("--udp", help="One datagram instead of a connection.")] = False,
    text: Annotated[str | None, Option(metavar="TEXT", help="What to send; without it and --hex: stdin.")] = None,
    hex: Annotated[str | None, Option(metavar="DIGITS", help="What to send, as hexadecimal digits: 00ff10.")] = None,
    netcat: NetcatOptions,
    rig: RigOptions,
) -> int:
    """Send a text or stdin from an agent's host."""
    from sockrig.cli.netcat import send_from

    return send_from(host, address, udp=udp, text=text, hexadecimal=hex, options=netcat, rig=rig)


@app.command()
@as_command
def recv(
    host: Host,
    address: Annotated[
        str, Argument(metavar="PORT|ADDR:PORT", help="Where to receive; port 0 or :0 takes a free one.")
    ],
    *,
    udp: Annotated[bool, Option("--udp/--tcp", help="Datagrams, or one connection up to its end.")] = True,
    count: Annotated[int, Option(metavar="N", min=1, help="End after so many datagrams or connections.")] = 1,
    netcat: NetcatOptions,
    rig: RigOptions,
) -> int:
    """Receive on an agent's host: one datagram, then end."""
    from sockrig.cli.netcat import listen_on

    return listen_on(host, address, udp=udp, count=count, options=netcat, rig=rig)


runs_app = typer.Typer(rich_markup_mode=None)
app.add_typer(runs_app, name="runs")

Run = Annotated[str, Argument(metavar="RUN", help="A run's id or its beginning, last, or last~1 for the one before.")]
Json = Annotated[bool, Option("--json", help="Write one JSON document to stdout.")]


@runs_app.callback(invoke_without_command=True)
@as_command
def runs(
    *,
    limit: Annotated[int, Option(metavar="N", min=1, help="The last N.")] = 20,
    name: Annotated[str, Option(metavar="TEXT", show_default=False, help="Those whose name contains this.")] = "",
    store: StoreOptions,
    json: Json = False,
) -> int:
    """List the runs of the past, and prune them."""
    from sockrig.cli.runs import list_runs

    return list_runs(store, json=json, limit=limit, name=name)


@runs_app.command()
@as_command
def prune(
    *,
    older_than: Annotated[str, Option(metavar="AGE", show_default=False, help="Those older than 12h, 30d or 8w.")] = "",
    keep: Annotated[int | None, Option(metavar="N", min=0, help="All but the last N.")] = None,
    yes: Annotated[bool, Option("--yes", help="Do not ask.")] = False,
    store: StoreOptions,
) -> int:
    """Delete runs of the past for good."""
    from sockrig.cli.pruning import prune_runs

    return prune_runs(store, older_than=older_than, keep=keep, yes=yes)


@app.command()
@as_command
def show(run: Run, *, store: StoreOptions, output: ReportOptions) -> int:
    """Report a run of the past."""
    from sockrig.cli.past_run import show_run

    return show_run(run, store, output)


@app.command()
@as_command
def compare(
    sides: Annotated[list[str], Argument(metavar="A B...", help="Runs, or several with commas: A1,A2 B1,B2.")],
    *,
    store: StoreOptions,
    json: Json = False,
) -> int:
    """Compare runs, and tell change from noise."""
    from sockrig.cli.comparing import compare_runs

    return compare_runs(sides, store, json=json)


@app.command()
@as_command
def export(
    run: Run,
    file: Annotated[Path, Argument(metavar="FILE", help="Where to write the archive: run.zip.")],
    *,
    store: StoreOptions,
) -> int:
    """Write a run to an archive that explains itself."""
    from sockrig.cli.past_run import export_run

    return export_run(run, file, store)


@app.command(name="import")
@as_command
def import_(
    file: Annotated[Path, Argument(metavar="FILE", help="An archive that sockrig export has written.")],
    *,
    store: StoreOptions,
) -> int:
    """Take a run into the store from an archive."""
    from sockrig.cli.past_run import import_run

    return import_run(file, store)


@app.command()
@as_command
def schema(what: Annotated[str, Argument(metavar="scenario|result|event", help="Which document.")]) -> int:
    """Print the JSON Schema of a document."""
    from sockrig.cli.schemas import print_schema

    return print_schema(what)
