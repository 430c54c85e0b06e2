"""A search finds the rate of a bottleneck that is known.

What a bottleneck lets wait hides an overload for a while: a buffer of B seconds takes, without loss, what exceeds the
rate by B over the time of the trial and its warm-up. Here up to 20 ms may wait (and the burst of 4 KB is 6.5 ms at
5 Mbit/s), against 2 s of traffic: 1.3 % at most. With the width of 1 % a result may so be from 1 % below to 1.3 % above
the rate; and 0.3 % of loss are tolerated for what the machine does beside.
"""

import shutil

import pytest

pytestmark = [pytest.mark.netns, pytest.mark.slow]

BURST = "4kb"
LATENCY_SECONDS = 0.02

SEARCH = """
scenario: capacity
vars: {least: 1 Mbit/s, most: 1 Mbit/s}
agents: {a: {}, b: {}}
steps:
  - name: how much fits
    search:
      flow: {kind: udp-stream, from: a, to: b, size: 1400 B, warmup: 500ms, drain: 200ms}
      rate: {from: 1 Mbit/s, to: 200 Mbit/s}
      goal: {loss: 0.3 %, trial: 1500ms, width: 1 %}
    expect: [capacity >= $least, capacity <= $most]
"""


@pytest.fixture
def bottleneck(lab):
    """Within it the link to the second agent carries so many Mbit/s of frames."""
    if shutil.which("tc") is None:
        pytest.skip("`tc` is not installed (Debian: apt-get install iproute2)")
    node = lab.agents[1].node

    def of(kind, megabits):
        rate = f"{megabits}mbit"
        if kind == "tbf":
            return lab.slow_link(node, rate, burst=BURST, latency=f"{LATENCY_SECONDS * 1000:g}ms")
        return lab.classed_link(node, rate, burst=BURST, waiting_bytes=int(megabits * 1e6 * LATENCY_SECONDS / 8))

    return of


@pytest.mark.parametrize(("kind", "megabits"), [("tbf", 5), ("htb", 20), ("tbf", 80)])
def test_the_rate_of_a_bottleneck_is_found_within_two_percent(lab, bottleneck, tmp_path, kind, megabits):
    scenario = tmp_path / "capacity.yaml"
    scenario.write_text(SEARCH)
    payload = megabits * 1400 / 1442
    expected = (f"least={payload * 0.98} Mbit/s", f"most={payload * 1.02} Mbit/s")
    with bottleneck(kind, megabits):
        result = lab.result("run", str(scenario), *(word for text in expected for word in ("--var", text)))

    (step,) = result["steps"]
    (goal,) = step["search"]["goals"]
    assert goal["regular"], goal["irregular"]
    assert goal["limited_by"] == "network"
    assert goal["lower_bound"]["wire_bits_per_second"] == pytest.approx(megabits * 1e6, rel=0.02)
    assert goal["conditional_throughput"]["wire_bits_per_second"] == pytest.approx(megabits * 1e6, rel=0.02)
    assert step["verdict"] == "passed"
    assert all(agent.agent.holds_nothing() for agent in lab.agents)
