"""``sockrig agent``: the agent's own command, which is another program."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def become_agent(arguments: Sequence[str]) -> NoReturn:
    """Replace this process by ``python -m sockrig_agent`` with the same arguments."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "sockrig_agent", *arguments])  # noqa: S606 - itself, no shell
