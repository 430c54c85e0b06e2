"""The Makefile's promises to a newcomer: verbs that are listed, and a clear word where Python does not do."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(TOP / name, tmp_path / name)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def interpreter(folder: Path, *, refuses: str) -> Path:
    """A stand-in for a Python that fails at the question which holds that word."""
    script = folder / "python-that-does-not-do"
    script.write_text(f'#!/bin/sh\ncase "$*" in *{refuses}*) exit 1;; esac\n', "utf-8")
    script.chmod(0o755)
    return script


def test_make_alone_lists_every_verb(checkout: Path) -> None:
    verbs = set(re.findall(r"^\.PHONY: ([a-z]+)$", (checkout / "Makefile").read_text("utf-8"), re.MULTILINE))
    listed = {line.split()[1] for line in make(checkout).stdout.splitlines()}
    assert {"demo", "test", "check", "protos"} <= verbs
    assert listed == verbs


def test_a_python_that_is_too_old_is_refused_in_words(checkout: Path) -> None:
    told = make(checkout, "demo", f"PYTHON={interpreter(checkout, refuses='version_info')}")
    assert told.returncode != 0
    assert "Python 3.11 or newer" in told.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_not_there_is_refused_in_words(checkout: Path) -> None:
    told = make(checkout, "demo", f"PYTHON={checkout / 'no-such-python'}")
    assert told.returncode != 0
    assert "Python 3.11 or newer" in told.stderr


def test_a_python_without_its_venv_module_is_refused_in_words(checkout: Path) -> None:
    told = make(checkout, "demo", f"PYTHON={interpreter(checkout, refuses='ensurepip')}")
    assert told.returncode != 0
    assert "python3-venv" in told.stderr


def test_ci_runs_what_a_developer_runs() -> None:
    script = TOP / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text("utf-8").splitlines()[-1] == "make test"
