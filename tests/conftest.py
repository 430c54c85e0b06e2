"""What holds for all tests."""

import os
import signal

from hypothesis import settings

# The machines of CI are shared: how long one example takes says nothing.
settings.register_profile("sockrig", deadline=None)
settings.load_profile("sockrig")

# No command that a test starts writes into its user's own store; one that is to record says where.
os.environ["SOCKRIG_STORE"] = "none"

# In the background of a shell SIGINT is ignored, and so it would be in every process that the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
