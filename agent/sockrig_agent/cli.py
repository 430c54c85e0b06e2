"""The agent's command line: flags in, settings out, and the one event loop started.

Kept light on purpose: workers may import it, so gRPC and the doors are imported only when the agent starts.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from sockrig_agent.config import AgentSettings, settings_of
from sockrig_wire.errors import SockrigError


def main() -> None:
    """Console script ``sockrig-agent``: becomes ``python -m sockrig_agent`` with the same arguments."""
    # -P: the folder it is started in is no place for modules to come from.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "sockrig_agent", *sys.argv[1:]])  # noqa: S606 - itself, no shell


def run(arguments: Sequence[str]) -> int:
    """Serve until told to stop; the result is the exit code."""
    parser = argument_parser()
    flags = parser.parse_args(arguments)
    try:
        settings = settings_of(
            listen=flags.listen,
            name=flags.name,
            labels=flags.label,
            advertise=flags.advertise,
            bind=flags.bind,
            insecure=flags.insecure,
            max_sockets=flags.max_sockets,
            max_workers=flags.max_workers,
            max_duration=flags.max_duration,
            stop_with_stdin=flags.stop_with_stdin,
        )
        return _serve(settings, debug=flags.debug)
    except SockrigError as error:
        if flags.debug:
            raise
        print(f"sockrig agent: {error}", file=sys.stderr)
        return error.exit_code


def argument_parser() -> argparse.ArgumentParser:
    """The agent's flags."""
    parser = argparse.ArgumentParser(
        prog="sockrig agent",
        description="Open sockets and carry traffic on this host, on a controller's command.",
        epilog="Prints one line with its address on stdout when it is ready. Ctrl-C or SIGTERM closes everything.",
    )
    add = parser.add_argument
    add("--listen", metavar="ADDR", default="127.0.0.1:7411", help="where controllers dial (default %(default)s)")
    add("--name", metavar="NAME", default="", help="what people call this agent (default: the host's name)")
    add("--label", metavar="K=V", action="append", default=[], help="a label to select it by; may be repeated")
    add(
        "--advertise",
        metavar="ADDR",
        action="append",
        default=[],
        help="where peers reach the sockets it opens; may be repeated, once for IPv4 and once for IPv6",
    )
    add(
        "--bind",
        metavar="ADDR",
        action="append",
        default=[],
        help="the address its sockets use in place of all of the host's; may be repeated likewise",
    )
    add("--insecure", action="store_true", help="listen on more than loopback without TLS: anybody may command it")
    add(
        "--max-sockets",
        metavar="N",
        type=int,
        default=1024,
        help="cap on remote sockets and held connections (default %(default)s)",
    )
    add("--max-workers", metavar="N", type=int, default=256, help="cap on workers (default %(default)s)")
    add("--max-duration", metavar="SECONDS", type=float, default=86_400.0, help="cap on one flow (default a day)")
    add(
        "--stop-with-stdin", action="store_true", help="stop when standard input ends (for the process that started it)"
    )
    add("--debug", action="store_true", help="log more, and show tracebacks")
    return parser


def _serve(settings: AgentSettings, *, debug: bool) -> int:
    from sockrig_agent.agent import serve  # noqa: PLC0415 - see the module's docstring

    return serve(settings, debug=debug)
