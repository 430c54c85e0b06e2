"""The command line: commands and what they show.

Loaded step by step, so that ``sockrig --help`` and ``sockrig agent`` need neither gRPC nor pydantic:
:mod:`~sockrig.cli.app` declares the commands, and each command loads what it needs when it runs.
"""

import os
import sys
from collections.abc import Sequence


def main() -> None:
    """Console script ``sockrig``."""
    try:
        _run(sys.argv[1:])
    except KeyboardInterrupt:  # while the command is being loaded; a command that runs handles its own
        sys.exit(130)


def _run(arguments: Sequence[str]) -> None:
    _make_streams_robust()
    # gRPC's own log goes to stderr past everything; what matters of it reaches people as our errors.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    if arguments[:1] == ["agent"]:
        from sockrig.cli.agent import become_agent  # noqa: PLC0415 - see above

        become_agent(arguments[1:])
    from sockrig.cli.app import app  # noqa: PLC0415 - see above

    app(arguments, prog_name="sockrig")


def _make_streams_robust() -> None:
    """Write what the terminal's encoding lacks as escapes instead of failing; a closed stream swallows all."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - for the whole process
        else:
            stream.reconfigure(errors="backslashreplace")
