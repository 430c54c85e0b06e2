"""What keeps a run alive on an agent, and what ends it."""

import math

import pytest

from sockrig_agent.session.leases import ExpiredLease, Lease, LeaseState, LeaseTable
from sockrig_wire.errors import LimitError, RefusedError, UsageError


@pytest.fixture
def table():
    """One controller with a session of epoch 1 since time 0, holding one run with a grace of 10 s."""
    table = LeaseTable()
    table.session_opened("controller", 1, 0.0)
    table.open("run", "controller", 10.0, 1, 0.0)
    return table


def run_ids(expired):
    return [lease.run_id for lease in expired]


def test_a_lease_is_held_by_the_session_that_opened_it(table):
    assert table.runs() == (Lease("run", "controller", 1, 10.0, LeaseState.HELD),)
    assert table.get("run") == table.runs("controller")[0]
    assert table.runs("somebody else") == ()
    assert table.get("another run") is None


def test_it_lives_as_long_as_frames_come(table):
    for now in range(0, 100, 9):
        assert table.expired(now) == ()
        table.heard("controller", now)
    assert table.next_expiry() == 99 + 10


def test_silence_for_the_grace_ends_it_even_if_the_stream_stands(table):
    table.heard("controller", 5.0)
    assert table.expired(14.999) == ()
    (expired,) = table.expired(15.0)
    assert expired == ExpiredLease(
        "run", "controller", "controller controller was silent for longer than its grace of 10 s"
    )
    assert table.runs() == ()


def test_the_grace_counts_from_the_last_frame_and_not_from_the_end_of_the_stream(table):
    table.heard("controller", 3.0)
    table.session_closed("controller", 1, 8.0)
    assert table.runs()[0].state is LeaseState.ORPHANED
    assert table.next_expiry() == 13.0
    (expired,) = table.expired(13.0)
    assert "was not resumed within its grace of 10 s" in expired.reason


def test_a_session_with_the_next_epoch_takes_an_orphan_up_again(table):
    table.session_closed("controller", 1, 1.0)
    table.session_opened("controller", 2, 9.0)
    assert table.runs() == (Lease("run", "controller", 2, 10.0, LeaseState.HELD),)
    assert table.next_expiry() == 19.0


def test_the_late_end_of_a_replaced_session_orphans_nothing(table):
    table.session_opened("controller", 2, 1.0)
    table.session_closed("controller", 1, 2.0)
    assert table.runs()[0].state is LeaseState.HELD


def test_a_session_of_an_older_epoch_changes_nothing(table):
    table.session_opened("controller", 2, 1.0)
    table.session_closed("controller", 2, 2.0)
    table.session_opened("controller", 1, 5.0)
    assert table.runs()[0].state is LeaseState.ORPHANED
    assert table.next_expiry() == 11.0


def test_frames_without_a_session_keep_nothing_alive(table):
    table.session_closed("controller", 1, 0.0)
    table.heard("controller", 9.0)
    assert run_ids(table.expired(10.0)) == ["run"]


def test_a_lease_opened_when_the_session_has_just_ended_starts_orphaned():
    table = LeaseTable()
    table.open("run", "controller", 10.0, 1, 5.0)
    assert table.runs()[0].state is LeaseState.ORPHANED
    assert run_ids(table.expired(15.0)) == ["run"]


def test_each_run_has_its_own_grace(table):
    table.open("short", "controller", 1.0, 1, 0.0)
    table.open("long", "controller", 60.0, 1, 0.0)
    assert table.next_expiry() == 1.0
    assert run_ids(table.expired(1.0)) == ["short"]
    assert run_ids(table.expired(100.0)) == ["run", "long"]
    assert table.next_expiry() is None


def test_one_controller_is_not_kept_alive_by_another(table):
    table.session_opened("other", 1, 0.0)
    table.open("other run", "other", 10.0, 1, 0.0)
    table.heard("other", 9.0)
    assert run_ids(table.expired(12.0)) == ["run"]
    assert [lease.run_id for lease in table.runs()] == ["other run"]


def test_an_expiry_is_told_once(table):
    assert table.expired(10.0)
    assert table.expired(10.0) == ()
    assert not table.close("run")


def test_a_closed_run_never_expires(table):
    assert table.close("run")
    assert table.next_expiry() is None
    assert table.expired(1000.0) == ()


def test_taking_ones_own_lease_again_renews_it_with_the_new_grace(table):
    table.open("run", "controller", 2.0, 1, 5.0)
    assert table.next_expiry() == 7.0
    assert len(table.runs()) == 1


def test_a_run_of_another_controller_cannot_be_taken(table):
    with pytest.raises(RefusedError, match="controller controller holds this run"):
        table.open("run", "other", 10.0, 1, 0.0)
    assert table.runs()[0].controller_id == "controller"


@pytest.mark.parametrize("grace", [0.0, -1.0, math.nan])
def test_a_grace_must_be_more_than_nothing(table, grace):
    with pytest.raises(UsageError):
        table.open("another", "controller", grace, 1, 0.0)
    assert table.get("another") is None


@pytest.mark.parametrize("grace", [3601.0, math.inf])
def test_a_grace_without_bound_is_refused_with_the_bound(table, grace):
    with pytest.raises(LimitError) as refusal:
        table.open("another", "controller", grace, 1, 0.0)
    assert "3600 s" in refusal.value.next
    assert table.get("another") is None
