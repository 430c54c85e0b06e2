"""``sockrig agent``: the agent's own command, which is another program."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def become_agent(arguments: Sequence[str]) -> NoReturn:
    """Replace this process by ``python -P -m sockrig_agent`` with the same arguments.

    ``-P``: the folder that it is started in is no place for modules to come from.
    """
    os.execv(sys.executable, [sys.executable, "-P", "-m", "sockrig_agent", *arguments])  # noqa: S606 - itself, no shell
