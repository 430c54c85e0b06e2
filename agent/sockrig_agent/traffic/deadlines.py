"""Waits for whatever a selector watches until a deadline, to the precision of the clock.

epoll_wait(2), which is behind the selector on Linux, counts in milliseconds: a request would leave up to one too late,
and its round trip, which begins at the time it was meant to leave, would be as much too long. ppoll(2) counts in
nanoseconds, and an epoll instance can itself be waited for.
"""

import ctypes
import selectors
import sys
import time
from typing import Any, ClassVar, Final

from sockrig_agent.traffic.orders import NANOSECONDS

_POLLIN: Final = 1
"""asm-generic/poll.h"""


class _Watched(ctypes.Structure):
    """A ``struct pollfd``, poll(2)."""

    _fields_: ClassVar = [("descriptor", ctypes.c_int), ("wanted", ctypes.c_short), ("seen", ctypes.c_short)]


class _Duration(ctypes.Structure):
    """A ``struct timespec``, timespec(3type)."""

    _fields_: ClassVar = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


def _ppoll() -> Any:
    """The system call; None where there is none, and where the selector's own wait is precise (kqueue(2))."""
    return getattr(ctypes.CDLL(None), "ppoll", None) if sys.platform == "linux" else None


class DeadlineSelector(selectors.DefaultSelector):
    """The system's best selector, with absolute deadlines."""

    def __init__(self) -> None:
        super().__init__()
        self._ppoll = _ppoll()
        self._watched = _Watched(self.fileno(), _POLLIN)
        self._duration = _Duration()

    def ready_until(self, at: int) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now, or first, before ``at``: nanoseconds of CLOCK_MONOTONIC, which may be past.

        As of :meth:`select`.
        """
        left = max(0, at - time.monotonic_ns())
        if left and self._ppoll is not None:
            self._duration.seconds, self._duration.nanoseconds = divmod(left, NANOSECONDS)
            self._ppoll(ctypes.byref(self._watched), 1, ctypes.byref(self._duration), None)
            left = 0
        return self.select(left / NANOSECONDS)
