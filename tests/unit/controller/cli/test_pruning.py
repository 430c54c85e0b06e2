"""Which runs are deleted."""

import pytest

from sockrig.cli.options import StoreOptions
from sockrig.cli.pruning import age_of, prunable, prune_runs
from sockrig_wire.errors import UsageError
from sockrig_wire.model.store import StoredRun

DAY = 86400.0
NOW = 1_000 * DAY


def run(age_days, state="passed"):
    return StoredRun(run_id=f"{age_days}", name="x", state=state, started_at_seconds=NOW - age_days * DAY)


RUNS = (run(0, "running"), run(1), run(10), run(20, "interrupted"), run(30, "running"), run(40))
"""As a store lists them: those that began last first."""


@pytest.mark.parametrize(
    ("older_than_days", "keep", "going"),
    [
        (15, None, ["20", "40"]),
        (None, 2, ["10", "20", "40"]),
        (None, 0, ["1", "10", "20", "40"]),
        (15, 4, ["40"]),
        (100, None, []),
        (None, 9, []),
    ],
)
def test_what_is_older_and_not_among_the_last_goes_unless_it_runs(older_than_days, keep, going):
    older_than_seconds = None if older_than_days is None else older_than_days * DAY
    found = prunable(RUNS, older_than_seconds=older_than_seconds, keep=keep, now_seconds=NOW)
    assert [one.run_id for one in found] == going


@pytest.mark.parametrize(("text", "seconds"), [("12h", 43200.0), ("30d", 30 * DAY), ("8 w", 56 * DAY), ("0d", 0.0)])
def test_ages_are_hours_days_or_weeks(text, seconds):
    assert age_of(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "30 days", "1.5d", "30m"])
def test_what_is_no_age_is_refused(text):
    with pytest.raises(UsageError, match="no age"):
        age_of(text)


def test_who_does_not_say_what_to_keep_keeps_all():
    with pytest.raises(UsageError, match="not said"):
        prune_runs(StoreOptions(), older_than="", keep=None, yes=True)
