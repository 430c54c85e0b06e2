"""The spool against a model that keeps every result until it is acknowledged."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sockrig_agent.session.spool import EventSpool, size_of
from sockrig_wire.model.flows import Role, Sample
from sockrig_wire.model.session import RunEnded

MAX_EVENTS = 6
MAX_EVENT_BYTES = 5 * size_of(RunEnded("")) + 1


class Spool(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.spool = EventSpool(max_events=MAX_EVENTS, max_event_bytes=MAX_EVENT_BYTES)
        self.happened = 0
        self.results = []
        self.to_send = []
        self.last_sequence = 0
        self.acknowledged = 0
        self.progress_seen = []

    @rule()
    def result_happens(self):
        self.happened += 1
        event = self.spool.append("run", RunEnded(str(self.happened)))
        self.last_sequence += 1
        assert event.sequence == self.last_sequence
        self.results.append(event)
        self.to_send.append(event)

    @rule()
    def progress_happens(self):
        self.happened += 1
        body = Sample(flow="bulk", role=Role.SOURCE, worker=0, at_seconds=self.happened, interval_seconds=1.0)
        assert self.spool.append("run", body).sequence == 0

    @rule(limit=st.integers(min_value=0, max_value=8))
    def events_are_sent(self, limit):
        taken = self.spool.take(limit)
        assert len(taken) <= limit
        for event in taken:
            if event.sequence:
                assert event == self.to_send.pop(0)
            else:
                self.progress_seen.append(event.body.at_seconds)
        if len(taken) < limit:
            assert not self.to_send

    @rule(back=st.integers(min_value=0, max_value=4))
    def an_acknowledgement_comes(self, back):
        """Of any result that was ever sent, again or late."""
        sent = [event.sequence for event in self.results if event not in self.to_send]
        sequence = max((sent[-1] if sent else self.acknowledged) - back, 0)
        self.acknowledged = max(self.acknowledged, sequence)
        self.results = [event for event in self.results if event.sequence > sequence]
        self.to_send = [event for event in self.to_send if event.sequence > sequence]
        self.spool.acknowledge(sequence)

    @rule()
    def the_session_resumes(self):
        self.to_send = list(self.results)
        self.spool.resume()

    @invariant()
    def no_result_is_missing(self):
        assert list(self.spool.unacknowledged()) == self.results

    @invariant()
    def progress_comes_in_order_and_once(self):
        assert self.progress_seen == sorted(set(self.progress_seen))

    @invariant()
    def only_results_exceed_the_bounds(self):
        progress = len(self.spool) - len(self.results)
        assert progress >= 0
        if progress:
            assert len(self.spool) <= MAX_EVENTS
            assert self.spool.bytes <= MAX_EVENT_BYTES


TestSpool = Spool.TestCase
