"""The systemd units: what systemd itself says of them, and that they start what they start as that wants."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from sockrig.cli.app import app
from sockrig.cli.options import STORE_VARIABLE
from sockrig_agent.cli import argument_parser

FOLDER = Path(__file__).parents[3] / "deploy" / "systemd"
AGENT = FOLDER / "sockrig-agent.service"
CONTROLLER = FOLDER / "sockrig-controller.service"
INSTALLED_IN = "/opt/sockrig/bin/"
WORST_EXPOSURE = 2.0

every_unit = pytest.mark.parametrize("unit", [AGENT, CONTROLLER], ids=lambda path: path.stem)
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def settings(unit: Path, section: str) -> dict[str, list[str]]:
    """The values of each key, in order: systemd lets a key stand more than once."""
    found: dict[str, list[str]] = {}
    inside = ""
    for line in unit.read_text("utf-8").splitlines():
        if line.startswith("["):
            inside = line.strip("[]")
        elif "=" in line and not line.startswith("#") and inside == section:
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@needs_systemd
@every_unit
def test_systemd_finds_no_fault_with_the_unit(unit: Path, tmp_path: Path) -> None:
    # verify also wants the program to exist, which is so only where it is installed.
    program = shutil.which("true")
    assert program is not None
    copy = tmp_path / unit.name
    copy.write_text(re.sub(rf"{INSTALLED_IN}[a-z-]+", program, unit.read_text("utf-8")), "utf-8")
    verdict = analyze("verify", str(copy))
    assert (verdict.returncode, verdict.stderr) == (0, "")


@needs_systemd
@every_unit
def test_systemd_rates_the_exposure_as_low(unit: Path) -> None:
    verdict = analyze("security", "--offline=true", f"--threshold={WORST_EXPOSURE * 10:.0f}", str(unit))
    assert verdict.returncode == 0, verdict.stdout


def environment_of(unit: Path) -> dict[str, str]:
    """What the unit itself sets; its example sets all of that, and is what people change."""
    example = unit.with_suffix(".env.example").read_text("utf-8")
    shown = dict(line.split("=", 1) for line in example.splitlines() if line[:1].isalpha())
    assert dict(value.split("=", 1) for value in settings(unit, "Service")["Environment"]).keys() <= shown.keys()
    return shown


def test_the_agents_only_capability_is_to_bind_low_ports() -> None:
    service = settings(AGENT, "Service")
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == ["CAP_NET_BIND_SERVICE"]


def test_the_controller_has_no_capability() -> None:
    service = settings(CONTROLLER, "Service")
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == [""]


def test_the_agent_understands_the_command_line_that_the_unit_and_the_example_give_it() -> None:
    environment = environment_of(AGENT)
    words = shlex.split(settings(AGENT, "Service")["ExecStart"][0])
    assert words == [
        f"{INSTALLED_IN}sockrig-agent", "--listen", "${SOCKRIG_AGENT_LISTEN}", "$SOCKRIG_AGENT_OPTIONS"
    ]  # fmt: skip
    example = AGENT.with_suffix(".env.example").read_text("utf-8")
    shown = next(line for line in example.splitlines() if "--name" in line)
    options = shown.partition("SOCKRIG_AGENT_OPTIONS=")[2].split()
    flags = argument_parser().parse_args(["--listen", environment["SOCKRIG_AGENT_LISTEN"], *options])
    assert (flags.listen, flags.name, flags.insecure) == ("127.0.0.1:7411", "rack1-left", True)


def test_the_controller_understands_the_command_line_that_the_unit_gives_it() -> None:
    environment = environment_of(CONTROLLER)
    words = shlex.split(settings(CONTROLLER, "Service")["ExecStart"][0])
    assert words == [
        f"{INSTALLED_IN}sockrig", "controller", "--listen", "${SOCKRIG_CONTROLLER_LISTEN}",
        "$SOCKRIG_CONTROLLER_OPTIONS",
    ]  # fmt: skip
    command = typer.main.get_command(app).commands["controller"]  # type: ignore[attr-defined]
    options = environment["SOCKRIG_CONTROLLER_OPTIONS"].split()
    given = command.make_context("controller", ["--listen", environment["SOCKRIG_CONTROLLER_LISTEN"], *options]).params
    assert (given["listen"], given["inventory"]) == ("127.0.0.1:7410", Path("/etc/sockrig/inventory.yaml"))


def test_the_controller_keeps_its_runs_in_the_folder_that_it_may_write_to() -> None:
    (folder,) = settings(CONTROLLER, "Service")["StateDirectory"]
    assert STORE_VARIABLE in environment_of(CONTROLLER)
    assert Path(environment_of(CONTROLLER)[STORE_VARIABLE]).parent == Path("/var/lib") / folder


@every_unit
def test_a_stop_asks_first_and_gives_it_time(unit: Path) -> None:
    service = settings(unit, "Service")
    assert (service["KillSignal"], service["KillMode"]) == (["SIGTERM"], ["mixed"])
    assert int(service["TimeoutStopSec"][0].removesuffix("s")) >= 10
