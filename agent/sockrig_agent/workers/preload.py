"""Imported once by the fork server, so that every worker process starts with the traffic layer in its memory.

It goes first: numpy reads the environment when it is imported, and its algebra threads are of no use here.
"""

import gc
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from sockrig_agent.traffic.capabilities import available_offloads
from sockrig_agent.traffic.kinds import BUILT_IN
from sockrig_agent.workers import process as process  # noqa: PLC0414  # the entry point, there to be inherited

for kind in BUILT_IN.values():
    kind.load()
available_offloads()
gc.collect()
gc.freeze()  # what is shared with the workers stays shared: the collector no longer touches it
