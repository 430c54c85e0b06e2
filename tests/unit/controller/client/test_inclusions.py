"""Included files are read where the scenario is, by the names that the controller will ask for."""

import pytest

from sockrig.client.inclusions import read_inclusions
from sockrig.scenario import packaged
from sockrig.scenario.errors import ScenarioError

NAP = "scenario: nap\nagents: [a]\nsteps: [{sleep: 1s}]\n"


def including(name):
    return NAP.replace("sleep: 1s", f"include: {name}")


def read(text, folder, **variables):
    return read_inclusions(text, file_name=str(folder / "x.yaml"), variables=variables)


def test_files_are_sought_beside_the_scenario_and_beside_each_other(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one.yaml").write_text(including("../two.yaml"))
    (tmp_path / "two.yaml").write_text(NAP)
    found = read(including("parts/one.yaml"), tmp_path)
    assert found == {"parts/one.yaml": including("../two.yaml"), "two.yaml": NAP}


def test_a_name_may_be_a_variable(tmp_path):
    (tmp_path / "b.yaml").write_text(NAP)
    text = including("$file").replace("agents:", "vars: {file: a.yaml}\nagents:")
    assert read(text, tmp_path, file="b.yaml") == {"b.yaml": NAP}


def test_a_packaged_scenario_is_found_by_its_name_unless_a_file_has_it(tmp_path):
    assert read(including("demo"), tmp_path) == {"demo": packaged.text("demo")}
    (tmp_path / "demo").write_text(NAP)
    assert read(including("demo"), tmp_path) == {"demo": NAP}


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), (b"\xff\xfe", "it is not UTF-8 text")]
)
def test_a_file_that_cannot_be_read_is_told_with_the_place_of_its_include(tmp_path, content, reason):
    if content is not None:
        (tmp_path / "bad.yaml").write_bytes(content)
    with pytest.raises(ScenarioError, match=rf"x\.yaml:3:19: include: bad\.yaml cannot be read: {reason}"):
        read(including("bad.yaml"), tmp_path)


def test_a_folder_is_no_scenario(tmp_path):
    (tmp_path / "parts").mkdir()
    with pytest.raises(ScenarioError, match="include: parts cannot be read: Is a directory"):
        read(including("parts"), tmp_path)
