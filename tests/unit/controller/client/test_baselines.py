"""Finding the run that expectations are compared with."""

import asyncio
from datetime import UTC, datetime

import pytest

from sockrig.client.baselines import baseline_of, find_baseline, read_result
from sockrig.client.connection import Connection
from sockrig.results.baseline import read_baseline
from sockrig.results.document import to_json
from sockrig.results.model.run import RunResult
from sockrig.results.model.verdict import Verdict
from sockrig_wire.errors import UsageError

RUN = RunResult(
    run_id="r1", name="x", verdict=Verdict.PASSED, started_at=datetime(2026, 1, 2, tzinfo=UTC), duration_seconds=1.0
)


@pytest.fixture
def before(tmp_path):
    path = tmp_path / "before.json"
    path.write_text(to_json(RUN))
    return path


def sent(scenario, file_name, given=None):
    return asyncio.run(baseline_of(Connection("unix:nowhere"), scenario, file_name, {}, given=given))


def test_a_result_file_is_sent(before):
    assert read_baseline(sent("scenario: x\n", "x.yaml", given=str(before))) == RUN
    assert read_baseline(sent("scenario: x\n", "x.yaml", given=before)) == RUN


def test_a_file_that_the_scenario_names_is_beside_it(before, tmp_path):
    assert read_baseline(sent("baseline: before.json\n", str(tmp_path / "x.yaml"))) == RUN


def test_what_is_given_goes_before_what_the_scenario_names(before):
    assert read_baseline(sent("baseline: nowhere.json\n", "x.yaml", given=before)) == RUN


def test_where_nothing_names_one_nothing_is_sent():
    assert sent("scenario: x\n", "x.yaml") == b""


def test_what_is_no_file_is_the_name_of_a_run():
    assert find_baseline("baseline: last\n", "x.yaml", {}, given=None) == "last"
    with pytest.raises(UsageError, match="last: there is no such result file"):
        sent("baseline: last\n", "x.yaml")


def test_what_cannot_be_read_as_a_result_is_refused_with_its_path(tmp_path):
    (tmp_path / "x.json").write_text("{}")
    for path in (tmp_path / "x.json", tmp_path):
        with pytest.raises(UsageError, match="the baseline") as refusal:
            read_result(path)
        assert refusal.value.where == str(path)
