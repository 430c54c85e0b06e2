"""``sockrig demo``: what Sockrig does, on this machine, with no set-up."""

from sockrig.cli.options import OutputOptions, RigOptions
from sockrig.cli.output import print_result
from sockrig.cli.running import run_file

_AGENTS = 3
_SCENARIO = "demo"

_BEGINNING = (
    "Three agents on this machine, commanded by one controller, talk over UDP and TCP; no set-up, about 20 seconds."
)
_WHAT_NEXT = """\
What next: `sockrig tcp local-1 local-2 --local 2` measures one flow; `sockrig agent` on real hosts, and --agent
NAME=ADDR in place of --local, measure between those."""


def run_demo(output: OutputOptions) -> int:
    """Run the packaged scenario; returns the exit code.

    Raises:
        SockrigError: it cannot be run here.
    """
    if not output.json:
        print_result(_BEGINNING)
    code = run_file(_SCENARIO, (), RigOptions(local=_AGENTS), output)
    if not output.json:
        print_result(_WHAT_NEXT)
    return code
