"""How an end waits for what comes: asleep in the kernel, or awake and asking again and again.

Waking a sleeper costs several microseconds, more than the rest of a round trip on one host; who stays awake pays with a
whole core instead.
"""

import socket
import time
from collections.abc import Callable
from typing import Any, Final

from sockrig_agent.traffic.orders import NANOSECONDS
from sockrig_wire.model.flows import Poll

Received = Any
"""What the call gives: a length, or a length and a sender."""

_ASK: Final = int(socket.MSG_DONTWAIT)


def waiting(call: Callable[..., Received], poll: Poll, seconds: float) -> Callable[..., Received]:
    """A socket's ``recv_into`` or ``recvfrom_into`` that waits as ``poll`` says.

    Args:
        call: of a socket whose own waits are bounded to ``seconds`` (:func:`.transport.bound_waits`).
        poll: how to wait.
        seconds: how long a busy wait may last; it then ends as a blocking one does, with :class:`BlockingIOError`.
    """
    if poll is Poll.BLOCKING:
        return call
    clock, patience = time.monotonic_ns, round(seconds * NANOSECONDS)

    def ask_again(buffer: memoryview) -> Received:
        until = clock() + patience
        while True:
            try:
                return call(buffer, 0, _ASK)
            except BlockingIOError:
                if clock() >= until:
                    raise

    return ask_again
