"""``python -m sockrig_agent``: the agent command.

Agents are always run through this module: a worker process never imports a ``__main__`` module of this name, so that
gRPC stays out of the workers (multiprocessing.spawn leaves ``*.__main__`` alone).
"""

import sys

from sockrig_agent.cli import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
