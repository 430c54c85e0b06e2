"""How tightly senders began."""

import json

import pytest
from tests.bench.firsts import Spreads, first_spread_seconds
from tests.bench.measurement import UnreadableError


def said(**firsts):
    return "ready\n" + json.dumps({"gaps_nanoseconds": [], "firsts_nanoseconds": firsts})


def test_the_spread_is_between_the_first_datagrams_of_the_first_and_the_last():
    assert first_spread_seconds(said(a=5_000_000, b=9_000_000, c=6_000_000), ["a", "b", "c"]) == pytest.approx(0.004)


def test_whoever_was_not_asked_for_does_not_count():
    assert first_spread_seconds(said(a=5_000_000, b=6_000_000, other=0), ["a", "b"]) == pytest.approx(0.001)


@pytest.mark.parametrize("words", ["", "ready\n", said(a=1)])
def test_a_sender_that_was_not_seen_is_named(words):
    with pytest.raises(UnreadableError, match=r"from [12] of 2: (a, )?b"):
        first_spread_seconds(words, ["a", "b"])


def test_several_runs_in_short_are_their_median_their_nearest_rank_and_the_worst():
    assert Spreads.of([0.003, 0.001, 0.002]) == Spreads(3, 0.002, 0.003, 0.003)
    assert Spreads.of([n / 100 for n in range(1, 11)]) == Spreads(10, pytest.approx(0.055), 0.09, 0.1)
    assert Spreads.of([]) is None
