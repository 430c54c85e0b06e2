"""The agent's systemd unit: what systemd itself says of it, and that it starts the agent as the agent wants."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from sockrig_agent.cli import argument_parser

FOLDER = Path(__file__).parents[3] / "deploy" / "systemd"
UNIT = FOLDER / "sockrig-agent.service"
EXAMPLE = FOLDER / "sockrig-agent.env.example"
INSTALLED_AT = "/opt/sockrig/bin/sockrig-agent"
WORST_EXPOSURE = 2.0

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def settings(section: str) -> dict[str, list[str]]:
    """The values of each key, in order: systemd lets a key stand more than once."""
    found: dict[str, list[str]] = {}
    inside = ""
    for line in UNIT.read_text("utf-8").splitlines():
        if line.startswith("["):
            inside = line.strip("[]")
        elif "=" in line and not line.startswith("#") and inside == section:
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@needs_systemd
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    # verify also wants the program to exist, which is so only where the agent is installed.
    program = shutil.which("true")
    assert program is not None
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text("utf-8").replace(INSTALLED_AT, program), "utf-8")
    verdict = analyze("verify", str(copy))
    assert (verdict.returncode, verdict.stderr) == (0, "")


@needs_systemd
def test_systemd_rates_the_exposure_as_low() -> None:
    verdict = analyze("security", "--offline=true", f"--threshold={WORST_EXPOSURE * 10:.0f}", str(UNIT))
    assert verdict.returncode == 0, verdict.stdout


def test_the_only_capability_is_to_bind_low_ports() -> None:
    service = settings("Service")
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == ["CAP_NET_BIND_SERVICE"]


def test_the_agent_understands_the_command_line_that_the_unit_and_the_example_give_it() -> None:
    service = settings("Service")
    environment = dict(line.split("=", 1) for line in EXAMPLE.read_text("utf-8").splitlines() if line[:1].isalpha())
    assert dict(value.split("=", 1) for value in service["Environment"]).keys() <= environment.keys()
    words = shlex.split(service["ExecStart"][0])
    assert words == [INSTALLED_AT, "--listen", "${SOCKRIG_AGENT_LISTEN}", "$SOCKRIG_AGENT_OPTIONS"]
    shown = next(line for line in EXAMPLE.read_text("utf-8").splitlines() if "--name" in line)
    options = shown.partition("SOCKRIG_AGENT_OPTIONS=")[2].split()
    flags = argument_parser().parse_args(["--listen", environment["SOCKRIG_AGENT_LISTEN"], *options])
    assert (flags.listen, flags.name, flags.insecure) == ("127.0.0.1:7411", "rack1-left", True)


def test_a_stop_asks_the_agent_first_and_gives_it_time() -> None:
    service = settings("Service")
    assert (service["KillSignal"], service["KillMode"]) == (["SIGTERM"], ["mixed"])
    assert int(service["TimeoutStopSec"][0].removesuffix("s")) >= 10
