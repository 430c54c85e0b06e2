"""Leases against a model that knows only: who holds which run, and when each controller was last heard."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sockrig_agent.session.leases import LeaseState, LeaseTable
from sockrig_wire.errors import RefusedError

RUNS = st.sampled_from(["run-1", "run-2", "run-3"])
CONTROLLERS = st.sampled_from(["left", "right"])
SPANS = st.integers(min_value=0, max_value=20)
GRACES = st.integers(min_value=1, max_value=15)


class Leases(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.table = LeaseTable()
        self.now = 0.0
        self.owner = {}
        self.grace = {}
        self.heard_at = {}
        self.epoch = {}
        self.last_epoch = {}

    @rule(span=SPANS)
    def time_passes(self, span):
        self.now += span

    @rule(controller=CONTROLLERS)
    def session_opens(self, controller):
        self.last_epoch[controller] = self.epoch[controller] = self.last_epoch.get(controller, 0) + 1
        self.heard_at[controller] = self.now
        self.table.session_opened(controller, self.epoch[controller], self.now)

    @rule(controller=CONTROLLERS, age=st.integers(min_value=0, max_value=2))
    def session_closes(self, controller, age):
        epoch = self.last_epoch.get(controller, 0) - age
        if self.epoch.get(controller) == epoch:
            del self.epoch[controller]
        self.table.session_closed(controller, epoch, self.now)

    @rule(controller=CONTROLLERS)
    def frame_comes(self, controller):
        if controller in self.epoch:
            self.heard_at[controller] = self.now
        self.table.heard(controller, self.now)

    @rule(run=RUNS, controller=CONTROLLERS, grace=GRACES)
    def run_opens(self, run, controller, grace):
        try:
            self.table.open(run, controller, grace, self.last_epoch.get(controller, 1), self.now)
        except RefusedError:
            assert self.owner[run] != controller
        else:
            assert self.owner.get(run, controller) == controller
            self.owner[run] = controller
            self.grace[run] = grace
            self.heard_at[controller] = self.now

    @rule(run=RUNS)
    def run_closes(self, run):
        assert self.table.close(run) == (self.owner.pop(run, None) is not None)

    @rule()
    def expired_runs_are_closed(self):
        due = {run for run in self.owner if self.expiry(run) <= self.now}
        assert {lease.run_id for lease in self.table.expired(self.now)} == due
        for run in due:
            del self.owner[run]

    def expiry(self, run):
        return self.heard_at[self.owner[run]] + self.grace[run]

    @invariant()
    def the_table_knows_who_holds_what(self):
        assert {lease.run_id: lease.controller_id for lease in self.table.runs()} == self.owner

    @invariant()
    def a_lease_is_held_exactly_while_its_controller_has_a_session(self):
        for lease in self.table.runs():
            assert (lease.state is LeaseState.HELD) == (lease.controller_id in self.epoch)
            if lease.controller_id in self.epoch:
                assert lease.epoch == self.epoch[lease.controller_id]

    @invariant()
    def the_next_expiry_is_the_earliest(self):
        assert self.table.next_expiry() == min(map(self.expiry, self.owner), default=None)


TestLeases = Leases.TestCase
