"""What rich draws, to stdout: in colours on a terminal, plain and wide in a pipe."""

import os
import sys

from rich.console import Console, RenderableType

from sockrig.cli.output import print_result

_PIPE_COLUMNS = 120


def print_rendered(*parts: RenderableType) -> None:
    """Write the parts one below the other."""
    in_pipe = not sys.stdout.isatty()
    console = Console(width=_PIPE_COLUMNS if in_pipe and "COLUMNS" not in os.environ else None)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    lines = (line.rstrip() for line in captured.get().splitlines()) if in_pipe else captured.get().splitlines()
    print_result("\n".join(lines))
