"""Agents in time namespaces (time_namespaces(7)): their monotonic clocks are off by what is known to the nanosecond."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.processes import COMMAND_TIMEOUT_SECONDS, SOCKRIG, descendants, running_agent

from sockrig.fleet.fleet import Fleet
from sockrig.fleet.target import AgentAddress
from sockrig_wire.version import VERSION

pytestmark = pytest.mark.netns

ESTIMATES = 500
WITHIN_THEIR_BOUND = 0.99
DAY_SECONDS = 86_400
LATE_SECONDS = 0.05


def shifted(seconds):
    """What starts a command with another monotonic clock; the command ends with what started it."""
    return ("unshare", "--time", "--monotonic", str(seconds), "--fork", "--kill-child=SIGTERM")


@pytest.fixture(scope="module", autouse=True)
def time_namespaces():
    if shutil.which("unshare") is None:
        pytest.skip("`unshare` is not installed (Debian: apt-get install util-linux)")
    trial = subprocess.run([*shifted(1), "true"], capture_output=True, text=True, timeout=10, check=False)
    if trial.returncode != 0:
        pytest.skip(f"time namespaces cannot be made here: {trial.stderr.strip()}")


@contextmanager
def shifted_agent(folder, seconds, name="shifted"):
    """An agent whose clock is ahead by so much, and by how many nanoseconds the kernel says it is."""
    with running_agent(name, folder, within=shifted(seconds)) as agent:
        (process,) = (one for one in descendants(agent.pid) if "sockrig_agent" in command_of(one.pid))
        (line,) = (
            line.split()
            for line in Path(f"/proc/{process.pid}/timens_offsets").read_text().splitlines()
            if line.startswith("monotonic")
        )
        try:
            yield agent, int(line[1]) * 10**9 + int(line[2])
        finally:
            os.kill(process.pid, signal.SIGTERM)  # `unshare --fork` does not pass it on, but ends with its child


def command_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_text()


async def estimates_of(agent, count):
    async with Fleet(
        [AgentAddress(agent.name, agent.address, {})], controller_id="clock-test", version=VERSION
    ) as fleet:
        await fleet.settled(COMMAND_TIMEOUT_SECONDS)
        link = fleet.link(agent.name)
        return [await link.refresh_clock() for _ in range(count)]


@pytest.mark.parametrize("shift_seconds", [DAY_SECONDS, -60])
def test_the_true_offset_is_within_the_bound_of_the_estimate(tmp_path, shift_seconds):
    if time.monotonic() + shift_seconds < 60:
        pytest.skip("this host has not been up for long enough to set its clock back")
    with shifted_agent(tmp_path, shift_seconds) as (agent, true_offset):
        estimates = asyncio.run(estimates_of(agent, ESTIMATES))

    assert true_offset == shift_seconds * 10**9
    within = [abs(one.offset_nanoseconds - true_offset) <= one.uncertainty_nanoseconds for one in estimates]
    assert sum(within) >= WITHIN_THEIR_BOUND * ESTIMATES
    assert not any(one.exact for one in estimates)


def result_of(*arguments):
    done = subprocess.run(
        [*SOCKRIG, *arguments, "--json"], capture_output=True, text=True, timeout=COMMAND_TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def two_agents(tmp_path):
    """One that is a day ahead, one that reads this host's clock."""
    with shifted_agent(tmp_path, DAY_SECONDS) as (ahead, _), running_agent("plain", tmp_path) as plain:
        yield ahead, plain


def test_hosts_tells_offset_and_bound_before_any_run(two_agents):
    told = result_of("hosts", *(agent.option for agent in two_agents))

    ahead, plain = told
    assert ahead["clock_offset_seconds"] == pytest.approx(DAY_SECONDS, abs=ahead["clock_uncertainty_seconds"])
    assert 0 < ahead["clock_uncertainty_seconds"] < 1
    assert (plain["clock_offset_seconds"], plain["clock_uncertainty_seconds"]) == (0, 0)
    assert ahead["host"]["clock_id"] != plain["host"]["clock_id"]


@pytest.mark.parametrize("way", [("shifted", "plain"), ("plain", "shifted")])
def test_between_two_clocks_flows_start_together_and_delays_keep_within_their_bound(two_agents, way, tmp_path):
    scenario = tmp_path / "both.yaml"
    scenario.write_text(BOTH_WAYS)
    result = result_of("run", str(scenario), *(agent.option for agent in two_agents))

    (step,) = result["steps"]
    assert 0 <= step["start_skew_seconds"] < LATE_SECONDS
    assert step["start_skew_uncertainty_seconds"] > 0
    lateness = step["start_lateness"]
    assert set(lateness["by_agent"]) == {"shifted", "plain"}
    assert lateness["max_seconds"] - min(lateness["by_agent"].values()) == pytest.approx(step["start_skew_seconds"])
    (delay,) = (flow["one_way_delay"] for flow in step["flows"] if (flow["source"], flow["destination"]) == way)
    assert delay["count"] > 0
    assert delay["min_seconds"] + delay["uncertainty_seconds"] > 0, "nothing comes before it was sent"
    assert delay["p50_seconds"] - delay["uncertainty_seconds"] < 0.005, "loopback takes microseconds"


BOTH_WAYS = """
scenario: both ways
agents: {a: {names: [shifted]}, b: {names: [plain]}}
steps:
  - name: paced
    flow:
      - {kind: udp-stream, from: a, to: b, rate: 200 pps, duration: 1s}
      - {kind: udp-stream, from: b, to: a, rate: 200 pps, duration: 1s}
"""
