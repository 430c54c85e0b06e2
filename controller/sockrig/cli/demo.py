"""``sockrig demo``: what Sockrig does, on this machine, with no set-up."""

from collections.abc import Sequence

from sockrig.cli.options import OutputOptions, RigOptions
from sockrig.cli.output import print_result
from sockrig.cli.running import run_file

_AGENTS = 3
_SCENARIO = "demo"

_BEGINNING = "Three agents on this machine talk over UDP and TCP, on one controller's command."
_WHAT_NEXT = """
What next: sockrig udp local-1 local-2 --local 2 --rate '10 kpps'
On hosts:  sockrig agent (there), and --agent NAME=ADDR here in place of --local"""


def run_demo(variables: Sequence[str], output: OutputOptions) -> int:
    """Run the packaged scenario; returns the exit code.

    Raises:
        SockrigError: it cannot be run here.
    """
    if not output.wanting_stdout:
        print_result(_BEGINNING)
    code = run_file(_SCENARIO, variables, RigOptions(local=_AGENTS), output)
    if not output.wanting_stdout:
        print_result(_WHAT_NEXT)
    return code
