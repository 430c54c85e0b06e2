from pathlib import Path

import pytest

from sockrig.client.runs import read_scenario
from sockrig_wire.errors import UsageError


def test_a_string_with_a_line_break_is_the_scenario_itself():
    assert read_scenario("scenario: x\n") == ("scenario: x\n", "<text>")


def test_any_other_string_and_a_path_name_a_file(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("scenario: 數據\n", encoding="utf-8")

    assert read_scenario(path) == ("scenario: 數據\n", str(path))
    assert read_scenario(str(path)) == ("scenario: 數據\n", str(path))


def test_a_file_that_cannot_be_read_is_a_mistake_of_the_user(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"\xe9\n")

    for path in (Path("missing.yaml"), tmp_path, tmp_path / "latin.yaml"):
        with pytest.raises(UsageError) as refusal:
            read_scenario(path)
        assert refusal.value.where == str(path)


def test_a_scenario_that_does_not_fit_a_message_is_refused(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text("# " + "x" * 1024 * 1024 + "\n")

    for scenario in (path, path.read_text()):
        with pytest.raises(UsageError, match="larger than"):
            read_scenario(scenario)
