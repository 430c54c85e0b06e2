"""The command cache against a model that forgets nothing."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sockrig_agent.session.commands import Answered, CommandCache, Fresh, Pending, size_of
from sockrig_wire.errors import LimitError
from sockrig_wire.model.sockets import DataReceived, SocketReply

MAX_COMMANDS = 4
MAX_REPLY_BYTES = 2_000
IDS = st.integers(min_value=0, max_value=8).map(str)


class Commands(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.cache = CommandCache(max_commands=MAX_COMMANDS, max_reply_bytes=MAX_REPLY_BYTES)
        self.pending = []
        self.answers = {}

    @rule(id=IDS)
    def command_comes(self, id):
        try:
            decision = self.cache.begin(id)
        except LimitError:
            assert len(self.pending) == MAX_COMMANDS
            return
        match decision:
            case Pending():
                assert id in self.pending
            case Answered(reply):
                assert id not in self.pending
                assert reply == self.answers[id]
            case Fresh():
                assert id not in self.pending
                self.pending.append(id)
                self.answers.pop(id, None)

    @precondition(lambda self: self.pending)
    @rule(which=st.integers(min_value=0, max_value=MAX_COMMANDS - 1), size=st.integers(min_value=0, max_value=1_500))
    def command_is_answered(self, which, size):
        id = self.pending.pop(which % len(self.pending))
        reply = SocketReply(DataReceived(bytes(size)))
        self.answers[id] = reply
        self.cache.finish(id, reply)
        if size_of(reply) <= MAX_REPLY_BYTES:
            assert self.cache.begin(id) == Answered(reply)

    @invariant()
    def the_bounds_hold(self):
        assert self.cache.pending == len(self.pending)
        assert self.cache.pending + self.cache.answered <= MAX_COMMANDS
        assert self.cache.reply_bytes <= MAX_REPLY_BYTES

    @invariant()
    def what_is_being_carried_out_stays(self):
        for id in self.pending:
            assert self.cache.begin(id) == Pending()

    @invariant()
    def an_empty_cache_weighs_nothing(self):
        assert (self.cache.answered == 0) == (self.cache.reply_bytes == 0)


TestCommands = Commands.TestCase
