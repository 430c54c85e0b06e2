"""Where a scenario's text comes from."""

import io

import pytest

from sockrig.cli.sources import read_source, variables_of
from sockrig.scenario.document import MOST_BYTES
from sockrig_wire.errors import UsageError


def test_a_file_is_read_and_called_by_its_name(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("scenario: x\n")
    source = read_source(str(file), {"seconds": "1s"})
    assert (source.text, source.file_name, source.variables) == ("scenario: x\n", str(file), {"seconds": "1s"})


def test_a_dash_is_stdin(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("scenario: 发送\n".encode())))
    source = read_source("-", {})
    assert (source.text, source.file_name) == ("scenario: 发送\n", "<stdin>")


def test_stdin_that_is_no_text_is_refused(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    with pytest.raises(UsageError, match="<stdin>: the scenario is not UTF-8"):
        read_source("-", {})


def test_stdin_without_end_is_read_to_the_largest_scenario_and_no_further():
    with open("/dev/zero", encoding="utf-8") as endless, pytest.MonkeyPatch.context() as patched:  # noqa: PTH123
        patched.setattr("sys.stdin", endless)
        assert len(read_source("-", {}).text) == MOST_BYTES + 1


def test_a_packaged_scenario_goes_by_its_name():
    assert "steps:" in read_source("demo", {}).text


def test_a_file_goes_before_a_packaged_scenario_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").write_text("scenario: mine\n")
    assert read_source("demo", {}).text == "scenario: mine\n"


def test_what_is_neither_names_the_packaged_ones():
    with pytest.raises(UsageError, match="no such file") as caught:
        read_source("nowhere.yaml", {})
    assert "demo" in str(caught.value)


def test_a_folder_is_no_scenario(tmp_path):
    with pytest.raises(UsageError, match="cannot read the scenario"):
        read_source(str(tmp_path), {})


def test_variables_are_pairs_whose_value_may_hold_anything():
    assert variables_of(["seconds=2s", "filter=a=b", "empty="]) == {"seconds": "2s", "filter": "a=b", "empty": ""}


@pytest.mark.parametrize("pairs", [["seconds"], ["=2s"], ["a=1", "a=2"]])
def test_what_is_no_pair_or_comes_twice_is_refused(pairs):
    with pytest.raises(UsageError):
        variables_of(pairs)


def test_a_mistyped_name_of_a_packaged_one_is_guessed():
    with pytest.raises(UsageError, match="Did you mean 'incast'\\? Packaged are: demo,"):
        read_source("incats", {})


def test_a_baseline_goes_along(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("scenario: x\n")
    assert read_source(str(file), {}, baseline="last").baseline == "last"
