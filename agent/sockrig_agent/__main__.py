"""``python -m sockrig_agent``: the agent command.

Agents are always run through this module: a worker process never imports a ``__main__`` module of this name, so that
gRPC stays out of the workers (multiprocessing.spawn leaves ``*.__main__`` alone).
"""

import sys

# asyncio would load OpenSSL, 4 MB on every host, for a TLS that it is never asked for: gRPC brings its own.
sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]

from sockrig_agent.cli import run  # noqa: E402 - after what it would load

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
