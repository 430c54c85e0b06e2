"""What a link does to a run: one that is slow, and one that goes down."""

import json
import shutil
import time

import pytest
from tests.processes import eventually

pytestmark = [pytest.mark.netns, pytest.mark.slow]

EXIT_DEGRADED = 3
GRACE_SECONDS = 10.0
"""How long an agent keeps what a run opened, by default."""

CLOSING_SECONDS = 4.0
"""For noticing and closing, beyond the grace."""


def test_a_slow_link_is_measured_and_what_it_drops_is_lost(lab):
    if shutil.which("tc") is None:
        pytest.skip("`tc` is not installed (Debian: apt-get install iproute2)")
    sender, receiver = lab.agents[0], lab.agents[1]
    to_receiver = (sender.name, receiver.name, "--duration", "2s")
    with lab.slow_link(receiver.node, "20mbit"):
        stream = lab.result("tcp", *to_receiver)["steps"][0]["flows"][0]
        flood = lab.result("udp", *to_receiver, "--rate", "40 Mbit/s", "--size", "1 KB")["steps"][0]["flows"][0]

    assert 12e6 <= stream["received"]["bits_per_second"] <= 21e6
    assert 12e6 <= flood["received"]["bits_per_second"] <= 21e6
    assert flood["sent"]["bits_per_second"] >= 30e6, "the link was the limit, the sender was not held back"
    assert 0.3 <= flood["loss_ratio"] <= 0.7, "about half of what is sent does not fit"
    assert flood["lost_packets"] > 0


def test_load_on_a_slow_link_makes_the_round_trip_grow_and_the_result_says_how_much(lab):
    if shutil.which("tc") is None:
        pytest.skip("`tc` is not installed (Debian: apt-get install iproute2)")
    _, server, *_ = lab.agents
    with lab.slow_link(server.node, "20mbit"):
        loads = lab.result("run", "latency-under-load", "--var", "seconds=1s", "--var", "streams=2")[
            "latency_under_load"
        ]

    by_step = {load["step"]: load for load in loads}
    assert list(by_step) == ["up", "down", "both ways"]
    assert 10e-3 <= by_step["up"]["round_trip_seconds"] <= 100e-3, "the queue before the server holds at most 50 ms"
    assert by_step["up"]["growth_ratio"] >= 5
    for load in loads:
        assert load["round_trips_per_minute"] == pytest.approx(60 / load["round_trip_seconds"])


TWO_SENDERS = """
scenario: two senders
agents: {hub: {}, edges: {count: 2}}
steps:
  - name: to the hub
    flow: {kind: udp-stream, from: edges, to: hub, rate: 1 Mbit/s, size: 1 KB, duration: 14s}
"""


def test_a_host_whose_link_goes_down_is_named_what_came_is_kept_and_it_closes_all_by_itself(lab_to_break, tmp_path):
    lab = lab_to_break
    hub, steady, cut_off = lab.agents
    scenario = tmp_path / "senders.yaml"
    scenario.write_text(TWO_SENDERS)

    with lab.running_sockrig("run", str(scenario), "--json") as command:
        command.wait_for("running")
        time.sleep(2)  # so that there is something to keep
        lab.link_down(cut_off.node)
        assert cut_off.agent.workers()

        closed = eventually(lambda: "run closed" in cut_off.agent.log, within_seconds=GRACE_SECONDS + CLOSING_SECONDS)
        assert closed
        assert cut_off.agent.holds_nothing()
        assert command.exit_code(within_seconds=15) == EXIT_DEGRADED
        result = json.loads(command.stdout)

    (line,) = [line for line in cut_off.agent.log.splitlines() if "run closed" in line]
    assert f"run={result['run_id']} sockets=0 workers=1" in line
    assert f"its grace of {GRACE_SECONDS:g} s" in line
    assert result["verdict"] == "degraded"
    assert {agent["name"]: agent["verdict"] for agent in result["agents"]} == {
        hub.name: "passed",
        steady.name: "passed",
        cut_off.name: "degraded",
    }
    assert f"agent {cut_off.name} is lost" in command.stderr
    flows = {flow["source"]: flow for flow in result["steps"][0]["flows"]}
    assert flows[steady.name]["received"]["bytes"] > 0.9 * 14 * 1e6 / 8
    assert not flows[steady.name]["problems"]
    assert flows[cut_off.name]["problems"]
    assert sum(interval["sent"]["bytes"] for interval in flows[cut_off.name]["intervals"] if interval["sent"]) > 1e5
    assert hub.agent.holds_nothing()
    assert steady.agent.holds_nothing()
