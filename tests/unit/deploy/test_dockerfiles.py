"""The container files: what a linter cannot know, because it does not know the project."""

import fnmatch
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from sockrig.cli.options import STORE_VARIABLE

TOP = Path(__file__).parents[3]
FOLDER = TOP / "deploy" / "container"
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
DOCKERFILES = sorted(FOLDER.glob("*.Dockerfile"))

pytestmark = pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.name)


@dataclass(frozen=True, slots=True)
class Instruction:
    word: str
    rest: str


def instructions(dockerfile: Path) -> list[Instruction]:
    text = re.sub(r"^\s*#.*\n", "", dockerfile.read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in lines if line.strip()]


def stages(dockerfile: Path) -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for instruction in instructions(dockerfile):
        if instruction.word == "FROM":
            found.append([])
        if found:
            found[-1].append(instruction)
    return found


def values(stage: list[Instruction], word: str) -> list[str]:
    return [instruction.rest for instruction in stage if instruction.word == word]


def copied_from_checkout(dockerfile: Path) -> list[str]:
    copies = [rest for stage in stages(dockerfile) for rest in values(stage, "COPY") if "--from=" not in rest]
    return [source for rest in copies for source in rest.split()[:-1]]


def test_there_is_an_image_for_the_agent_and_one_for_the_command_line(dockerfile: Path) -> None:
    assert [path.name for path in DOCKERFILES] == ["agent.Dockerfile", "cli.Dockerfile"]
    assert dockerfile.exists()


def test_every_stage_starts_from_one_slim_supported_python(dockerfile: Path) -> None:
    (version,) = [i.rest.removeprefix("PYTHON_VERSION=") for i in instructions(dockerfile) if i.word == "ARG"]
    assert f"Programming Language :: Python :: {version}" in PROJECT["project"]["classifiers"]
    bases = [values(stage, "FROM")[0].split()[0] for stage in stages(dockerfile)]
    assert bases == ["python:${PYTHON_VERSION}-slim"] * 2


def test_what_builds_stays_out_of_the_image(dockerfile: Path) -> None:
    build, image = stages(dockerfile)
    assert all("--no-cache-dir" in run for run in values(build, "RUN") if "pip" in run)
    assert not [run for run in values(image, "RUN") if re.search(r"\b(pip|apt-get)\b", run)]
    assert "--from=build /opt/sockrig /opt/sockrig" in values(image, "COPY")


def test_it_runs_as_a_user_who_is_not_root_and_owns_nothing_there(dockerfile: Path) -> None:
    image = stages(dockerfile)[-1]
    (user,) = values(image, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)  # numeric: Kubernetes checks runAsNonRoot only so
    assert not [copy for copy in values(image, "COPY") if "--chown" in copy]
    assert [i.word for i in image].index("USER") > max(n for n, i in enumerate(image) if i.word in {"RUN", "COPY"})


def test_its_entry_point_is_a_console_script_without_a_shell(dockerfile: Path) -> None:
    image = stages(dockerfile)[-1]
    (script,) = json.loads(values(image, "ENTRYPOINT")[0])
    assert script in PROJECT["project"]["scripts"]
    assert isinstance(json.loads(values(image, "CMD")[0]), list)


def test_its_health_check_is_a_file_that_it_holds_or_none(dockerfile: Path) -> None:
    image = stages(dockerfile)[-1]
    (check,) = values(image, "HEALTHCHECK")
    if check != "NONE":
        interpreter, script, _ = json.loads(check.partition("CMD ")[2])
        assert interpreter == "python"
        assert any(copy.split()[-1] == script for copy in values(image, "COPY"))


def test_all_that_the_build_needs_is_copied_and_not_ignored(dockerfile: Path) -> None:
    copied = copied_from_checkout(dockerfile)
    packages = [package.split("/")[0] for package in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]]
    assert {"pyproject.toml", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"], *packages} <= {
        *copied
    }
    assert not [source for source in copied if not (TOP / source).exists()]
    patterns = Path(f"{dockerfile}.dockerignore").read_text("utf-8").splitlines()
    kept = [pattern.removeprefix("!") for pattern in patterns if pattern.startswith("!")]
    assert not [source for source in copied if not any(fnmatch.fnmatch(source, pattern) for pattern in kept)]


def test_the_runs_of_the_command_line_are_in_a_volume_that_its_user_owns(dockerfile: Path) -> None:
    image = stages(dockerfile)[-1]
    volumes = values(image, "VOLUME")
    assert volumes == (["/var/lib/sockrig"] if dockerfile.name == "cli.Dockerfile" else [])
    for volume in volumes:
        assert f"{STORE_VARIABLE}={volume}/runs.db" in values(image, "ENV")[0]
        (made,) = [run for run in values(image, "RUN") if volume in run]
        assert "--owner=sockrig --group=sockrig" in made
