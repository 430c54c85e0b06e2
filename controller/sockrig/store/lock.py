"""Who may use a SQLite store: one controller that stays up, alone, or any number of commands at once.

An advisory lock (flock(2)) on a file beside the store, which the system lets go of however its holder ends. A
controller alone writes there who it is, for those that it keeps out.
"""

import fcntl
import os
from pathlib import Path
from typing import Self

from sockrig_wire.errors import StoreError

_MOST_BYTES = 1024


class StoreLock:
    """A hold on the store at ``path``, until it is released."""

    def __init__(self, path: Path, *, alone: bool) -> None:
        self._alone = alone
        self._descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._take(path)
        except BaseException:
            os.close(self._descriptor)
            raise

    @classmethod
    def shared(cls, path: Path) -> Self:
        """Beside other commands.

        Raises:
            StoreError: a controller has it alone.
            OSError: the file of the lock cannot be had.
        """
        return cls(path, alone=False)

    @classmethod
    def alone(cls, path: Path, address: str) -> Self:
        """For a controller that stays up, whose clients come to ``address``.

        Raises:
            StoreError: a command or another controller uses it.
            OSError: the file of the lock cannot be had.
        """
        lock = cls(path, alone=True)
        lock.tell(address)
        return lock

    def tell(self, address: str) -> None:
        """Write down where clients come, for those that are kept out."""
        self._write(f"controller with process id {os.getpid()} at {address}")

    def release(self) -> None:
        """Let go of it."""
        if self._alone:
            self._write("")
        os.close(self._descriptor)

    def _take(self, path: Path) -> None:
        try:
            fcntl.flock(self._descriptor, (fcntl.LOCK_EX if self._alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, _MOST_BYTES, 0).decode(errors="replace")
            raise _in_use(path, holder, alone=self._alone) from None
        if os.fstat(self._descriptor).st_size:  # of a controller that was killed
            self._write("")

    def _write(self, text: str) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)


def _in_use(path: Path, holder: str, *, alone: bool) -> StoreError:
    where = f"store {path}"
    if not holder and alone:
        return StoreError(
            "a command uses it, and a controller that stays up needs it alone",
            where=where,
            next="Start the controller when the command has ended, or name another store with --store.",
        )
    address = holder.rpartition(" at ")[2]
    ask = f"Add --controller {address} to use that controller" if address else "Ask that controller (--controller)"
    return StoreError(
        f"the {holder or 'controller that serves it'} has it alone",
        where=where,
        next=f"{'Use that controller' if alone else ask}, or name another store with --store.",
    )
