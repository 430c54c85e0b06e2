"""Where reports go."""

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.runs import run_of_one_flow

from sockrig.cli import report_files
from sockrig.cli.options import OutputOptions
from sockrig.cli.report_files import reports_of, write_whole
from sockrig_wire.errors import UsageError

RUN = run_of_one_flow()


@pytest.mark.parametrize("option", ["html", "junit", "csv", "csv_intervals"])
def test_every_form_is_written(tmp_path, option):
    reports_of(OutputOptions(**{option: tmp_path / "out"})).write(RUN)
    assert (tmp_path / "out").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_draws_pages_is_loaded_by_a_page_alone():
    program = "import sys, sockrig.cli.running as _; print({'altair', 'jinja2', 'vl_convert'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "set()\n"


def test_a_check_leaves_no_trace(tmp_path):
    reports_of(OutputOptions(html=tmp_path / "out.html"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_before_anything_runs(tmp_path):
    with pytest.raises(UsageError, match=r"--html: there is no folder .*nowhere"):
        reports_of(OutputOptions(html=tmp_path / "nowhere" / "out.html"))


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    with pytest.raises(UsageError, match="--csv: this is a folder"):
        reports_of(OutputOptions(csv=tmp_path))


def test_a_file_in_place_of_a_folder_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="--junit: cannot write there: Not a directory"):
        reports_of(OutputOptions(junit=tmp_path / "file" / "out.xml"))


def test_two_reports_cannot_share_a_file(tmp_path):
    with pytest.raises(UsageError, match="--html and --csv name the same file"):
        reports_of(OutputOptions(html=tmp_path / "out", csv=tmp_path / "." / "out"))


@pytest.mark.parametrize(
    "options",
    [
        OutputOptions(json=True, ndjson=True),
        OutputOptions(json=True, html=Path("-")),
        OutputOptions(junit=Path("-"), csv=Path("-")),
    ],
)
def test_only_one_can_have_stdout(options):
    with pytest.raises(UsageError, match="both want stdout"):
        reports_of(options)


def test_a_dash_is_stdout():
    reports = reports_of(OutputOptions(csv=Path("-")))
    assert reports.files == ()
    assert reports.to_stdout is not None
    assert reports.to_stdout(RUN).startswith("run_id,")


def test_people_read_stdout_where_nothing_else_wants_it(tmp_path):
    assert reports_of(OutputOptions()).to_stdout is None
    assert reports_of(OutputOptions(csv=tmp_path / "out.csv")).to_stdout is None


def test_one_that_cannot_be_written_keeps_none_of_the_others(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    reports = reports_of(OutputOptions(junit=folder / "out.xml", csv=tmp_path / "out.csv"))
    folder.rmdir()
    with pytest.raises(UsageError, match=r"--junit: cannot write .*gone/out.xml: No such file"):
        reports.write(RUN)
    assert (tmp_path / "out.csv").exists()


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path):
    path = tmp_path / "out"
    path.write_text("old")
    path.chmod(0o640)
    write_whole(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "out"
    path.write_text("old")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report_files.Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_a_pipe_gets_the_text_and_stays_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reports = reports_of(OutputOptions(csv=path))
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        reports.write(replace(RUN, steps=()))
        assert os.read(reader, 100).startswith(b"run_id,")
    finally:
        os.close(reader)
    assert path.is_fifo()
