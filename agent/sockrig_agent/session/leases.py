"""The leases of runs: who holds what is open on this agent, and when it is to be closed without being told."""

from dataclasses import dataclass, replace
from enum import Enum, auto

from sockrig_wire.errors import LimitError, RefusedError, UsageError

MAX_GRACE_SECONDS = 3600.0
"""The longest grace a run may ask for; nothing outlives its controller by more."""


class LeaseState(Enum):
    """Where a lease is in its life."""

    HELD = auto()
    """Its controller has a session with this agent."""
    ORPHANED = auto()
    """The session ended; another of the same controller, within the grace, takes the lease up again."""
    EXPIRED = auto()
    """The grace passed with nothing heard: the agent closes the run by itself."""
    CLOSED = auto()
    """The controller closed the run."""


class LeaseChange(Enum):
    """What happens to a lease."""

    SESSION_OPENED = auto()
    SESSION_CLOSED = auto()
    GRACE_PASSED = auto()
    RUN_CLOSED = auto()


_NEXT_STATES = {
    (LeaseState.HELD, LeaseChange.SESSION_OPENED): LeaseState.HELD,
    (LeaseState.HELD, LeaseChange.SESSION_CLOSED): LeaseState.ORPHANED,
    (LeaseState.HELD, LeaseChange.GRACE_PASSED): LeaseState.EXPIRED,
    (LeaseState.HELD, LeaseChange.RUN_CLOSED): LeaseState.CLOSED,
    (LeaseState.ORPHANED, LeaseChange.SESSION_OPENED): LeaseState.HELD,
    (LeaseState.ORPHANED, LeaseChange.GRACE_PASSED): LeaseState.EXPIRED,
    (LeaseState.ORPHANED, LeaseChange.RUN_CLOSED): LeaseState.CLOSED,
}
"""What is not here cannot happen; nothing leaves EXPIRED and CLOSED, and the table forgets such leases."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A run's hold on what it opened here. ``epoch`` is that of the latest session that held it."""

    run_id: str
    controller_id: str
    epoch: int
    grace_seconds: float
    state: LeaseState


@dataclass(frozen=True, slots=True)
class ExpiredLease:
    """A run that the agent must close now, and why, in words for the event and the audit log."""

    run_id: str
    controller_id: str
    reason: str


@dataclass(slots=True)
class _Controller:
    """``epoch`` is None while there is no session; ``heard_at`` is when the last frame came."""

    epoch: int | None
    heard_at: float


class LeaseTable:
    """All leases on this agent.

    The rules it keeps:

    - A lease lives as long as its controller is heard: it expires when no frame has come for its grace, counted from
      the last one, whether the session still stands or has ended.
    - The end of a session orphans the controller's leases and changes nothing in when they expire; a session with a
      newer epoch takes them up again, and counts as a frame. What an older epoch says changes nothing.
    - A run belongs to the controller that opened it; no other can open or take it.
    - Expired and closed leases are forgotten: each is reported once.

    Times are seconds of one monotonic clock; they never lie in the future of the next call.
    """

    def __init__(self, *, max_grace_seconds: float = MAX_GRACE_SECONDS) -> None:
        self._max_grace_seconds = max_grace_seconds
        self._leases: dict[str, Lease] = {}
        self._controllers: dict[str, _Controller] = {}

    def open(self, run_id: str, controller_id: str, grace_seconds: float, epoch: int, now: float) -> None:
        """Take a lease; to take one's own again renews it with the new grace. Counts as a frame.

        If the controller's session has ended in the meantime, the lease starts orphaned.

        Raises:
            UsageError: a grace that is not more than 0.
            LimitError: a longer grace than this agent allows.
            RefusedError: another controller holds the run.
        """
        if not grace_seconds > 0:
            raise UsageError(f"a grace of {grace_seconds:g} s is not possible; it must be more than 0", where=run_id)
        if grace_seconds > self._max_grace_seconds:
            raise LimitError(
                f"a grace of {grace_seconds:g} s is longer than this agent allows",
                where=run_id,
                next=f"Ask for at most {self._max_grace_seconds:g} s.",
            )
        held = self._leases.get(run_id)
        if held is not None and held.controller_id != controller_id:
            raise RefusedError(
                f"controller {held.controller_id} holds this run", where=run_id, next="Give the run an id of its own."
            )
        controller = self._controllers.setdefault(controller_id, _Controller(None, now))
        controller.heard_at = max(controller.heard_at, now)
        if controller.epoch is None:
            self._leases[run_id] = Lease(run_id, controller_id, epoch, grace_seconds, LeaseState.ORPHANED)
        else:
            self._leases[run_id] = Lease(run_id, controller_id, controller.epoch, grace_seconds, LeaseState.HELD)

    def close(self, run_id: str) -> bool:
        """End a lease because its run is closed; False if there is none."""
        lease = self._leases.get(run_id)
        if lease is None:
            return False
        self._change(lease, LeaseChange.RUN_CLOSED)
        self._forget_idle(lease.controller_id)
        return True

    def session_opened(self, controller_id: str, epoch: int, now: float) -> None:
        """A session begins: the controller's leases are held again, under its epoch."""
        controller = self._controllers.setdefault(controller_id, _Controller(None, now))
        if epoch < self._newest_epoch(controller_id):
            return
        controller.epoch = epoch
        controller.heard_at = max(controller.heard_at, now)
        for lease in self.runs(controller_id):
            self._change(replace(lease, epoch=epoch), LeaseChange.SESSION_OPENED)

    def session_closed(self, controller_id: str, epoch: int, now: float) -> None:  # noqa: ARG002 - see the docstring
        """A session ended; unless a newer one has replaced it, the controller's leases are orphaned.

        ``now`` is what every change takes; the grace goes on from the last frame, so that it has no part in it here.
        """
        controller = self._controllers.get(controller_id)
        if controller is None or controller.epoch != epoch:
            return
        controller.epoch = None
        for lease in self.runs(controller_id):
            if lease.state is LeaseState.HELD:
                self._change(lease, LeaseChange.SESSION_CLOSED)
        self._forget_idle(controller_id)

    def heard(self, controller_id: str, now: float) -> None:
        """A frame came in the controller's session: its leases live on. Without a session it changes nothing."""
        controller = self._controllers.get(controller_id)
        if controller is not None and controller.epoch is not None:
            controller.heard_at = max(controller.heard_at, now)

    def expired(self, now: float) -> tuple[ExpiredLease, ...]:
        """The leases whose grace has passed; the table forgets them, the caller closes their runs."""
        over = [lease for lease in self._leases.values() if self._expiry_of(lease) <= now]
        for lease in over:
            self._change(lease, LeaseChange.GRACE_PASSED)
            self._forget_idle(lease.controller_id)
        return tuple(ExpiredLease(lease.run_id, lease.controller_id, _reason(lease)) for lease in over)

    def next_expiry(self) -> float | None:
        """When :meth:`expired` has something to tell if nothing is heard until then; None while there are no leases."""
        return min(map(self._expiry_of, self._leases.values()), default=None)

    def get(self, run_id: str) -> Lease | None:
        """The run's lease, or None."""
        return self._leases.get(run_id)

    def runs(self, controller_id: str | None = None) -> tuple[Lease, ...]:
        """The leases of one controller, or all, oldest first."""
        return tuple(lease for lease in self._leases.values() if controller_id in {None, lease.controller_id})

    def _change(self, lease: Lease, change: LeaseChange) -> None:
        state = _NEXT_STATES[lease.state, change]
        if state in {LeaseState.EXPIRED, LeaseState.CLOSED}:
            del self._leases[lease.run_id]
        else:
            self._leases[lease.run_id] = replace(lease, state=state)

    def _expiry_of(self, lease: Lease) -> float:
        return self._controllers[lease.controller_id].heard_at + lease.grace_seconds

    def _newest_epoch(self, controller_id: str) -> int:
        return max(self._controllers[controller_id].epoch or 0, *(lease.epoch for lease in self.runs(controller_id)), 0)

    def _forget_idle(self, controller_id: str) -> None:
        """Keep nothing of a controller that has neither a session nor a lease."""
        if self._controllers[controller_id].epoch is None and not self.runs(controller_id):
            del self._controllers[controller_id]


def _reason(lease: Lease) -> str:
    grace = f"its grace of {lease.grace_seconds:g} s"
    if lease.state is LeaseState.HELD:
        return f"controller {lease.controller_id} was silent for longer than {grace}"
    return f"the session with controller {lease.controller_id} ended and was not resumed within {grace}"
