"""Which controllers have a session with this agent, and under which epoch."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from sockrig_wire.errors import LostError

MAX_REMEMBERED_CONTROLLERS = 1024
"""How many controllers without a session are remembered with their last epoch."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What a new session changes: the epoch of the session to end, and the runs to close."""

    replaced_epoch: int | None
    close_runs: tuple[str, ...]


class SessionBook:
    """The sessions of this agent, at most one per controller.

    The rules it keeps:

    - The epochs of a controller grow. A session whose epoch is not above all earlier ones of the same controller is
      refused; one that is replaces the session that stands.
    - Frames count only in the session that stands: those of another epoch are refused.
    - What an ended session still says about itself changes nothing once it is replaced.
    - It remembers the last epoch of ``max_remembered`` controllers without a session, those seen last.
    """

    def __init__(self, *, max_remembered: int = MAX_REMEMBERED_CONTROLLERS) -> None:
        self._max_remembered = max_remembered
        self._current: dict[str, int] = {}
        self._ended: OrderedDict[str, int] = OrderedDict()

    def admit(self, controller_id: str, epoch: int, *, open_runs: Iterable[str], keep_runs: Iterable[str]) -> Admission:
        """Let a session begin, as the controller's Welcome asks.

        Args:
            controller_id: who welcomes.
            epoch: the new session's.
            open_runs: the runs of this controller that hold a lease here.
            keep_runs: those of them that go on.

        Raises:
            LostError: a session with this epoch or a later one has been.
        """
        current = self._current.get(controller_id)
        known = self._ended.get(controller_id) if current is None else current
        if known is not None and epoch <= known:
            raise LostError(
                f"a session with epoch {epoch} comes too late: epoch {known} has been",
                where=f"controller {controller_id}",
                next="Dial again with a higher epoch; if two controllers use this id, give one of them another.",
            )
        self._ended.pop(controller_id, None)
        self._current[controller_id] = epoch
        keep = frozenset(keep_runs)
        return Admission(current, tuple(run_id for run_id in open_runs if run_id not in keep))

    def check(self, controller_id: str, epoch: int) -> None:
        """Pass a frame of the session that stands.

        Raises:
            LostError: the frame is of another session.
        """
        current = self._current.get(controller_id)
        if epoch == current:
            return
        now_standing = "there is none now" if current is None else f"the one that stands has epoch {current}"
        raise LostError(
            f"this frame is of the session with epoch {epoch}, but {now_standing}",
            where=f"controller {controller_id}",
            next="Send it again in the session that stands.",
        )

    def end(self, controller_id: str, epoch: int) -> bool:
        """A session is over; False if it was replaced before and this is no news."""
        if self._current.get(controller_id) != epoch:
            return False
        del self._current[controller_id]
        self._ended[controller_id] = epoch
        if len(self._ended) > self._max_remembered:
            self._ended.popitem(last=False)
        return True

    def epoch(self, controller_id: str) -> int | None:
        """The epoch of the controller's session, or None without one."""
        return self._current.get(controller_id)

    def controllers(self) -> tuple[str, ...]:
        """Who has a session."""
        return tuple(self._current)
