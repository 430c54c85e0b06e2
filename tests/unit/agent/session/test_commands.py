"""A repeated command gets the first answer again."""

import pytest

from sockrig_agent.session.commands import Answered, CommandCache, Fresh, Pending, size_of
from sockrig_wire.errors import LimitError
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.flows import FlowPrepared, WorkerEndpoint
from sockrig_wire.model.session import Done, RunClosed
from sockrig_wire.model.sockets import DataReceived, OptionValue, SocketReply


def answer(cache, command_id, reply=None):
    cache.begin(command_id)
    cache.finish(command_id, reply or Done())


def data(size):
    return SocketReply(DataReceived(bytes(size)))


def test_a_new_command_is_to_be_carried_out():
    assert CommandCache().begin("1") == Fresh()


def test_a_command_repeated_while_it_is_carried_out_joins_the_first():
    cache = CommandCache()
    cache.begin("1")
    assert cache.begin("1") == Pending()
    assert cache.pending == 1


def test_a_command_repeated_afterwards_gets_the_first_answer():
    cache = CommandCache()
    answer(cache, "1", RunClosed(2, 3))
    for _ in range(3):
        assert cache.begin("1") == Answered(RunClosed(2, 3))


def test_an_error_is_an_answer_too():
    cache = CommandCache()
    failure = Error(ErrorCode.LIMIT, "no room")
    answer(cache, "1", failure)
    assert cache.begin("1") == Answered(failure)


def test_only_what_was_begun_can_be_finished_and_only_once():
    cache = CommandCache()
    with pytest.raises(ValueError, match="command 1 is not being carried out"):
        cache.finish("1", Done())
    answer(cache, "1")
    with pytest.raises(ValueError):
        cache.finish("1", Done())


def test_what_was_answered_longest_ago_is_forgotten_first():
    cache = CommandCache(max_commands=3)
    cache.begin("slow")
    for command_id in ("1", "2", "3"):
        answer(cache, command_id)
    cache.finish("slow", Done())
    answer(cache, "4")
    assert [cache.begin(command_id) for command_id in ("3", "slow", "4")] == [Answered(Done())] * 3
    assert cache.begin("2") == Fresh()


def test_what_is_being_carried_out_is_never_forgotten():
    cache = CommandCache(max_commands=2)
    cache.begin("slow")
    for number in range(10):
        answer(cache, str(number))
    assert cache.begin("slow") == Pending()


def test_more_pending_commands_than_the_bound_are_refused():
    cache = CommandCache(max_commands=2)
    cache.begin("1")
    cache.begin("2")
    with pytest.raises(LimitError, match="2 commands"):
        cache.begin("3")
    cache.finish("1", Done())
    assert cache.begin("3") == Fresh()


def test_data_counts_by_its_size():
    cache = CommandCache(max_reply_bytes=10_000)
    for command_id in ("1", "2", "3"):
        answer(cache, command_id, data(3_000))
    assert cache.answered == 3
    answer(cache, "4", data(3_000))
    assert cache.answered == 3
    assert cache.reply_bytes <= 10_000
    assert cache.begin("1") == Fresh()


def test_an_answer_beyond_the_bound_by_itself_is_not_kept():
    cache = CommandCache(max_reply_bytes=1_000)
    answer(cache, "1", data(2_000))
    assert (cache.answered, cache.reply_bytes) == (0, 0)


@pytest.mark.parametrize(
    ("reply", "payload"),
    [
        (data(5_000), 5_000),
        (SocketReply(OptionValue(data=bytes(100))), 100),
        (Error(ErrorCode.USAGE, "w" * 10, "x" * 20, "n" * 30), 60),
        (SocketReply(OptionValue(number=1)), 0),
        (RunClosed(1, 1), 0),
    ],
)
def test_an_answer_is_as_large_as_its_payload_beyond_a_flat_sum(reply, payload):
    assert size_of(reply) == size_of(Done()) + payload


def test_many_endpoints_count():
    endpoints = tuple(WorkerEndpoint("127.0.0.1", port, port) for port in range(64))
    assert size_of(FlowPrepared(endpoints)) > size_of(FlowPrepared(endpoints[:1]))
